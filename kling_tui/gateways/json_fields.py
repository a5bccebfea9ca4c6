"""Reads one field of a reply, whatever the gateway put there: a value of the kind, or None."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kling_tui.sanitize import sanitize_line

_MAX_URL_LENGTH = 8_000
_RELATIVE = re.compile(r"(?!//)[\w.~%-]*/[!-\[\]-~]*", re.ASCII)
"""A path; what stands before its first slash is neither a scheme nor a host."""
_MAX_TIMESTAMP = datetime(9000, 1, 1, tzinfo=UTC).timestamp()


def text(value: object, max_length: int = 2_000) -> str | None:
    """Return a string as plain text; None for an empty one or any other type."""
    return (sanitize_line(value, max_length) or None) if isinstance(value, str) else None


def number(value: object, maximum: float = 1e9) -> float | None:
    """Return a number, or a string that holds one, from 0 to `most`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = float(value)
    except (ValueError, OverflowError):
        return None
    return amount if math.isfinite(amount) and 0 <= amount <= maximum else None


def positive_int(value: object) -> int | None:
    """Return a whole number above zero: a queue position or a width of 0 means nothing."""
    amount = number(value)
    return int(amount) if amount and amount.is_integer() else None


def epoch_ms(value: object) -> datetime | None:
    """Return the time that a Unix timestamp in milliseconds stands for."""
    stamp = number(value, maximum=_MAX_TIMESTAMP * 1000)
    return datetime.fromtimestamp(stamp / 1000, UTC) if stamp else None


def iso_datetime(value: object) -> datetime | None:
    """Return the time that an ISO 8601 text stands for, in UTC unless it says otherwise."""
    try:
        when = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
        when = when and (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return when if when and 0 < when.timestamp() <= _MAX_TIMESTAMP else None


def mapping(value: object) -> Mapping[str, Any]:
    """Return a JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def url(value: object) -> str | None:
    """Return a link to the letter; None for what is no web address or holds unprintable text."""
    if not isinstance(value, str) or len(value) > _MAX_URL_LENGTH or " " in value:
        return None
    whole = sanitize_line(value, _MAX_URL_LENGTH) == value
    return value if whole and value.lower().startswith(("https://", "http://")) else None


def url_or_path(value: object) -> str | None:
    """Return a link to the letter, which may be relative; None for what cannot be one."""
    if not isinstance(value, str) or len(value) > _MAX_URL_LENGTH:
        return None
    return value if _RELATIVE.fullmatch(value) else url(value)


def error_message(body: object, max_depth: int = 4) -> str | None:
    """Return the first words that an error body of any known shape has for a person.

    Known are ``"…"``, ``{"error": "…"}`` (documented), ``{"error": {"message": "…"}}``,
    ``{"error_message": "…"}``, ``{"message": "…"}``, ``{"detail": "…"}``,
    ``{"detail": {"msg": "…"}}`` and ``{"detail": [{"msg": "…"}]}``.
    """
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        return text(body)
    if max_depth:
        for key in ("error", "error_message", "message", "msg", "detail"):
            if found := error_message(body.get(key), max_depth - 1):
                return found
    return None
