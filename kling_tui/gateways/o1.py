"""The status call of Kling O1: ``POST …/kling-o1-reference-image-to-video-request-result``.

Source: the vendor's "Kling O1 API Documentation", section "Check Status".
"""

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from kling_tui.gateways import json_fields, units
from kling_tui.gateways.base import Endpoint
from kling_tui.gateways.reports import read_report
from kling_tui.gateways.videos import read_videos
from kling_tui.jobs import Report

_MODEL = "kling-o1-reference-image-to-video"
_API = f"{_MODEL}-382"
_MAX_PROMPT_LENGTH = 10_000
"""Characters."""


def parse(body: Mapping[str, Any], http_status: int = 200) -> Report | None:
    """Parse a reply; return None if it has neither a status nor a result.

    The documented replies::

        {"status": "IN_PROGRESS", "queue_position": 2, "estimated_wait_seconds": 45}
        {"status": "COMPLETED",
         "video": {"url": "https://…/1.mp4", "duration": 5, "width": 1280, "height": 720,
                   "content_type": "video/mp4"},
         "metadata": {"prompt_used": "…", "aspect_ratio": "16:9", "processing_time_seconds": 87}}
        {"status": "FAILED", "error": "Invalid image URL provided in prompt"}

    Siblings of the endpoint also send ``progress_percent``, ``estimated_remaining_seconds`` and
    times. Results, errors, durations and times are read in all fields and forms that siblings use:
    see `read_videos`, `read_report`, `clip_seconds` and `timestamp`.
    """
    report = read_report(
        json_fields.text(body.get("status")),
        body,
        http_status,
        videos=read_videos(body),
        message=json_fields.error_message(body),
        times=body,
    )
    if report is None:
        return None
    metadata = json_fields.mapping(body.get("metadata"))
    eta = body.get("estimated_wait_seconds", body.get("estimated_remaining_seconds"))
    percent = json_fields.number(body.get("progress_percent"), maximum=100)
    ended = report.status.ended
    return replace(
        report,
        queue_position=None if ended else json_fields.positive_int(body.get("queue_position")),
        eta_seconds=None if ended else units.wait_seconds(eta),
        percent=None if ended else percent,
        prompt=json_fields.text(metadata.get("prompt_used"), max_length=_MAX_PROMPT_LENGTH),
        aspect_ratio=json_fields.text(metadata.get("aspect_ratio")),
        processing_seconds=units.wait_seconds(metadata.get("processing_time_seconds")),
    )


O1 = Endpoint(
    kind="o1",
    title="Kling O1",
    path=f"/{_API}/v1/{_MODEL}-request-result",
    id_field="request_id",
    # Letters and digits, not only hexadecimal ones: the document's own example has a "g".
    matches_id=re.compile(r"[A-Za-z0-9]{8}(-[A-Za-z0-9]{4}){3}-[A-Za-z0-9]{12}").fullmatch,
    needs_key=True,
    parse=parse,
    api=_API,
)
