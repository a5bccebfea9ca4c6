"""The option ``--since``: an age (``2d``), a day (``today``) or a time (``2026-11-20``)."""

import argparse
from collections.abc import Callable
from datetime import datetime

from kling_tui.queries.when import EXPECTED, parse_when, start_of

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
    try:
        when = parse_when(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected {EXPECTED}") from None
    return lambda now: start_of(when, now)
