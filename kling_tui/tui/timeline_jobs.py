"""Which jobs the timeline shows, and in which order."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from kling_tui.formatting.batches import batch_row_id
from kling_tui.jobs import Job
from kling_tui.timeline.comparison import FinishedJobs
from kling_tui.timeline.phases import job_extent

SLICE = 250
"""Jobs that are taken over between two pauses, which takes some milliseconds."""
_UNCHANGED_SLICE = 5000
"""Jobs that are looked at between two pauses, if they have not changed."""


class _Extent(Struct, frozen=True, gc=False):
    """When a job began and ended, in seconds since 1970."""

    start: float
    end: float
    """inf while it is unfinished."""
    batch: str


class TimelineJobs:
    """The jobs that the filter shows with their extents, and the durations of all jobs."""

    def __init__(self, jobs: Mapping[str, Job]) -> None:
        """`jobs` is the mapping of all tracked jobs by id, oldest first, which changes."""
        self.finished = FinishedJobs()
        """The durations of all jobs, also of those that the filter hides."""
        self._jobs = jobs
        self._extents: dict[str, _Extent] = {}
        self._known: dict[str, Job] = {}

    def sync(self, shown: Collection[str], now: datetime) -> Iterator[None]:
        """Take over the jobs that changed, those added last first; yields after some milliseconds.

        `shown` are the ids of the jobs that the filter shows.
        """
        tracked, shown = list(self._jobs)[::-1], frozenset(shown)
        if self._known:
            yield from self._forget_others(tracked, shown)
        changed = 0
        for number, job_id in enumerate(tracked, 1):
            job = self._jobs.get(job_id)
            if job is None:
                continue
            is_missing = job_id in shown and job_id not in self._extents
            if is_missing or job is not self._known.get(job_id):
                self.put(job, now, shown=job_id in shown)
                changed += 1
                if changed % SLICE == 0:
                    yield
            if number % _UNCHANGED_SLICE == 0:
                yield

    def _forget_others(self, tracked: Sequence[str], shown: frozenset[str]) -> Iterator[None]:
        """Forget jobs that were removed, and extents of those that the filter hides."""
        self.finished.keep(tracked)
        yield
        for job_id in self._known.keys() - self._jobs.keys():
            del self._known[job_id]
        yield
        for job_id in self._extents.keys() - shown:
            del self._extents[job_id]
        yield

    def put(self, job: Job, now: datetime, *, shown: bool) -> None:
        """Take over one job."""
        self._known[job.id] = job
        self.finished.put(job)
        if shown:
            start, end = job_extent(job, now)
            end_time = end.timestamp() if job.ended else math.inf
            self._extents[job.id] = _Extent(start.timestamp(), end_time, job.batch)
        else:
            self._extents.pop(job.id, None)

    def is_shown(self, job_id: str) -> bool:
        """Return whether the filter showed a job when it was taken over."""
        return job_id in self._extents

    def lines(self, since: datetime) -> list[str]:
        """Return the ids of the jobs that ended after `since` or not yet, the newest first.

        The jobs of a batch are together, below a line with the id of the row of the batch.
        """
        extents, first = self._extents, since.timestamp()
        job_ids = [job_id for job_id, each in extents.items() if each.end >= first]
        job_ids.sort(key=lambda job_id: extents[job_id].start, reverse=True)
        groups: dict[str, list[str]] = {}
        for job_id in job_ids:
            # A job without a batch is a group of its own, without a line above it.
            batch = extents[job_id].batch
            key = batch_row_id(batch) if batch else job_id
            groups.setdefault(key, [key] if batch else []).append(job_id)
        return [line for group in groups.values() for line in group]
