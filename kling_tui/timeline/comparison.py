"""How long jobs took beside others at the same time: whether the gateway was slow, or one job."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from statistics import median

from msgspec import Struct

from kling_tui.jobs import Job, Source, Status
from kling_tui.timeline.grid import Grid
from kling_tui.timeline.phases import job_extent

SLOW_RATIO = 1.5
"""The multiple of the typical duration from which on a job, or others, took long."""
AROUND = timedelta(minutes=30)
"""Jobs that ended this long before a job began, or after it ended, were there at its time."""


class _Finished(Struct, frozen=True, order=True, gc=False):
    """A job that succeeded."""

    end: float
    seconds: float
    job_id: str


class Others(Struct, frozen=True):
    """The other jobs of the same source that were finished around the same time."""

    count: int
    ratio: float
    """The median of their durations, as a multiple of the typical one."""


class Verdict(Enum):
    """Why a job took as long as it did."""

    USUAL = auto()
    """It took no longer than usual."""
    GATEWAY_SLOW = auto()
    """Other jobs took long too."""
    JOB_SLOW = auto()
    """Other jobs did not."""
    NOT_POLLED = auto()
    """It could not be polled for so long that its true duration is not known."""
    NO_OTHERS = auto()
    """It took long, and there are no others to compare it with."""
    UNKNOWN = auto()
    """How long its kind usually takes is not known."""


class FinishedJobs:
    """How long all succeeded jobs took, by source and in the order of their ends."""

    def __init__(self) -> None:
        self._jobs: dict[Source, list[_Finished]] = {}
        self._unsorted: set[Source] = set()
        self._by_id: dict[str, tuple[Source, _Finished]] = {}

    def put(self, job: Job) -> None:
        """Take over a job in its present state."""
        self.remove(job.id)
        if job.status is not Status.SUCCEEDED or job.ended_at is None:
            return
        start, end = job_extent(job, job.ended_at)
        if end > start:
            finished = _Finished(end.timestamp(), (end - start).total_seconds(), job.id)
            self._jobs.setdefault(job.source, []).append(finished)
            self._unsorted.add(job.source)
            self._by_id[job.id] = job.source, finished

    def remove(self, job_id: str) -> None:
        """Forget a job, if it is known."""
        if found := self._by_id.pop(job_id, None):
            source, finished = found
            jobs = self._sorted(source)
            del jobs[bisect_left(jobs, finished)]

    def _sorted(self, source: Source) -> list[_Finished]:
        """Return the jobs of a source in the order of their ends."""
        jobs = self._jobs.setdefault(source, [])
        if source in self._unsorted:  # sorted once, after many have been added
            self._unsorted.remove(source)
            jobs.sort()
        return jobs

    def keep(self, job_ids: Iterable[str]) -> None:
        """Forget all jobs but these."""
        for job_id in self._by_id.keys() - set(job_ids):
            self.remove(job_id)

    def others(
        self, job: Job, start: datetime, end: datetime, typical: float | None
    ) -> Others | None:
        """Return the others of the job's source around its time; None without any."""
        around = _between(self._sorted(job.source), start - AROUND, end + AROUND)
        seconds = [finished.seconds for finished in around if finished.job_id != job.id]
        return Others(len(seconds), median(seconds) / typical) if seconds and typical else None

    def ratios(self, grid: Grid, typical: Mapping[Source, float]) -> list[float | None]:
        """Return for each cell how long the jobs took that ended in it, as a multiple of typical.

        None where none did. It is the median of the jobs of all sources.
        """
        ratios: list[list[float]] = [[] for _ in range(grid.columns)]
        for source in self._jobs:
            jobs = self._sorted(source)
            if usual := typical.get(source):
                first = grid.end - grid.columns * grid.cell_seconds
                for each in jobs[bisect_left(jobs, first, key=_end) :]:
                    cell = int((each.end - first) // grid.cell_seconds)
                    if cell < grid.columns:  # of a clock that was ahead
                        ratios[cell].append(each.seconds / usual)
        return [median(found) if found else None for found in ratios]


def _end(finished: _Finished) -> float:
    return finished.end


def _between(jobs: Sequence[_Finished], start: datetime, end: datetime) -> Sequence[_Finished]:
    first = bisect_left(jobs, start.timestamp(), key=_end)
    return jobs[first : bisect_right(jobs, end.timestamp(), key=_end)]


def verdict(
    seconds: float,
    typical: float | None,
    others: Others | None,
    *,
    ended: bool,
    unpolled: float = 0.0,
) -> Verdict:
    """Return why a job took, or has taken, `seconds`; for `unpolled` of them its polls failed."""
    if typical is None or (ended and seconds <= 0):
        return Verdict.UNKNOWN
    if seconds < SLOW_RATIO * typical:
        return Verdict.USUAL
    if seconds - unpolled < SLOW_RATIO * typical:
        return Verdict.NOT_POLLED
    if others is None:
        return Verdict.NO_OTHERS
    return Verdict.GATEWAY_SLOW if others.ratio >= SLOW_RATIO else Verdict.JOB_SLOW
