"""Kling O1, as in the vendor's "Kling O1 API Documentation", Check Status."""

import re
from collections.abc import Mapping
from typing import Any

from kling_tui.gateways import json_fields
from kling_tui.gateways.base import Endpoint, status_in
from kling_tui.jobs import Report, Status, Video

_MODEL = "kling-o1-reference-image-to-video"
_API = f"{_MODEL}-382"
_LONGEST_PROMPT = 10_000


def parse(body: Mapping[str, Any], http_status: int = 200) -> Report | None:
    """Read a reply of ``kling-o1-reference-image-to-video-request-result``.

    Beyond the document, siblings of the endpoint say ``output_url``, ``error_message``,
    ``progress_percent`` and ``estimated_remaining_seconds``, or nothing but ``video.url``.
    """
    video = _video(json_fields.mapping(body.get("video")), body.get("output_url"))
    status = status_in(body, http_status, finished=video is not None)
    if status is None:
        return None
    metadata = json_fields.mapping(body.get("metadata"))
    wait = body.get("estimated_wait_seconds", body.get("estimated_remaining_seconds"))
    return Report(
        status=status,
        raw_status=json_fields.text(body.get("status")),
        message=json_fields.error_message(body),
        queue_position=None
        if status.ended
        else json_fields.positive_int(body.get("queue_position")),
        eta_seconds=None if status.ended else json_fields.number(wait),
        percent=None
        if status.ended
        else json_fields.number(body.get("progress_percent"), maximum=100),
        videos=(video,) if video else (),
        prompt=json_fields.text(metadata.get("prompt_used"), max_length=_LONGEST_PROMPT),
        aspect_ratio=json_fields.text(metadata.get("aspect_ratio")),
        processing_seconds=json_fields.number(metadata.get("processing_time_seconds")),
        conclusive=http_status < 300 and (status is Status.FAILED or video is not None),
    )


def _video(entry: Mapping[str, Any], other_url: object) -> Video | None:
    url = json_fields.url(entry.get("url")) or json_fields.url(other_url)
    if url is None:
        return None
    return Video(
        url,
        duration=json_fields.number(entry.get("duration")),
        width=json_fields.positive_int(entry.get("width")),
        height=json_fields.positive_int(entry.get("height")),
        content_type=json_fields.text(entry.get("content_type")),
    )


O1 = Endpoint(
    kind="o1",
    title="Kling O1",
    path=f"/{_API}/v1/{_MODEL}-request-result",
    id_field="request_id",
    matches_id=re.compile(r"[A-Za-z0-9]{8}(-[A-Za-z0-9]{4}){3}-[A-Za-z0-9]{12}").fullmatch,
    needs_key=True,
    parse=parse,
    api=_API,
)
