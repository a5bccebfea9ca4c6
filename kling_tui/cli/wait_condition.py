"""When a command that waits for jobs is done, and with which exit status."""

import argparse
from collections.abc import Collection
from dataclasses import dataclass

from kling_tui.cli.completers import offer_ids
from kling_tui.cli.exit_status import JOB_FAILED, OK, UNAUTHORIZED
from kling_tui.jobs import Job, Source, Status

_LONGEST = 10_000_000.0


@dataclass(frozen=True, slots=True)
class WaitCondition:
    """Which jobs are waited for, and how long."""

    ids: tuple[str, ...] = ()
    """None: all that have not ended, and those that are tracked meanwhile."""
    any: bool = False
    """Whether the first success will do."""
    fail_fast: bool = False
    """Whether the first failure ends it."""
    timeout: float | None = None
    """Seconds."""
    profile: str | None = None
    """Of which all jobs are waited for where no ids are given; None: of all profiles."""

    def status(self, jobs: Collection[Job], refused: Collection[Source]) -> int | None:
        """Return the exit status by how the jobs are now; None while there is more to come.

        `refused` are the sources that refuse to answer.
        """
        states = {job.status for job in jobs}
        live = [job for job in jobs if not job.ended]
        if self.any and Status.SUCCEEDED in states:
            return OK
        if Status.FAILED in states and (self.fail_fast or not live):
            return JOB_FAILED
        if not live:
            return OK
        refusals = [job.source in refused for job in live]
        return UNAUTHORIZED if all(refusals) or (self.fail_fast and any(refusals)) else None


def define_wait_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the commands that wait."""
    words = "a tracked job; without any, all that have not ended; - reads ids from a pipe"
    offer_ids(parser.add_argument("ids", nargs="*", metavar="ID", help=words), live=True)
    words = "leave after so many seconds, with status 3; the jobs go on"
    parser.add_argument("--timeout", type=_seconds, metavar="S", help=words)
    words = "leave at the first failure, with status 1"
    parser.add_argument("--fail-fast", action="store_true", help=words)


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST:
        raise argparse.ArgumentTypeError(f"expected seconds from 0 to {_LONGEST:.0f}")
    return seconds
