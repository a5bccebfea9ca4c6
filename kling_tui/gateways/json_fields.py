"""Reads one field of a JSON reply: the value if it has the expected type and range, else None."""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from kling_tui.sanitize import sanitize_line

_MAX_URL_LENGTH = 8_000
_PATH = re.compile(r"(?!//)[\w.~%-]*/[!-\[\]-~]*", re.ASCII)
"""What stands before its first slash is neither a scheme nor a host."""
_FILE = re.compile(r"[^?#]*\.[A-Za-z0-9]{2,5}([?#].*)?")
_SEPARATORS = re.compile(r"[\W_]+")
_MAX_NAME_LENGTH = 60
_MESSAGE_FIELDS = (
    "error", "errormessage", "errormsg", "errmsg", "errors", "failurereason", "failreason",
    "failedreason", "message", "msg", "detail", "reason", "errordetail", "errordetails",
)  # fmt: skip


def text(value: object, max_length: int = 2_000) -> str | None:
    """Return a string as one sanitised line; None for an empty string or another type."""
    return (sanitize_line(value, max_length) or None) if isinstance(value, str) else None


def number(value: object, maximum: float = 1e9) -> float | None:
    """Return a number, or a string that holds one, from 0 to `maximum`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) and 0 <= result <= maximum else None


def positive_int(value: object) -> int | None:
    """Return a whole number above 0: a queue position or a width of 0 means nothing."""
    result = number(value)
    return int(result) if result and result.is_integer() else None


def mapping(value: object) -> Mapping[str, Any]:
    """Return a JSON object; an empty mapping for any other value."""
    return value if isinstance(value, dict) else {}


def normalise(name: str) -> str:
    """Return a field's name in lower case without separators: "videoUrl" is "video_url".

    A name that is longer than any known one comes back as it is.
    """
    return _normalise(name) if len(name) <= _MAX_NAME_LENGTH else name


@lru_cache(maxsize=1024)
def _normalise(name: str) -> str:
    return _SEPARATORS.sub("", name.lower())


def normalised(value: object) -> dict[str, Any]:
    """Return a JSON object by its normalised names; the first of equal names counts."""
    fields: dict[str, Any] = {}
    for name, field in mapping(value).items():
        fields.setdefault(normalise(name), field)
    return fields


def url(value: object) -> str | None:
    """Return an absolute http or https URL unchanged; None if it has unprintable characters."""
    if not isinstance(value, str) or len(value) > _MAX_URL_LENGTH or " " in value:
        return None
    printable = sanitize_line(value, _MAX_URL_LENGTH) == value
    return value if printable and value.lower().startswith(("https://", "http://")) else None


def url_or_path(value: object) -> str | None:
    """Return an absolute URL or a path unchanged; never one that names another host or scheme.

    A path begins with a slash or a dot, or ends in a file's name: "n/a" is none.
    """
    if not isinstance(value, str) or len(value) > _MAX_URL_LENGTH:
        return None
    is_path = _PATH.fullmatch(value) and (value.startswith(("/", ".")) or _FILE.fullmatch(value))
    return value if is_path else url(value)


def error_message(body: object, max_depth: int = 4) -> str | None:
    """Return the first message in an error body of any known shape.

    =======================================  ====================================
    shape                                    source
    =======================================  ====================================
    ``{"error": "…"}``                       both API documents
    ``{"statusCode": 401, "message": "…"}``  the gateway's API manager
    ``{"error": {"message": "…"}}``          seen in replies
    ``{"error_message": "…"}``               seen in replies of siblings
    ``{"message": "…"}``                     seen in replies
    ``{"detail": "…"}``                      seen in replies
    ``{"detail": {"msg": "…"}}``             seen in replies
    ``{"detail": [{"msg": "…"}]}``           seen in replies
    ``"…"``                                  seen in replies
    ``{"errorMessage": "…"}`` and the like   other names, in any case and spelling
    =======================================  ====================================
    """
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        return text(body)
    if max_depth:
        fields = normalised(body)
        for name in filter(fields.__contains__, _MESSAGE_FIELDS):
            if message := error_message(fields[name], max_depth - 1):
                return message
    return None
