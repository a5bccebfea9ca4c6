"""The status call of Kling AI I2V: ``POST /kling-ai-polling/v1/getImageToVideoStatus``.

Source: the vendor's "Kling AI I2V API Documentation", section "Image To Video Status".
"""

import re
from collections.abc import Mapping
from typing import Any

from kling_tui.gateways import json_fields
from kling_tui.gateways.base import Endpoint, ErrorKind, GatewayError
from kling_tui.gateways.reports import read_report
from kling_tui.gateways.videos import read_videos
from kling_tui.jobs import Report
from kling_tui.sanitize import sanitize_line

_ERRORS_BY_CODE: dict[int | str, tuple[ErrorKind, str]] = {
    **dict.fromkeys(range(1000, 1005), (ErrorKind.UNAUTHORIZED, "API key rejected")),
    **dict.fromkeys(range(1100, 1103), (ErrorKind.NO_CREDIT, "account out of credit")),
    1103: (ErrorKind.NO_ACCESS, "API key lacks access to this endpoint"),
    **dict.fromkeys((1200, 1201), (ErrorKind.BAD_REQUEST, "gateway rejected this id")),
    **dict.fromkeys((1202, 1203), (ErrorKind.NOT_FOUND, "job not found")),
    **dict.fromkeys((1300, 1301), (ErrorKind.BAD_REQUEST, "content policy violation")),
    **dict.fromkeys((1302, 1303), (ErrorKind.RATE_LIMITED, "rate-limited")),
    1304: (ErrorKind.NO_ACCESS, "IP address not allowed"),
}
"""Codes of the model maker's own API; the gateway's document has only code 0."""
_OTHER_ERROR = (ErrorKind.SERVER_ERROR, "gateway error")


def parse(body: Mapping[str, Any], http_status: int = 200) -> Report | None:
    """Parse a reply; return None if it is not about a job. Raises GatewayError for an error code.

    The documented replies::

        {"code": 0, "message": "IN_PROGRESS",
         "data": {"task_status": "processing", "task_status_msg": "Processing",
                  "created_at": 1731498794172, "updated_at": 1731498794172}}
        {"code": 0, "message": "SUCCEED",
         "data": {"task_status": "succeed", "task_status_msg": "", "task_result": {"videos":
                   [{"id": "…", "url": "https://…/1.mp4", "duration": "5.1"}]}, …}}

    The status is only in ``data.task_status``: ``message`` is ``SUCCEED`` for failed jobs too.
    Results, errors and times are also read in the fields and forms that siblings use: see
    `read_videos`, `read_report`, `clip_seconds` and `timestamp`. A ``code`` other than 0 means
    that the poll failed, whatever the HTTP status; for an unlisted code, an HTTP error status is
    more precise than the code.
    """
    if body.get("code") not in (None, "", 0, "0"):
        if http_status >= 300 and _code(body) not in _ERRORS_BY_CODE:
            return None
        raise _error(body)
    data = json_fields.mapping(body.get("data"))
    return read_report(
        json_fields.text(data.get("task_status")),
        _merged(body, data),
        http_status,
        videos=read_videos(body),
        message=json_fields.text(data.get("task_status_msg")),
        times=data,
    )


def _merged(body: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that may hold an error: ``message`` is the poll's, not the job's."""
    own = {name: value for name, value in data.items() if value is not None}
    return {**body, "message": None, **own}


def _code(body: Mapping[str, Any]) -> int | str:
    """Return the code; as text if it is not a number above 0."""
    code = body.get("code")
    if not isinstance(code, str | int | float):
        return "of unknown type"
    return json_fields.positive_int(code) or sanitize_line(str(code), 40)


def _error(body: Mapping[str, Any]) -> GatewayError:
    code = _code(body)
    kind, meaning = _ERRORS_BY_CODE.get(code, _OTHER_ERROR)
    detail = json_fields.error_message(body)
    return GatewayError(kind, f"{meaning} (code {code})" + (f": {detail}" if detail else ""))


I2V = Endpoint(
    kind="i2v",
    title="Kling AI I2V",
    path="/kling-ai-polling/v1/getImageToVideoStatus",
    id_field="task_id",
    matches_id=re.compile(r"C[A-Za-z0-9_-]{19,23}|[0-9]{15,20}").fullmatch,
    needs_key=False,
    parse=parse,
    api="klingai-video",
)
