"""The status call of Kling O1: ``POST …/kling-o1-reference-image-to-video-request-result``.

Source: the vendor's "Kling O1 API Documentation", section "Check Status".
"""

import re
from collections.abc import Mapping
from typing import Any

from kling_tui.gateways import json_fields
from kling_tui.gateways.base import Endpoint
from kling_tui.gateways.statuses import is_conclusive, status_from_body
from kling_tui.jobs import Report, Video

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

    Siblings of the endpoint also send ``output_url``, ``error_message``, ``progress_percent`` and
    ``estimated_remaining_seconds``, or only ``video.url``.
    """
    video = _video(json_fields.mapping(body.get("video")), body.get("output_url"))
    status = status_from_body(body, http_status, has_result=video is not None)
    if status is None:
        return None
    metadata = json_fields.mapping(body.get("metadata"))
    eta = body.get("estimated_wait_seconds", body.get("estimated_remaining_seconds"))
    percent = json_fields.number(body.get("progress_percent"), maximum=100)
    return Report(
        status=status,
        raw_status=json_fields.text(body.get("status")),
        message=json_fields.error_message(body),
        queue_position=None
        if status.ended
        else json_fields.positive_int(body.get("queue_position")),
        eta_seconds=None if status.ended else json_fields.number(eta),
        percent=None if status.ended else percent,
        videos=(video,) if video else (),
        prompt=json_fields.text(metadata.get("prompt_used"), max_length=_MAX_PROMPT_LENGTH),
        aspect_ratio=json_fields.text(metadata.get("aspect_ratio")),
        processing_seconds=json_fields.number(metadata.get("processing_time_seconds")),
        conclusive=is_conclusive(status, http_status, has_result=video is not None),
    )


def _video(video: Mapping[str, Any], output_url: object) -> Video | None:
    url = json_fields.url(video.get("url")) or json_fields.url(output_url)
    if url is None:
        return None
    return Video(
        url,
        duration=json_fields.number(video.get("duration")),
        width=json_fields.positive_int(video.get("width")),
        height=json_fields.positive_int(video.get("height")),
        content_type=json_fields.text(video.get("content_type")),
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
