"""When `watch` and `wait` are done, with which exit status, and the options that define it."""

import argparse
from collections.abc import Collection

from msgspec import Struct

from kling_tui.cli.completers import set_id_completer
from kling_tui.cli.exit_status import JOB_FAILED, OK, UNAUTHORIZED
from kling_tui.cli.filters import define_filter
from kling_tui.jobs import Job, Source, Status

_MAX_TIMEOUT = 10_000_000.0
"""Seconds."""


class WaitCondition(Struct, frozen=True):
    """Which jobs to wait for, and how long."""

    ids: tuple[str, ...] = ()
    """Empty: all that have not ended, including those that are added while waiting."""
    any: bool = False
    """Whether to stop at the first success."""
    fail_fast: bool = False
    """Whether to stop at the first failure."""
    timeout: float | None = None
    """Seconds."""
    profile: str | None = None
    """Wait for all its jobs if no ids are given; None means all profiles."""

    def status(self, jobs: Collection[Job], unauthorized: Collection[Source]) -> int | None:
        """Return the exit status if the wait is over, else None.

        `unauthorized` are the sources that reject the API key.
        """
        statuses = {job.status for job in jobs}
        live = [job for job in jobs if not job.ended]
        if self.any and Status.SUCCEEDED in statuses:
            return OK
        if Status.FAILED in statuses and (self.fail_fast or not live):
            return JOB_FAILED
        if not live:
            return OK
        rejected = [job.source in unauthorized for job in live]
        return UNAUTHORIZED if all(rejected) or (self.fail_fast and any(rejected)) else None


def define_wait_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `watch` and `wait` share."""
    ids = parser.add_argument(
        "ids",
        nargs="*",
        metavar="ID",
        help="tracked job (default: all that have not ended); - reads ids from standard input",
    )
    set_id_completer(ids, live=True)
    define_filter(parser)
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="S",
        help="stop after S seconds, with exit status 3; the jobs keep running",
    )
    parser.add_argument(
        "--fail-fast",
        action="store_true",
        help="stop at the first failed job, with exit status 1",
    )


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _MAX_TIMEOUT:
        raise argparse.ArgumentTypeError(f"expected seconds from 0 to {_MAX_TIMEOUT:.0f}")
    return seconds
