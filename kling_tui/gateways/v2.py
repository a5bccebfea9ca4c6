"""The unified status call: ``GET /v2/requests/status/<id>`` for the jobs of every model.

Source: the vendor's agent skill and its web pages since April 2026; no API document describes it.
Its ids begin with the model's API id, such as ``klingai-video_<uuid>``.
"""

import re
from collections.abc import Mapping
from typing import Any

from kling_tui.gateways import json_fields
from kling_tui.gateways.base import Endpoint
from kling_tui.gateways.statuses import is_conclusive, status_from_body
from kling_tui.jobs import MAX_VIDEOS, Report, Video


def parse(body: Mapping[str, Any], http_status: int = 200) -> Report | None:
    """Parse a reply; return None if it has neither a status nor a result.

    Finished::

        {"status": "COMPLETED", "output": {"media_url": ["https://…/1.mp4"]},
         "created_at": "2026-04-21T09:00:00.125Z", "completed_at": "2026-04-21T09:02:10Z"}

    Other values of ``status`` are QUEUED, PROCESSING, FAILED and ERROR. ``media_url`` is a list or
    one string, of URLs or of paths below the gateway's URL. ``error`` is a string or an object.
    """
    videos = _videos(json_fields.mapping(body.get("output")).get("media_url"))
    status = status_from_body(body, http_status, has_result=bool(videos))
    if status is None:
        return None
    return Report(
        status=status,
        raw_status=json_fields.text(body.get("status")),
        message=json_fields.error_message(body),
        videos=videos,
        created_at=json_fields.iso_datetime(body.get("created_at")),
        updated_at=json_fields.iso_datetime(body.get("completed_at")),
        conclusive=is_conclusive(status, http_status, has_result=bool(videos)),
    )


def _videos(media_url: object) -> tuple[Video, ...]:
    urls = media_url[:MAX_VIDEOS] if isinstance(media_url, list) else [media_url]
    return tuple(Video(url) for url in map(json_fields.url_or_path, urls) if url)


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
