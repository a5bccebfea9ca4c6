"""Which ends of jobs are news for the user, and when they were found."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from kling_tui.jobs import Job

MAX_AGE = timedelta(days=3)
"""How long an end is news: a message that cannot be sent for as long is given up."""
_MAX_SKEW = timedelta(minutes=1)
"""How far the clocks of a gateway and of this machine may differ."""


def found_at(job: Job) -> datetime | None:
    """Return when the end of a job was found, by the clock of the machine that polled it.

    None for a job that has not ended, and for one that had ended before it was tracked.
    """
    if not job.ended or not job.history:
        return None
    ended_before = job.ended_at is not None and job.ended_at < job.added_at - _MAX_SKEW
    return None if ended_before and not job.seen_live else job.history[-1].at


class EndScanner:
    """Finds the ends that are news among all tracked jobs, and looks at each end once."""

    def __init__(self, jobs: Mapping[str, Job]) -> None:
        """`jobs` is the mapping of all tracked jobs by id."""
        self.settled: set[str] = set()
        """The ids of ended jobs of which the user need not be notified any more."""
        self._jobs = jobs

    def find(self, since: datetime) -> dict[str, datetime]:
        """Return when the ends were found that are not settled, by job id.

        Those that were found before `since` become settled.
        """
        if len(self.settled) > len(self._jobs):
            self.settled.intersection_update(self._jobs)
        found = {}
        for job_id, job in self._jobs.items():
            if job_id in self.settled or not job.ended:
                continue
            at = found_at(job)
            if at is None or at < since:
                self.settled.add(job_id)
            else:
                found[job_id] = at
        return found
