"""Response bodies of the unified status call, which the gateway's pages list since April 2026.

No document describes the bodies; these were recorded.
"""

import re

from kling_tui.demo.clips import Clip
from kling_tui.demo.endpoints import Endpoint
from kling_tui.demo.http_types import Response, error_response, json_response
from kling_tui.demo.simulator import DemoJob, Moment, Script


def queued(job: DemoJob, moment: Moment) -> Response:
    """Respond that the job is queued."""
    return _response(job, moment, "QUEUED")


def processing(job: DemoJob, moment: Moment) -> Response:
    """Respond that the job is running."""
    return _response(job, moment, "PROCESSING")


def completed(*clips: Clip) -> Script:
    """Respond that the job has succeeded, with a list of URLs."""

    def respond(job: DemoJob, moment: Moment) -> Response:
        urls = [clip.url(moment.url, job.id) for clip in clips]
        return _response(job, moment, "COMPLETED", output={"media_url": urls})

    return respond


def completed_relative_url(clip: Clip) -> Script:
    """Respond that the job has succeeded, with one URL that is a path on the gateway."""

    def respond(job: DemoJob, moment: Moment) -> Response:
        return _response(job, moment, "COMPLETED", output={"media_url": clip.url("", job.id)})

    return respond


def failed(reason: str) -> Script:
    """Respond that the job has failed, with an error object."""
    error = {"code": "GENERATION_FAILED", "message": reason}
    return lambda job, moment: _response(job, moment, "FAILED", error=error)


def not_found(_request_id: str) -> Response:
    """Return the error for an unknown id."""
    return error_response(404, "Request not found")


ENDPOINT = Endpoint(
    kind="v2",
    path="/v2/requests/status",
    id_field=None,
    needs_key=True,
    id_pattern=re.compile(r"[a-z0-9-]+_[0-9A-Za-z]{8}(-[0-9A-Za-z]{4}){3}-[0-9A-Za-z]{12}"),
    not_found=not_found,
)


def _response(job: DemoJob, moment: Moment, status: str, **end: object) -> Response:
    body: dict[str, object] = {
        "request_id": job.id,
        "status": status,
        "output": None,
        "error": None,
        "created_at": moment.iso_datetime(0),
        **end,
    }
    if end:
        body["completed_at"] = moment.iso_datetime(moment.step_start)
    return json_response(body)
