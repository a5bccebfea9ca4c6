"""Which jobs the timeline shows, and in which order."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from kling_tui.formatting.batches import batch_row_id
from kling_tui.jobs import Job
from kling_tui.timeline.comparison import FinishedJobs
from kling_tui.timeline.phases import job_extent

SLICE = 500
"""Jobs that are taken over between two pauses, which takes some milliseconds."""
_FOREVER = datetime.max.replace(tzinfo=UTC)


class _Extent(Struct, frozen=True, gc=False):
    """When a job began and ended."""

    start: datetime
    end: datetime
    """`_FOREVER` while it is unfinished."""
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
        """Take over the jobs that changed, those added last first; yields after each `SLICE`.

        `shown` are the ids of the jobs that the filter shows.
        """
        tracked = list(self._jobs)[::-1]
        self.finished.keep(tracked)
        for job_id in self._known.keys() - self._jobs.keys():
            del self._known[job_id]
        shown = frozenset(shown)
        for job_id in self._extents.keys() - shown:
            del self._extents[job_id]
        changed = 0
        for job_id in tracked:
            job = self._jobs.get(job_id)
            if job is None:
                continue
            is_missing = job_id in shown and job_id not in self._extents
            if is_missing or job is not self._known.get(job_id):
                self.put(job, now, shown=job_id in shown)
                changed += 1
                if changed % SLICE == 0:
                    yield

    def put(self, job: Job, now: datetime, *, shown: bool) -> None:
        """Take over one job."""
        self._known[job.id] = job
        self.finished.put(job)
        if shown:
            start, end = job_extent(job, now)
            self._extents[job.id] = _Extent(start, end if job.ended else _FOREVER, job.batch)
        else:
            self._extents.pop(job.id, None)

    def is_shown(self, job_id: str) -> bool:
        """Return whether the filter showed a job when it was taken over."""
        return job_id in self._extents

    def lines(self, since: datetime) -> list[str]:
        """Return the ids of the jobs that ended after `since` or not yet, the newest first.

        The jobs of a batch are together, below a line with the id of the row of the batch.
        """
        extents = self._extents
        job_ids = [job_id for job_id, each in extents.items() if each.end >= since]
        job_ids.sort(key=lambda job_id: extents[job_id].start, reverse=True)
        groups: dict[str, list[str]] = {}
        for job_id in job_ids:
            # A job without a batch is a group of its own, without a line above it.
            batch = extents[job_id].batch
            key = batch_row_id(batch) if batch else job_id
            groups.setdefault(key, [key] if batch else []).append(job_id)
        return [line for group in groups.values() for line in group]
