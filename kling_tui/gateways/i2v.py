"""Kling AI I2V, as in the vendor's "Kling AI I2V API Documentation", Image To Video Status."""

import re
from collections.abc import Mapping
from typing import Any

from kling_tui.gateways import json_fields
from kling_tui.gateways.base import Endpoint, ErrorKind, GatewayError, status_of
from kling_tui.jobs import MAX_VIDEOS, Report, Status, Video
from kling_tui.sanitize import sanitize_line

_FAULTS: dict[int | str, tuple[ErrorKind, str]] = {
    **dict.fromkeys(range(1000, 1005), (ErrorKind.UNAUTHORIZED, "the gateway refuses the key")),
    **dict.fromkeys(range(1100, 1103), (ErrorKind.UNAUTHORIZED, "the account is out of credit")),
    1103: (ErrorKind.UNAUTHORIZED, "the key may not use this endpoint"),
    1200: (ErrorKind.BAD_REQUEST, "the gateway does not take this id"),
    1201: (ErrorKind.BAD_REQUEST, "the gateway does not take this id"),
    1202: (ErrorKind.NOT_FOUND, "the gateway does not know this job"),
    1203: (ErrorKind.NOT_FOUND, "the gateway does not know this job"),
    1300: (ErrorKind.BAD_REQUEST, "against the content policy"),
    1301: (ErrorKind.BAD_REQUEST, "against the content policy"),
    1302: (ErrorKind.RATE_LIMITED, "the gateway asks for fewer polls"),
    1303: (ErrorKind.RATE_LIMITED, "the gateway asks for fewer polls"),
    1304: (ErrorKind.UNAUTHORIZED, "the gateway does not let this address in"),
}
_OTHER_FAULT = (ErrorKind.SERVER_ERROR, "the gateway is in trouble")


def parse(body: Mapping[str, Any], http_status: int = 200) -> Report | None:
    """Read a reply of ``getImageToVideoStatus``.

    The state is in ``data.task_status`` alone: ``message`` says ``SUCCEED`` for failed jobs too.
    A ``code`` other than 0 means that the poll failed, whatever the HTTP status; where nobody
    knows the code, an HTTP status of an error says more.
    """
    if body.get("code") not in (None, "", 0, "0"):
        if http_status >= 300 and _code(body) not in _FAULTS:
            return None
        raise _error(body)
    data = json_fields.mapping(body.get("data"))
    word = json_fields.text(data.get("task_status"))
    if word is None:
        return None
    status = status_of(word)
    videos = _videos(json_fields.mapping(data.get("task_result")).get("videos"))
    return Report(
        status=status,
        raw_status=word,
        message=json_fields.text(data.get("task_status_msg")),
        videos=videos,
        created_at=json_fields.epoch_ms(data.get("created_at")),
        updated_at=json_fields.epoch_ms(data.get("updated_at")),
        conclusive=http_status < 300 and (status is Status.FAILED or bool(videos)),
    )


def _code(body: Mapping[str, Any]) -> int | str:
    """Return the code, as text where it is no number above zero."""
    code = body.get("code")
    if not isinstance(code, str | int | float):
        return "of no known kind"
    return json_fields.positive_int(code) or sanitize_line(str(code), 40)


def _error(body: Mapping[str, Any]) -> GatewayError:
    code = _code(body)
    fault, words = _FAULTS.get(code, _OTHER_FAULT)
    said = json_fields.error_message(body)
    return GatewayError(fault, f"{words} (code {code})" + (f": {said}" if said else ""))


def _videos(value: object) -> tuple[Video, ...]:
    entries = value[:MAX_VIDEOS] if isinstance(value, list) else []
    return tuple(
        Video(
            url,
            id=json_fields.text(entry.get("id")),
            duration=json_fields.number(entry.get("duration")),
        )
        for entry in map(json_fields.mapping, entries)
        if (url := json_fields.url(entry.get("url")))
    )


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
