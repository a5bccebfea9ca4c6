"""Points in time as users write them: an age (``2d``), a day (``today``) or a time."""

import re
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct

_UNITS = {"min": 60, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_AGE = re.compile(rf"([0-9]{{1,5}})({'|'.join(_UNITS)})")
_DAYS = {"today": 0, "yesterday": -1}
_WITH_SECONDS = re.compile(r"[T ][0-9]{2}:?[0-9]{2}:?[0-9]{2}")
EXPECTED = "30min, 12h, 2d, 1w, today, yesterday, or a date such as 2026-11-20"
"""The values of WHEN, for a message."""


class Period(Struct, frozen=True):
    """A fixed period: a day, a minute or a second."""

    start: datetime
    end: datetime
    """The first moment after it."""


class RelativeDay(Struct, frozen=True):
    """A day counted from today, in the local time zone."""

    offset: int
    """Days from today: -1 is yesterday."""

    def period(self, now: datetime) -> Period:
        """Return the day; 23 or 25 hours long where the clock changes."""
        return _day(now.astimezone().date() + timedelta(days=self.offset))


When = timedelta | RelativeDay | Period
"""A timedelta is an age."""


def parse_when(value: str) -> When:
    """Parse WHEN; raises ValueError. A time without a zone is a local time."""
    folded = value.casefold()
    if age := _AGE.fullmatch(folded):
        return timedelta(seconds=int(age[1]) * _UNITS[age[2]])
    if folded in _DAYS:
        return RelativeDay(_DAYS[folded])
    try:
        return _parse_period(value)
    except OverflowError as error:
        raise ValueError(EXPECTED) from error


def start_of(when: When, now: datetime) -> datetime:
    """Return when a period begins; an age begins that long ago."""
    if isinstance(when, timedelta):
        return now - when
    return when.period(now).start if isinstance(when, RelativeDay) else when.start


def _parse_period(value: str) -> Period:
    try:
        return _day(date.fromisoformat(value))
    except ValueError:
        start = datetime.fromisoformat(value).astimezone(UTC)
        unit = timedelta(seconds=1) if _WITH_SECONDS.search(value) else timedelta(minutes=1)
        return Period(start, start + unit)


def _day(day: date) -> Period:
    return Period(_midnight(day), _midnight(day + timedelta(days=1)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone(UTC)
