"""One of the gateway's other models, which speaks nearly as Kling O1 does.

Its name and its path are made up; the fields are those that siblings of Kling O1 were seen to use.
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
"""What a config says so that the program knows this model."""


def processing(*, done: float) -> Script:
    """Reply how much is done, and how many seconds are left, until the job's second `done`."""

    def play(job: DemoJob, moment: Moment) -> Response:
        body = {
            "status": "PROCESSING",
            "request_id": job.id,
            "progress_percent": int(100 * moment.elapsed / done),
            "estimated_remaining_seconds": math.ceil(moment.wall_seconds(done - moment.elapsed)),
        }
        return json_response(body)

    return play


def completed(clip: Clip) -> Script:
    """Reply with a link, in a field of its own."""

    def play(job: DemoJob, moment: Moment) -> Response:
        url = clip.url(moment.url, job.id)
        return json_response({"status": "COMPLETED", "request_id": job.id, "output_url": url})

    return play


def failed(reason: str) -> Script:
    """Reply that the job has failed."""
    body = {"status": "FAILED", "error_message": reason}
    return lambda job, _: json_response({**body, "request_id": job.id})


def not_found(_request_id: str) -> Response:
    """Reply that there is no such job."""
    return error_response(404, "Request not found")


ENDPOINT = Endpoint(
    kind="wan",
    path="/wan-image-to-video/v1/wan-image-to-video-request-result",
    id_field="request_id",
    needs_key=True,
    id_pattern=re.compile(r"wan-[0-9a-f]{16}"),
    not_found=not_found,
)
