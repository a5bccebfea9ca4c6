"""Reads durations and times, in whatever unit and form a reply has them.

What no job can have is unknown: a clip of hours, a time of 1970.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kling_tui.costs import MAX_SECONDS
from kling_tui.gateways import json_fields

_MAX_WAIT = 30 * 86_400.0
"""Seconds; no job takes longer."""
_MIN_MILLISECONDS = 1000.0
"""A clip's length without a unit that is at least this is in milliseconds."""
_EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_TICKS_PER_SECOND = (1, 1_000, 1_000_000, 1_000_000_000)
"""Units of Unix timestamps; in each, the times from _EARLIEST to _LATEST are other numbers."""
_CREATED_FIELDS = ("createdat", "submittedat", "createtime", "createdtime")
_UPDATED_FIELDS = ("completedat", "finishedat", "endedat", "updatedat", "updatetime", "updatedtime")
_MAX_TEXT_LENGTH = 60
_AMOUNT = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z]*)\s*", re.ASCII)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d+)?)", re.ASCII)
_SECONDS_PER_UNIT = {
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
}


def clip_seconds(value: object) -> float | None:
    """Return the length of a clip in seconds; None if it is not known or absurd.

    ==================================================  ============================
    value                                               seconds
    ==================================================  ============================
    ``5``, ``"5.1"``, ``"10,04"``                       as it is
    ``5100``, ``"10041"``: at least 1000                in milliseconds
    ``"10s"``, ``"5100 ms"``, ``"1m 5s"``, ``"PT10S"``  by its units
    ``"0:10"``, ``"00:00:10.04"``                       minutes and seconds, with hours
    0, below 0, more than MAX_SECONDS                   None
    ==================================================  ============================
    """
    seconds = _number(value)
    if seconds is not None and seconds >= _MIN_MILLISECONDS:
        seconds /= 1000
    if seconds is None:
        seconds = _seconds_in_text(value)
    return seconds if seconds and seconds <= MAX_SECONDS else None


def wait_seconds(value: object) -> float | None:
    """Return how long something takes, in seconds, in the forms of `clip_seconds`.

    A number is in seconds however large it is; None for more than 30 days.
    """
    seconds = _number(value)
    if seconds is None:
        seconds = _seconds_in_text(value)
    return seconds if seconds is not None and seconds <= _MAX_WAIT else None


def _seconds_in_text(value: object) -> float | None:
    text = json_fields.text(value)
    if text is None or len(text) > _MAX_TEXT_LENGTH:
        return None
    text = text.lower()
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = match.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + _decimal(seconds)
    text = text.removeprefix("pt")
    amounts = list(_AMOUNT.finditer(text))
    if not amounts or "".join(match[0] for match in amounts) != text:
        return None
    if not all(match[2] in _SECONDS_PER_UNIT for match in amounts):
        return None
    return round(sum(_decimal(match[1]) * _SECONDS_PER_UNIT[match[2]] for match in amounts), 6)


def _number(value: object) -> float | None:
    """Return a number; the decimal separator of one in a string may be a comma."""
    return json_fields.number(value.replace(",", ".") if isinstance(value, str) else value)


def _decimal(digits: str) -> float:
    return float(digits.replace(",", "."))


def timestamp(value: object) -> datetime | None:
    """Return a time in UTC; None if it is not known, or before 2020 or after 2099.

    It is a Unix timestamp in seconds, milliseconds, microseconds or nanoseconds, which its size
    tells; or text as in ISO 8601, in UTC if it names no offset, or as in an HTTP date.
    """
    ticks = json_fields.number(value, maximum=1e19)
    if ticks is not None:
        for per_second in _TICKS_PER_SECOND:
            if _EARLIEST.timestamp() <= ticks / per_second <= _LATEST.timestamp():
                return datetime.fromtimestamp(ticks / per_second, UTC)
    text = json_fields.text(value)
    time = _parse_date(text) if text and len(text) <= _MAX_TEXT_LENGTH else None
    return time if time and _EARLIEST <= time <= _LATEST else None


def read_times(body: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Return when a job was created, and when it last changed or ended."""
    fields = json_fields.normalised(body)
    created, updated = (
        next((time for name in names if (time := timestamp(fields.get(name)))), None)
        for names in (_CREATED_FIELDS, _UPDATED_FIELDS)
    )
    return created, updated


def _parse_date(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime

    iso = text.replace("/", "-").upper().removesuffix("UTC").removesuffix("GMT").strip()
    for parse, form in ((datetime.fromisoformat, iso), (parsedate_to_datetime, text)):
        try:
            time = parse(form)
            return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None
