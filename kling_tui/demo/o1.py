"""Response bodies of Kling O1 ("Kling O1 API Documentation", Check Status)."""

import math
import re

from kling_tui.demo.clips import Clip
from kling_tui.demo.endpoints import Endpoint
from kling_tui.demo.http_types import Response, error_response, json_response
from kling_tui.demo.simulator import DemoJob, Moment, Script


def in_progress(*, done: float, advances: tuple[float, ...] = ()) -> Script:
    """Respond that the job is queued, then running: the document's "In Progress".

    ``done`` and ``advances`` are demo seconds since submission. At each of ``advances`` the job
    moves up one place in the queue; at the last one it reaches position 0 and runs.
    """

    def respond(job: DemoJob, moment: Moment) -> Response:
        body = {
            "status": "IN_PROGRESS",
            "request_id": job.id,
            "queue_position": sum(moment.elapsed < second for second in advances),
            "estimated_wait_seconds": max(1, math.ceil(moment.wall_seconds(done - moment.elapsed))),
        }
        return json_response(body)

    return respond


def completed(clip: Clip, prompt: str) -> Script:
    """Respond that the job has succeeded: the document's "Completed".

    The processing time ends where this step of the timeline begins.
    """

    def respond(job: DemoJob, moment: Moment) -> Response:
        video: dict[str, object] = {
            "url": clip.url(moment.url, job.id),
            "duration": int(clip.seconds) if clip.seconds.is_integer() else clip.seconds,
            "width": clip.width,
            "height": clip.height,
            "content_type": "video/mp4",
        }
        metadata = {
            "prompt_used": prompt,
            "aspect_ratio": clip.aspect_ratio,
            "processing_time_seconds": round(moment.wall_seconds(moment.step_start)),
        }
        return json_response(_completed(job, video) | {"metadata": metadata})

    return respond


def completed_url_only(clip: Clip) -> Script:
    """Respond that the job has succeeded: the document's short "Output", with the URL only."""

    def respond(job: DemoJob, moment: Moment) -> Response:
        return json_response(_completed(job, {"url": clip.url(moment.url, job.id)}))

    return respond


def failed(reason: str) -> Script:
    """Respond that the job has failed: the document's "Failed"."""
    return lambda job, _: json_response({"status": "FAILED", "request_id": job.id, "error": reason})


def not_found(_request_id: str) -> Response:
    """Return the error for an unknown id."""
    return error_response(404, "Request not found")


ENDPOINT = Endpoint(
    kind="o1",
    path=(
        "/kling-o1-reference-image-to-video-382/v1/kling-o1-reference-image-to-video-request-result"
    ),
    id_field="request_id",
    needs_key=True,
    id_pattern=re.compile(r"[0-9A-Za-z]{8}(-[0-9A-Za-z]{4}){3}-[0-9A-Za-z]{12}"),
    not_found=not_found,
)


def _completed(job: DemoJob, video: dict[str, object]) -> dict[str, object]:
    return {"status": "COMPLETED", "request_id": job.id, "video": video}
