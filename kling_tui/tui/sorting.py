"""Which jobs are shown, and in which order: pure functions of the jobs themselves.

No order depends on a value that ticks, so that no row moves for the passing of time alone.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kling_tui.costs import ZERO, cost_of
from kling_tui.formatting import results, text
from kling_tui.jobs import Job, Status

_SortKey = tuple[Any, float, int, str]
_URGENCY = (Status.FAILED, Status.RUNNING, Status.UNKNOWN, Status.QUEUED, Status.SUCCEEDED)


@dataclass(frozen=True, slots=True)
class SortOrder:
    """One way to sort; jobs that are equal in it stand newest first."""

    id: str
    title: str
    key: Callable[[Job], Any]


def _dollars(job: Job) -> Any:
    cost = cost_of(job)
    return -(cost.usd if cost else ZERO)


SORT_ORDERS = (
    SortOrder("live", "live first", lambda job: job.ended),
    SortOrder("age", "newest first", lambda _: 0),
    SortOrder("status", "status", lambda job: _URGENCY.index(job.status)),
    SortOrder("job", "name", lambda job: job.name.casefold()),
    SortOrder("kind", "kind", lambda job: job.kind),
    SortOrder("cost", "cost", _dollars),
)
"""In the order in which a key cycles through them; the first is the default."""


def sort_order_by_id(order_id: str) -> SortOrder:
    """Return the order of that id, the default where there is none."""
    return next((order for order in SORT_ORDERS if order.id == order_id), SORT_ORDERS[0])


class SortedJobs:
    """The jobs that match a filter, in an order, in which a job that changes finds its place.

    To move one of thousands is no work, which to sort them anew would be.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        sort_order: SortOrder,
        now: datetime,
        filter_text: str = "",
        *,
        reverse: bool = False,
    ) -> None:
        """`wanted` is the filter; what it finds of results that expire is as of `now`."""
        self._order = sort_order
        self._now = now
        self._words = filter_text.casefold().split()
        self._backwards = reverse
        self._ages: dict[str, int] = {}
        self._places: dict[str, _SortKey] = {}
        for job in jobs:
            if place := self._place(job):
                self._places[job.id] = place
        self._sorted = sorted(self._places.values())

    def __len__(self) -> int:
        return len(self._sorted)

    @property
    def ids(self) -> list[str]:
        """The ids of the jobs from top to bottom."""
        ids = [place[-1] for place in self._sorted]
        return ids[::-1] if self._backwards else ids

    def move(self, job: Job) -> bool:
        """Move a job that changed to its place, or out of sight; returns whether it moved."""
        stood, stands = self._places.pop(job.id, None), self._place(job)
        if stands:
            self._places[job.id] = stands
        if stood == stands:
            return False
        if stood:
            del self._sorted[bisect_left(self._sorted, stood)]
        if stands:
            insort(self._sorted, stands)
        return True

    def _place(self, job: Job) -> _SortKey | None:
        """Return what decides where a job stands, None where it is not shown."""
        # Of jobs that were tracked in the same second the last is the newest.
        age = self._ages.setdefault(job.id, -len(self._ages))
        if self._words and not _matches(job, self._words, self._now):
            return None
        return self._order.key(job), -job.added_at.timestamp(), age, job.id


def _matches(job: Job, words: list[str], now: datetime) -> bool:
    parts = (job.id, job.label, job.status, text.status(job), job.kind, job.profile, job.prompt)
    more = (job.problem, job.message, results.download_state(job, now))
    haystack = "\n".join(part for part in (*parts, *more) if part).casefold()
    return all(word in haystack for word in words)
