"""How many jobs were in flight and ended in the last minutes, and how far they are together."""

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import accumulate
from statistics import median

from msgspec import Struct

from kling_tui.jobs import Job, Source, Status
from kling_tui.polling.durations import TypicalDurations
from kling_tui.timeline.phases import Phase, job_extent, job_phases

MINUTES = 15
"""How many minutes are shown."""
ESTIMATE_INTERVAL = 15.0
"""Seconds for which the estimate of the time left is kept."""
SLICE = 500
"""Jobs that are taken over between two pauses."""
_MAX_RUN = timedelta(days=1)
"""How long ago jobs may have ended that are still counted as done."""
_MAX_SAMPLES = 50
"""Jobs of one source from whose running times the typical one is taken."""


class Progress(Struct, frozen=True):
    """How far the jobs in flight are, together with those that ended since the first of them began.

    Slow jobs are left out: whether they ever end is not known.
    """

    done: int
    failed: int
    total: int
    seconds_left: float | None
    """Until the last one ends; None where that is not known of all of them."""


class Activity:
    """The jobs in flight, those that ended in the last minutes, and those that are done.

    A run begins with a job while no other one is in flight, and ends with the last one that is.
    """

    def __init__(self) -> None:
        self._known: dict[str, Job] = {}
        self._live: dict[str, Job] = {}
        self._ended: dict[str, tuple[float, float]] = {}
        """Start and end of jobs that ended lately, by id."""
        self._run: dict[str, bool] = {}
        """Whether each job of this run that has ended failed, by id."""
        self._failed = 0
        self._slow: set[str] = set()
        self._peak = 0
        """How many jobs ran at the same time in this run."""
        self._running_seconds: dict[Source, deque[float]] = {}
        self._estimated_at: datetime | None = None
        self._seconds_left: float | None = None
        self._started = False

    @property
    def in_flight(self) -> int:
        """How many jobs are in flight."""
        return len(self._live)

    def sync(self, jobs: Mapping[str, Job], now: datetime) -> Iterator[None]:
        """Take over all jobs, of which most have not changed; yields after each `SLICE`."""
        for job_id in self._known.keys() - jobs.keys():
            self.remove(job_id)
        changed = 0
        for job_id in list(jobs):
            job = jobs.get(job_id)
            if job is not None and job is not self._known.get(job_id):
                if job.ended_at and now - job.ended_at > _MAX_RUN:
                    self.remove(job_id)
                    self._known[job_id] = job
                else:
                    self.put(job)
                changed += 1
                if changed % SLICE == 0:
                    yield
        if not self._started:
            self._started = True
            self._find_run()
        self._estimated_at = None

    def put(self, job: Job) -> None:
        """Take over one job."""
        was_live = job.id in self._live
        was_counted = job.id in self._run
        self.remove(job.id)
        self._known[job.id] = job
        if not job.ended:
            if self._slow.issuperset(self._live):
                self._begin_run()
            self._live[job.id] = job
            return
        start, end = job_extent(job, job.ended_at or job.added_at)
        self._ended[job.id] = start.timestamp(), end.timestamp()
        self._learn(job, end)
        if was_live or was_counted:
            self._count(job)

    def remove(self, job_id: str) -> None:
        """Forget a job."""
        for jobs in (self._known, self._live, self._ended):
            jobs.pop(job_id, None)
        self._slow.discard(job_id)
        self._failed -= self._run.pop(job_id, False)

    def _count(self, job: Job) -> None:
        self._run[job.id] = job.status is Status.FAILED
        self._failed += self._run[job.id]

    def _begin_run(self) -> None:
        self._run.clear()
        self._failed = self._peak = 0
        self._estimated_at = None

    def _find_run(self) -> None:
        """Count the jobs as done that ended after others began which are in flight now."""
        begins = [(job.created_at or job.added_at).timestamp() for job in self._live.values()]
        if not begins:
            return
        began = max(begins)
        for job_id, (start, end) in sorted(
            self._ended.items(), key=lambda item: item[1][1], reverse=True
        ):
            if end < began:
                break
            began = min(began, start)
            self._count(self._known[job_id])

    def _learn(self, job: Job, end: datetime) -> None:
        """Note how long a job ran, if it was polled from its start."""
        if job.status is Status.SUCCEEDED and job.seen_live:
            phases = job_phases(job, end)
            running = phases.seconds_in(Phase.RUNNING)
            if running and not phases.seconds_in(Phase.UNSEEN):
                samples = self._running_seconds.setdefault(job.source, deque(maxlen=_MAX_SAMPLES))
                samples.append(running)

    def history(self, now: datetime) -> tuple[list[int], list[int]]:
        """Return the most jobs in flight, and the ends, in each of the last `MINUTES` minutes."""
        first = (now.timestamp() // 60 - MINUTES + 1) * 60
        self._ended = {
            job_id: times
            for job_id, times in self._ended.items()
            if now.timestamp() - times[1] < _MAX_RUN.total_seconds()
        }
        begins, after, ends = ([0] * (MINUTES + 1) for _ in range(3))

        def minute(at: float) -> int:
            return max(0, min(MINUTES, int((at - first) // 60)))

        for job in self._live.values():
            begins[minute((job.created_at or job.added_at).timestamp())] += 1
        for start, end in self._ended.values():
            if end >= first:
                begins[minute(start)] += 1
                after[min(MINUTES, minute(end) + 1)] += 1
                ends[minute(end)] += 1
        changes = (begun - gone for begun, gone in zip(begins, after, strict=True))
        return list(accumulate(changes))[:MINUTES], ends[:MINUTES]

    def progress(self, now: datetime, durations: TypicalDurations) -> Progress | None:
        """Return how far the jobs are; None if none is in flight that is not slow."""
        if self._needs_estimate(now):
            self._estimate(now, durations)
        live = len(self._live) - len(self._slow)
        if not live:
            return None
        done = len(self._run) - self._failed
        return Progress(done, self._failed, live + len(self._run), self._seconds_left)

    def _needs_estimate(self, now: datetime) -> bool:
        at = self._estimated_at
        return at is None or not 0 <= (now - at).total_seconds() < ESTIMATE_INTERVAL

    def _estimate(self, now: datetime, durations: TypicalDurations) -> None:
        """Estimate the time left: that of the longest job, or of all at the peak's concurrency."""
        self._estimated_at, self._seconds_left = now, None
        slow_after = durations.slow_after
        self._slow = {
            job.id for job in self._live.values() if job.is_slow(now, slow_after.get(job.source))
        }
        live = [job for job in self._live.values() if job.id not in self._slow]
        self._peak = max(self._peak, sum(not (job.in_queue or job.is_new) for job in live))
        longest = work = 0.0
        for job in live:
            seconds = self._seconds_left_of(job, now, durations)
            if seconds is None:
                return
            longest, work = max(longest, seconds), work + seconds
        self._seconds_left = max(longest, work / max(1, self._peak))

    def _seconds_left_of(
        self, job: Job, now: datetime, durations: TypicalDurations
    ) -> float | None:
        """Return how long a job still runs; of one in the queue, without the time until then."""
        remaining = job.remaining(now)
        if remaining is not None:
            return remaining
        if job.in_queue or job.is_new:
            if samples := self._running_seconds.get(job.source):
                return median(samples)
            return durations.seconds.get(job.source)
        return durations.time_left(job.source, job.elapsed(now) or 0.0)
