"""How far the jobs in flight are together, and how long they still take."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from statistics import median

from msgspec import Struct

from kling_tui.jobs import Job, Source, Status
from kling_tui.polling.durations import TypicalDurations
from kling_tui.timeline.phases import Phase, job_phases

ESTIMATE_INTERVAL = 15.0
"""Seconds for which an estimate is kept that takes long, because of many jobs."""
MANY_JOBS = 200
"""Jobs in flight from which on it does."""
TOO_MANY_JOBS = 2000
"""Jobs in flight from which on the time left is not estimated, as a key would have to wait."""
_MAX_SAMPLES = 50
"""Jobs of one source from whose running times the typical one is taken."""


class Progress(Struct, frozen=True):
    """How far the jobs of a run are."""

    done: int
    failed: int
    total: int
    seconds_left: float | None
    """Until the last one ends; None where that is not known of each."""


class Run:
    """The jobs in flight, and those that have ended since the first of them began.

    A run begins with a job while no other one is in flight. Slow jobs are left out, because it is
    not known whether they ever end.
    """

    def __init__(self) -> None:
        self._live: dict[str, Job] = {}
        self._slow: set[str] = set()
        self._failed_by_id: dict[str, bool] = {}
        """Whether it failed, of each job that has ended."""
        self._failed = 0
        self._peak = 0
        """The most jobs that ran at the same time."""
        self._running_seconds: dict[Source, deque[float]] = {}
        """How long jobs ran, without their time in the queue."""
        self._estimated_at: datetime | None = None
        self._seconds_left: float | None = None

    def put(self, job: Job) -> None:
        """Take over a job in its present state; one that was never in flight is not counted."""
        if not job.ended:
            if job.id not in self._live:
                self._begin(job)
            self._live[job.id] = job
        elif job.id in self._live or job.id in self._failed_by_id:
            self.remove(job.id)
            self.count(job)

    def _begin(self, job: Job) -> None:
        """Begin a new run unless another job is in flight; the estimate is no longer right."""
        self.remove(job.id)  # it may be tracked again after its end
        self._estimated_at = None
        if len(self._slow) == len(self._live):
            self._failed_by_id.clear()
            self._failed = self._peak = 0

    def count(self, job: Job) -> None:
        """Count a job that has ended as one of this run."""
        self._failed_by_id[job.id] = job.status is Status.FAILED
        self._failed += self._failed_by_id[job.id]

    def remove(self, job_id: str) -> None:
        """Forget a job."""
        self._live.pop(job_id, None)
        self._slow.discard(job_id)
        self._failed -= self._failed_by_id.pop(job_id, False)

    def learn(self, job: Job) -> None:
        """Take into account how long a job ran, if it succeeded and was polled all the time."""
        if job.status is Status.SUCCEEDED and job.seen_live and job.ended_at:
            phases = job_phases(job, job.ended_at)
            running = phases.seconds_in(Phase.RUNNING)
            if running and not phases.seconds_in(Phase.UNSEEN):
                samples = self._running_seconds.setdefault(job.source, deque(maxlen=_MAX_SAMPLES))
                samples.append(running)

    def progress(self, now: datetime, durations: TypicalDurations) -> Progress | None:
        """Return how far the jobs are; None if none is in flight that is not slow."""
        at, few = self._estimated_at, len(self._live) < MANY_JOBS
        if at is None or few or not 0 <= (now - at).total_seconds() < ESTIMATE_INTERVAL:
            self._estimate(now, durations)
        live, ended = len(self._live) - len(self._slow), len(self._failed_by_id)
        if not live:
            return None
        return Progress(ended - self._failed, self._failed, live + ended, self._seconds_left)

    def _estimate(self, now: datetime, durations: TypicalDurations) -> None:
        self._estimated_at = now
        slow_after = durations.slow_after
        self._slow = {
            job.id for job in self._live.values() if job.is_slow(now, slow_after.get(job.source))
        }
        live = [job for job in self._live.values() if job.id not in self._slow]
        self._peak = max(self._peak, sum(not _waits(job) for job in live))
        too_many = len(live) >= TOO_MANY_JOBS
        self._seconds_left = None if too_many else self._estimated_seconds(live, now, durations)

    def _estimated_seconds(
        self, live: Iterable[Job], now: datetime, durations: TypicalDurations
    ) -> float | None:
        """Return until when the longest job runs, or all of them, as many at once as ever."""
        longest = work = 0.0
        running = {source: median(each) for source, each in self._running_seconds.items()}
        for job in live:
            seconds = job.remaining(now)
            if seconds is None and _waits(job):
                seconds = running.get(job.source, durations.seconds.get(job.source))
            elif seconds is None:
                seconds = durations.time_left(job.source, job.elapsed(now) or 0.0)
            if seconds is None:
                return None
            longest, work = max(longest, seconds), work + seconds
        return max(longest, work / max(1, self._peak))


def _waits(job: Job) -> bool:
    return job.in_queue or job.is_new
