"""Response bodies of a model that only the config knows, with a protocol close to Kling O1's.

Its name and path are invented; the fields were recorded from other models of the gateway.
"""

import math
import re

from kling_tui.demo.clips import Clip
from kling_tui.demo.endpoints import Endpoint
from kling_tui.demo.http_types import Response, error_response, json_response
from kling_tui.demo.simulator import DemoJob, Moment, Script

SETTINGS = """\
[endpoints.wan]
title = "Wan image to video"
shape = "o1"
path = "/wan-image-to-video/v1/wan-image-to-video-request-result"
id_pattern = "wan-[0-9a-f]{16}"
price = { usd = 0.25, per_seconds = 5 }
"""
"""The config section for this model."""


def processing(*, done: float) -> Script:
    """Respond that the job is running, with percentage and seconds left.

    ``done`` is in demo seconds since submission.
    """

    def respond(job: DemoJob, moment: Moment) -> Response:
        body = {
            "status": "PROCESSING",
            "request_id": job.id,
            "progress_percent": int(100 * moment.elapsed / done),
            "estimated_remaining_seconds": math.ceil(moment.wall_seconds(done - moment.elapsed)),
        }
        return json_response(body)

    return respond


def completed(clip: Clip) -> Script:
    """Respond that the job has succeeded, with the URL in a field that only this model has."""

    def respond(job: DemoJob, moment: Moment) -> Response:
        url = clip.url(moment.url, job.id)
        return json_response({"status": "COMPLETED", "request_id": job.id, "output_url": url})

    return respond


def failed(reason: str) -> Script:
    """Respond that the job has failed."""
    body = {"status": "FAILED", "error_message": reason}
    return lambda job, _: json_response({**body, "request_id": job.id})


def not_found(_request_id: str) -> Response:
    """Return the error for an unknown id."""
    return error_response(404, "Request not found")


ENDPOINT = Endpoint(
    kind="wan",
    path="/wan-image-to-video/v1/wan-image-to-video-request-result",
    id_field="request_id",
    needs_key=True,
    id_pattern=re.compile(r"wan-[0-9a-f]{16}"),
    not_found=not_found,
)
