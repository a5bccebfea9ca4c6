"""The option ``--since``: an age (``2d``), a day (``today``) or a time (``2026-11-20``)."""

import argparse
import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

_UNITS = {"min": 60, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_AGE = re.compile(rf"([0-9]{{1,5}})({'|'.join(_UNITS)})")
_EXPECTED = "expected 30min, 12h, 2d, 1w, today, yesterday, or a date such as 2026-11-20"

ResolveSince = Callable[[datetime], datetime]
"""Returns the start of the period, given the current time."""


def define_since(parser: argparse.ArgumentParser, subject: str) -> None:
    """Add the option for jobs of which `subject` is true; `options.since` is None by default."""
    parser.add_argument(
        "--since",
        type=parse_since,
        metavar="WHEN",
        help=f"include only jobs {subject} WHEN: 2d, today or a date",
    )


def parse_since(value: str) -> ResolveSince:
    """Parse the value; days begin at midnight in the local time zone."""
    if age := _AGE.fullmatch(value):
        seconds = int(age[1]) * _UNITS[age[2]]
        return lambda now: now - timedelta(seconds=seconds)
    if value in ("today", "yesterday"):
        return lambda now: _midnight(now, timedelta(days=value == "yesterday"))
    try:
        given = datetime.fromisoformat(value)
        start = given.astimezone(UTC)  # local time if there is no zone
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(_EXPECTED) from None
    return lambda _: start


def _midnight(now: datetime, ago: timedelta) -> datetime:
    day = now.astimezone().date() - ago
    return datetime.combine(day, time()).astimezone(UTC)
