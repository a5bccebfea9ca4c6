"""Kling O1, as in the vendor's "Kling O1 API Documentation", Check Status."""

import re
from collections.abc import Mapping
from typing import Any

from kling_tui.gateways import fields
from kling_tui.gateways.base import Endpoint, status_of
from kling_tui.jobs import Report, Status, Video

_API = "kling-o1-reference-image-to-video"
_LONGEST_PROMPT = 10_000


def parse(body: Mapping[str, Any], http_status: int = 200) -> Report | None:
    """Read a reply of ``kling-o1-reference-image-to-video-request-result``.

    Beyond the document: an unfinished job may come as HTTP 400, or as a failure whose text says
    that it is still in progress; a failed one as HTTP 500 with ``{"detail": {"msg": …}}``; a
    finished one with a ``video.url`` and no ``status``. Siblings of the endpoint say
    ``output_url``, ``error_message`` and ``estimated_remaining_seconds``.
    """
    word = fields.text(body.get("status"))
    message = fields.words(body)
    video = _video(fields.table(body.get("video")), body.get("output_url"))
    status = _status(word, message, video, body, http_status)
    if status is None:
        return None
    metadata = fields.table(body.get("metadata"))
    wait = body.get("estimated_wait_seconds", body.get("estimated_remaining_seconds"))
    return Report(
        status=status,
        raw_status=word,
        message=message,
        queue_position=None if status.ended else fields.count(body.get("queue_position")),
        eta_seconds=None if status.ended else fields.number(wait),
        videos=(video,) if video else (),
        prompt=fields.text(metadata.get("prompt_used"), most=_LONGEST_PROMPT),
        aspect_ratio=fields.text(metadata.get("aspect_ratio")),
        processing_seconds=fields.number(metadata.get("processing_time_seconds")),
        firm=http_status < 300 and (status is Status.FAILED or video is not None),
    )


def _status(
    word: str | None,
    message: str | None,
    video: Video | None,
    body: Mapping[str, Any],
    http_status: int,
) -> Status | None:
    if word is not None:
        status = status_of(word)
    elif video is not None:
        return Status.SUCCEEDED
    elif http_status == 500 and fields.text(fields.table(body.get("detail")).get("msg")):
        status = Status.FAILED
    else:
        status = None
    if status in (None, Status.FAILED) and "still in progress" in (message or "").lower():
        return Status.RUNNING
    return status


def _video(entry: Mapping[str, Any], other_url: object) -> Video | None:
    url = fields.url(entry.get("url")) or fields.url(other_url)
    if url is None:
        return None
    return Video(
        url,
        duration=fields.number(entry.get("duration")),
        width=fields.count(entry.get("width")),
        height=fields.count(entry.get("height")),
        content_type=fields.text(entry.get("content_type")),
    )


O1 = Endpoint(
    kind="o1",
    title="Kling O1",
    path=f"/{_API}-382/v1/{_API}-request-result",
    id_field="request_id",
    id_shapes=re.compile(r"[A-Za-z0-9]{8}(-[A-Za-z0-9]{4}){3}-[A-Za-z0-9]{12}"),
    needs_key=True,
    parse=parse,
)
