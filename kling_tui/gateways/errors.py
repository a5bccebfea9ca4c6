"""Translates an HTTP reply that is not about a job into a GatewayError."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from kling_tui.gateways.base import ErrorKind, GatewayError

MAX_RETRY_AFTER = 3600.0
"""Seconds; a longer wait is shortened to this."""

_RETRY_AFTER_TEXT = re.compile(
    r"(?:again|retry)[^0-9]{0,30}(\d{1,6}(?:\.\d+)?) *(ms|mil|s|m|h)", re.IGNORECASE
)
_SECONDS_PER_UNIT = {"ms": 0.001, "mil": 0.001, "s": 1, "m": 60, "h": 3600}

_TIMEOUT = (ErrorKind.UNREACHABLE, "gateway timeout")
_ERRORS_BY_STATUS = {
    400: (ErrorKind.BAD_REQUEST, "gateway rejected this id"),
    401: (ErrorKind.UNAUTHORIZED, "API key rejected; check {key}"),
    402: (ErrorKind.NO_CREDIT, "account out of credit"),
    403: (ErrorKind.NO_ACCESS, "API key lacks access to this endpoint; check {key}"),
    404: (ErrorKind.NOT_FOUND, "job not found"),
    408: _TIMEOUT,
    410: (ErrorKind.NOT_FOUND, "job no longer exists"),
    429: (ErrorKind.RATE_LIMITED, "rate-limited"),
    502: (ErrorKind.UNREACHABLE, "a proxy cannot reach the gateway"),
    503: (ErrorKind.UNREACHABLE, "gateway unavailable"),
    504: _TIMEOUT,
    522: _TIMEOUT,
}
"""By HTTP status, as in the table of status codes that both API documents have.

Its rows 400 and 429 lack their numbers, which are known from a sibling's page; 402, 408, 410 and
502 to 522 are not in it."""
_ERRORS_BY_STATUS_CLASS = {
    2: (ErrorKind.SERVER_ERROR, "no job status in the reply"),
    3: (ErrorKind.BAD_REQUEST, "unexpected redirect; check {url}"),
    4: (ErrorKind.BAD_REQUEST, "gateway rejected the request"),
}
_OTHER_ERROR = (ErrorKind.SERVER_ERROR, "gateway error")


def error_from_response(
    status: int,
    headers: Mapping[str, str],
    detail: str | None,
    now: datetime,
    section: str,
    key_source: str = "",
) -> GatewayError:
    """Return the error that an HTTP reply stands for.

    `detail` is the error message in the body. Some messages name what the user should check:
    `section` of the config sets the gateway's URL; `key_source` is where the key is set, "" if none
    was sent.
    """
    seconds = retry_after(headers, detail, now)
    if status == 403 and seconds is not None:
        kind, meaning = ErrorKind.RATE_LIMITED, "quota exceeded"
    else:
        by_class = _ERRORS_BY_STATUS_CLASS.get(status // 100, _OTHER_ERROR)
        kind, meaning = _ERRORS_BY_STATUS.get(status, by_class)
    meaning = meaning.format(url=f"{section}.url", key=key_source or key_setting(section))
    message = f"{meaning} ({status})"
    return GatewayError(kind, f"{message}: {detail}" if detail else message, seconds)


def key_setting(section: str) -> str:
    """Return the name of the setting that holds the API key of a section's gateway."""
    return "gateway.key or $PIXAZO_API_KEY" if section == "gateway" else f"{section}.key"


def retry_after(headers: Mapping[str, str], detail: str | None, now: datetime) -> float | None:
    """Return the seconds to wait, at most MAX_RETRY_AFTER; None if the reply names no valid time.

    They are in the header ``Retry-After``, as a number or an HTTP date (RFC 9110, 10.2.3), or else
    in a `detail` such as "Try again in 30 seconds". A date counts from the reply's own ``Date``
    if there is one, because clocks differ.
    """
    value = headers.get("retry-after", "").strip()
    seconds = _seconds(value)
    if seconds is None and value:
        until, since = _http_date(value), _http_date(headers.get("date", "")) or now
        seconds = (until - since).total_seconds() if until else None
    if seconds is None and (match := _RETRY_AFTER_TEXT.search(detail or "")):
        seconds = float(match[1]) * _SECONDS_PER_UNIT[match[2].lower()]
    return None if seconds is None else min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _http_date(value: str) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
