"""Moments in the past as a person gives them: ``2d``, ``today``, ``2026-11-20``."""

import argparse
import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

_UNITS = {"min": 60, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_AGE = re.compile(rf"([0-9]{{1,5}})({'|'.join(_UNITS)})")
_EXPECTED = "expected 30min, 12h, 2d, 1w, today, yesterday, or a date such as 2026-11-20"

ResolveSince = Callable[[datetime], datetime]
"""Returns a moment by what time it is now."""


def define_since(parser: argparse.ArgumentParser, subject: str) -> None:
    """Add the option; without it, `options.since` is None."""
    parser.add_argument(
        "--since", type=parse_since, metavar="WHEN", help=f"{subject}: 2d, a date, today"
    )


def parse_since(value: str) -> ResolveSince:
    """Read a moment; days begin at midnight in the machine's time zone."""
    if age := _AGE.fullmatch(value):
        seconds = int(age[1]) * _UNITS[age[2]]
        return lambda now: now - timedelta(seconds=seconds)
    if value in ("today", "yesterday"):
        return lambda now: _midnight(now, timedelta(days=value == "yesterday"))
    try:
        given = datetime.fromisoformat(value)
        there = given.astimezone(UTC)  # what bears no zone is the machine's
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(_EXPECTED) from None
    return lambda _: there


def _midnight(now: datetime, ago: timedelta) -> datetime:
    day = now.astimezone().date() - ago
    return datetime.combine(day, time()).astimezone(UTC)
