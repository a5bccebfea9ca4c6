"""How many jobs were in flight, and how many ended, in each of the last minutes."""

import math
from collections import Counter
from datetime import datetime

MINUTES = 15
"""How many minutes are counted."""
_MINUTE = 60


class MinuteCounts:
    """Counts jobs by the minutes in which they began and ended."""

    def __init__(self) -> None:
        self.in_flight = 0
        """How many jobs are in flight."""
        self._times: dict[str, tuple[float, float]] = {}
        """Start and end of each job, in seconds since 1970; inf while it is in flight."""
        self._starts = Counter[int]()
        self._ends = Counter[int]()
        """How many jobs began and ended in each minute since 1970; without old minutes."""

    def put(self, job_id: str, start: float, end: float = math.inf) -> None:
        """Count a job, also in place of its earlier times; `end` is inf while it is in flight."""
        self.remove(job_id)
        self._times[job_id] = start, end
        self._count(start, end, 1)

    def remove(self, job_id: str) -> None:
        """Stop counting a job, if it is counted."""
        if times := self._times.pop(job_id, None):
            self._count(*times, -1)

    def _count(self, start: float, end: float, number: int) -> None:
        self._starts[int(start // _MINUTE)] += number
        if end < math.inf:
            self._ends[int(end // _MINUTE)] += number
        else:
            self.in_flight += number

    def last(self, now: datetime) -> tuple[list[int], list[int]]:
        """Return how many jobs were in flight and ended in each of the last `MINUTES` minutes."""
        last = int(now.timestamp() // _MINUTE)
        shown = range(last - MINUTES + 1, last + 1)
        for counter in (self._starts, self._ends):
            for minute in [minute for minute in counter if minute < shown.start]:
                del counter[minute]
        # Of a clock that was ahead, times may lie in the future.
        started, ended = (
            sum(count for minute, count in counter.items() if minute > last)
            for counter in (self._starts, self._ends)
        )
        in_flight = []
        for minute in reversed(shown):
            ended += self._ends[minute]
            in_flight.append(self.in_flight + ended - started)
            started += self._starts[minute]
        return in_flight[::-1], [self._ends[minute] for minute in shown]
