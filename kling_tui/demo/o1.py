"""Kling O1: the bodies of "Kling O1 API Documentation", Check Status."""

import math
import re

from kling_tui.demo.clips import Clip
from kling_tui.demo.endpoints import Endpoint
from kling_tui.demo.http_types import Response, error_response, json_response
from kling_tui.demo.simulator import DemoJob, Moment, Script


def in_progress(*, done: float, advances: tuple[float, ...] = ()) -> Script:
    """Reply with the document's "In Progress" until the job is done.

    Each of ``advances`` takes the job one place up the queue, the last one to position 0: it runs.
    These, and ``done``, are demo seconds of the job's life.
    """

    def play(job: DemoJob, moment: Moment) -> Response:
        body = {
            "status": "IN_PROGRESS",
            "request_id": job.id,
            "queue_position": sum(moment.elapsed < second for second in advances),
            "estimated_wait_seconds": max(1, math.ceil(moment.wall_seconds(done - moment.elapsed))),
        }
        return json_response(body)

    return play


def completed(clip: Clip, prompt: str) -> Script:
    """Reply with the document's "Completed"; it took the job until this scene began."""

    def play(job: DemoJob, moment: Moment) -> Response:
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

    return play


def completed_url_only(clip: Clip) -> Script:
    """Reply with the form of the document's "Output": nothing but the URL."""

    def play(job: DemoJob, moment: Moment) -> Response:
        return json_response(_completed(job, {"url": clip.url(moment.url, job.id)}))

    return play


def failed(reason: str) -> Script:
    """Reply with the document's "Failed"."""
    return lambda job, _: json_response({"status": "FAILED", "request_id": job.id, "error": reason})


def not_found(_request_id: str) -> Response:
    """Reply that there is no such job."""
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
