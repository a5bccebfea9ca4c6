"""The gateway's unified status call, as its own pages have it since April 2026.

No document describes its bodies; these are as they were seen.
"""

import re

from kling_tui.demo.clips import Clip
from kling_tui.demo.endpoints import Endpoint
from kling_tui.demo.http_types import Response, error_response, json_response
from kling_tui.demo.simulator import DemoJob, Moment, Script


def queued(job: DemoJob, moment: Moment) -> Response:
    """Reply that the job waits."""
    return _reply(job, moment, "QUEUED")


def processing(job: DemoJob, moment: Moment) -> Response:
    """Reply that the job runs."""
    return _reply(job, moment, "PROCESSING")


def completed(*clips: Clip) -> Script:
    """Reply with a list of results."""

    def play(job: DemoJob, moment: Moment) -> Response:
        urls = [clip.url(moment.url, job.id) for clip in clips]
        return _reply(job, moment, "COMPLETED", output={"media_url": urls})

    return play


def completed_relative_url(clip: Clip) -> Script:
    """Reply with one result, as a path on the gateway itself."""

    def play(job: DemoJob, moment: Moment) -> Response:
        return _reply(job, moment, "COMPLETED", output={"media_url": clip.url("", job.id)})

    return play


def failed(reason: str) -> Script:
    """Reply that the job has failed, with an object that says why."""
    error = {"code": "GENERATION_FAILED", "message": reason}
    return lambda job, moment: _reply(job, moment, "FAILED", error=error)


def not_found(_request_id: str) -> Response:
    """Reply that there is no such job."""
    return error_response(404, "Request not found")


ENDPOINT = Endpoint(
    kind="v2",
    path="/v2/requests/status",
    id_field=None,
    needs_key=True,
    id_pattern=re.compile(r"[a-z0-9-]+_[0-9A-Za-z]{8}(-[0-9A-Za-z]{4}){3}-[0-9A-Za-z]{12}"),
    not_found=not_found,
)


def _reply(job: DemoJob, moment: Moment, status: str, **more: object) -> Response:
    body: dict[str, object] = {
        "request_id": job.id,
        "status": status,
        "output": None,
        "error": None,
        "created_at": moment.iso_datetime(0),
        **more,
    }
    if more:
        body["completed_at"] = moment.iso_datetime(moment.step_start)
    return json_response(body)
