"""From an HTTP reply that says nothing about a job to the GatewayError that it means."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from kling_tui.gateways.base import ErrorKind, GatewayError

MAX_RETRY_AFTER = 3600.0
"""Seconds; whoever asks for more is asked again after this long."""

_IN_TEXT = re.compile(
    r"(?:again|retry)[^0-9]{0,30}(\d{1,6}(?:\.\d+)?) *(ms|mil|s|m|h)", re.IGNORECASE
)
_UNIT = {"ms": 0.001, "mil": 0.001, "s": 1, "m": 60, "h": 3600}


def error_from_response(
    status: int, headers: Mapping[str, str], said: str | None, now: datetime, section: str
) -> GatewayError:
    """Return what an HTTP status means, as the documents' table of status codes has it.

    `said` is what the body had to say to a person, and `section` of the config is what set the
    gateway. Rows 400 and 429 of the documents lost their
    numbers; they are completed from a sibling page.
    """
    after = retry_after(headers, said, now)
    fault, words = _meaning(status, after)
    words = words.format(url=f"{section}.url", key=key_setting(section))
    return GatewayError(fault, f"{words}: {said}" if said else words, after)


def key_setting(section: str) -> str:
    """Return where the key of a gateway is set, by the section of the config that sets it."""
    return "gateway.key or $PIXAZO_API_KEY" if section == "gateway" else f"{section}.key"


_MEANING = {
    400: (ErrorKind.BAD_REQUEST, "the gateway does not take this id"),
    401: (ErrorKind.UNAUTHORIZED, "the gateway refuses the key; check {key}"),
    402: (ErrorKind.UNAUTHORIZED, "the account is out of credit"),
    403: (ErrorKind.UNAUTHORIZED, "the key may not use this endpoint"),
    404: (ErrorKind.NOT_FOUND, "the gateway does not know this job"),
    408: (ErrorKind.UNREACHABLE, "the gateway did not answer in time"),
    410: (ErrorKind.NOT_FOUND, "the gateway does not know this job any more"),
    429: (ErrorKind.RATE_LIMITED, "the gateway asks for fewer polls"),
    502: (ErrorKind.UNREACHABLE, "a proxy answers for the gateway"),
    503: (ErrorKind.UNREACHABLE, "the gateway is not available"),
    504: (ErrorKind.UNREACHABLE, "the gateway did not answer in time"),
    522: (ErrorKind.UNREACHABLE, "the gateway did not answer in time"),
}
_MEANING_BY_HUNDRED = {
    2: (ErrorKind.SERVER_ERROR, "the answer does not say how the job is"),
    3: (ErrorKind.BAD_REQUEST, "the gateway redirects; check {url}"),
    4: (ErrorKind.BAD_REQUEST, "the gateway does not take the question"),
}


def _meaning(status: int, after: float | None) -> tuple[ErrorKind, str]:
    if status == 403 and after is not None:
        return ErrorKind.RATE_LIMITED, "the quota is used up (403)"
    in_trouble = (ErrorKind.SERVER_ERROR, "the gateway is in trouble")
    fault, words = _MEANING.get(status) or _MEANING_BY_HUNDRED.get(status // 100, in_trouble)
    return fault, f"{words} ({status})"


def retry_after(headers: Mapping[str, str], said: str | None, now: datetime) -> float | None:
    """Return how many seconds to wait, from `Retry-After` or else from the text, at most an hour.

    The header holds seconds or an HTTP date, which counts from the reply's own `Date` where it has
    one, since clocks differ. None where neither says anything that makes sense.
    """
    value = headers.get("retry-after", "").strip()
    seconds = _seconds(value)
    if seconds is None and value:
        until, since = _date(value), _date(headers.get("date", "")) or now
        seconds = (until - since).total_seconds() if until else None
    if seconds is None and (found := _IN_TEXT.search(said or "")):
        seconds = float(found[1]) * _UNIT[found[2].lower()]
    return None if seconds is None else min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
