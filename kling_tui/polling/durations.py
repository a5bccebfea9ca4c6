"""How long jobs usually take, learned from those that succeeded."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from operator import attrgetter
from statistics import median

from kling_tui.jobs import SLOW_FACTOR, Job, Source, Status

MAX_DURATION_SAMPLES = 100
"""Jobs of one source that count, the last ones to end."""
MIN_SAMPLES_OF_SLOW = 5
"""Jobs of one source that must have succeeded before others are called slow by comparison."""


class TypicalDurations:
    """The median duration of the last succeeded jobs of each source."""

    def __init__(self, jobs: Iterable[Job] = ()) -> None:
        self.seconds: dict[Source, float] = {}
        """By source; a source without succeeded jobs is missing."""
        self.slow_after: dict[Source, float] = {}
        """Seconds after which a job is slow, by source; a source with too few jobs is missing."""
        self._samples: dict[Source, deque[float]] = {}
        self._sorted: dict[Source, list[float]] = {}
        succeeded = (job for job in jobs if job.status is Status.SUCCEEDED and job.ended_at)
        for job in sorted(succeeded, key=attrgetter("ended_at"), reverse=True):
            # Durations are computed for the newest jobs only, of what may be thousands.
            if len(self._samples.get(job.source, ())) < MAX_DURATION_SAMPLES and (
                seconds := _duration(job)
            ):
                self._samples_of(job).appendleft(seconds)
        for source in self._samples:
            self._update(source)

    def add(self, job: Job) -> None:
        """Take into account a job that has just ended."""
        if seconds := _duration(job):
            self._samples_of(job).append(seconds)
            self._update(job.source)

    def time_left(self, source: Source, elapsed: float) -> float | None:
        """Return the median of the seconds that jobs took on, which had taken `elapsed`.

        None if no known job of the source took as long.
        """
        samples = self._sorted.get(source, ())
        first = bisect_right(samples, elapsed)
        # The upper one of two middle values: not to promise too much.
        return samples[(first + len(samples)) // 2] - elapsed if first < len(samples) else None

    def _update(self, source: Source) -> None:
        samples = self._samples[source]
        ordered = self._sorted[source] = sorted(samples)
        typical = self.seconds[source] = median(ordered)
        if len(samples) >= MIN_SAMPLES_OF_SLOW:
            self.slow_after[source] = SLOW_FACTOR * typical

    def _samples_of(self, job: Job) -> deque[float]:
        return self._samples.setdefault(job.source, deque(maxlen=MAX_DURATION_SAMPLES))


def _duration(job: Job) -> float | None:
    """Return how many seconds a job took to succeed; None if it did not, or it is not known."""
    return job.elapsed(job.ended_at) if job.status is Status.SUCCEEDED and job.ended_at else None
