"""Which ends of jobs are news for the user, and when they were found."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from kling_tui.jobs import Job, Status

MAX_AGE = timedelta(days=3)
"""How long an end is news: a message that cannot be sent for as long is given up."""
_MAX_SKEW = timedelta(minutes=1)
"""How far the clocks of a gateway and of this machine may differ."""
_ENDED = (Status.SUCCEEDED, Status.FAILED)
"""Comparing with these is faster than `Job.ended`."""


def found_at(job: Job) -> datetime | None:
    """Return when the end of a job was found, by the clock of the machine that polled it.

    None for a job that has not ended, and for one that had ended before it was tracked.
    """
    if not job.ended or not job.history:
        return None
    at = job.history[-1].at
    return None if not job.seen_live and _had_ended(job, at) else at


def _had_ended(job: Job, found: datetime) -> bool:
    """Return whether a job had ended before it was tracked, as far as its gateway says when.

    Some endpoints say only how long it took. If that is longer than it was tracked, it was
    submitted long before.
    """
    if job.ended_at is not None and job.ended_at < job.added_at - _MAX_SKEW:
        return True
    tracked_for = found - job.added_at + _MAX_SKEW
    return (job.processing_seconds or 0.0) > tracked_for.total_seconds()


def not_after(now: datetime, since: datetime) -> datetime:
    """Return since when ends are news, though the clock may have been set back after `since`.

    Ends that were found after that, but a moment before `now`, are news then.
    """
    return since if since <= now else now - _MAX_SKEW


class EndScanner:
    """Finds the ends that are news among all tracked jobs, and looks at each end once."""

    def __init__(self, jobs: Mapping[str, Job]) -> None:
        """`jobs` is the mapping of all tracked jobs by id."""
        self._jobs = jobs
        self._seen: set[str] = set()
        """The ids of the ended jobs that were looked at."""
        self._news: dict[str, datetime] = {}
        """When the ends were found that are not settled, by job id."""

    def find(self, since: datetime) -> dict[str, datetime]:
        """Return when the ends were found that are not settled, by job id.

        Those that were found before `since` become settled.
        """
        jobs, seen = self._jobs, self._seen
        if len(seen) > len(jobs):
            seen.intersection_update(jobs)
        new = [job for job in jobs.values() if job.status in _ENDED and job.id not in seen]
        for job in new:
            seen.add(job.id)
            if at := found_at(job):
                self._news[job.id] = at
        gone = [job_id for job_id in self._news if job_id not in jobs]
        seen.difference_update(gone)  # an undo may bring a job back
        self.settle(gone)
        self.settle([job_id for job_id, at in self._news.items() if at < since])
        return dict(self._news)

    def settle(self, job_ids: Iterable[str]) -> None:
        """Note that the user need not be notified any more of these ends."""
        for job_id in job_ids:
            self._news.pop(job_id, None)

    def forget(self, job_id: str) -> None:
        """Look at an end again, as if it was found for the first time."""
        self._seen.discard(job_id)
