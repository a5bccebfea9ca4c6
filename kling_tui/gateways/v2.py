"""The gateway's unified status call, as its own pages and agent skill have it since April 2026.

No API document describes it. It answers for jobs of every model, whose ids begin with the model's
API id.
"""

import re
from collections.abc import Mapping
from typing import Any

from kling_tui.gateways import json_fields
from kling_tui.gateways.base import Endpoint, status_in
from kling_tui.jobs import MAX_VIDEOS, Report, Status, Video


def parse(body: Mapping[str, Any], http_status: int = 200) -> Report | None:
    """Read a reply of ``/v2/requests/status``.

    The results are in ``output.media_url``, a list or a single text; links in it may be relative to
    the gateway. ``error`` is a text or an object.
    """
    videos = _videos(json_fields.mapping(body.get("output")).get("media_url"))
    status = status_in(body, http_status, finished=bool(videos))
    if status is None:
        return None
    return Report(
        status=status,
        raw_status=json_fields.text(body.get("status")),
        message=json_fields.error_message(body),
        videos=videos,
        created_at=json_fields.iso_datetime(body.get("created_at")),
        updated_at=json_fields.iso_datetime(body.get("completed_at")),
        conclusive=http_status < 300 and (status is Status.FAILED or bool(videos)),
    )


def _videos(value: object) -> tuple[Video, ...]:
    links = value[:MAX_VIDEOS] if isinstance(value, list) else [value]
    return tuple(Video(url) for url in map(json_fields.url_or_path, links) if url)


V2 = Endpoint(
    kind="v2",
    title="Unified status call",
    path="/v2/requests/status",
    id_field=None,
    matches_id=re.compile(
        r"[A-Za-z0-9.-]+_[A-Za-z0-9]{8}(-[A-Za-z0-9]{4}){3}-[A-Za-z0-9]{12}"
    ).fullmatch,
    needs_key=True,
    parse=parse,
)
