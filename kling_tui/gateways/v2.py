"""The unified status call: ``GET /v2/requests/status/<id>`` for the jobs of every model.

Source: the vendor's agent skill and its web pages since April 2026; no API document describes it.
Its ids begin with the model's API id, such as ``klingai-video_<uuid>``.
"""

import re
from collections.abc import Mapping
from typing import Any

from kling_tui.gateways import json_fields
from kling_tui.gateways.base import Endpoint
from kling_tui.gateways.reports import read_report
from kling_tui.gateways.videos import read_videos
from kling_tui.jobs import Report


def parse(body: Mapping[str, Any], http_status: int = 200) -> Report | None:
    """Parse a reply; return None if it has neither a status nor a result.

    Finished::

        {"status": "COMPLETED", "output": {"media_url": ["https://…/1.mp4"]},
         "created_at": "2026-04-21T09:00:00.125Z", "completed_at": "2026-04-21T09:02:10Z"}

    Other values of ``status`` are QUEUED, PROCESSING, FAILED and ERROR. ``media_url`` is a list or
    one string, of URLs or of paths below the gateway's URL. ``error`` is a string or an object.
    Results, errors and times are also read in the fields and forms that siblings use: see
    `read_videos`, `read_report`, `clip_seconds` and `timestamp`.
    """
    return read_report(
        json_fields.text(body.get("status")),
        body,
        http_status,
        videos=read_videos(body),
        message=json_fields.error_message(body),
        times=body,
    )


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
