"""The sort orders of the job table.

No order depends on a value that changes with time, so no row moves by time alone.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from math import inf
from typing import Any

from msgspec import Struct

from kling_tui.costs import ZERO, cost_of
from kling_tui.formatting.text import profile_name
from kling_tui.jobs import Job, Status

_SortKey = tuple[Any, float, int, str]
_STATUS_ORDER = (
    Status.FAILED, Status.RUNNING, Status.UNKNOWN, Status.QUEUED, Status.SUCCEEDED,
)  # fmt: skip


class SortOrder(Struct, frozen=True):
    """One way to sort; jobs that are equal in it are sorted newest first."""

    id: str
    titles: tuple[str, str]
    """The order and its reverse, in the title of the table."""
    key: Callable[[Job], Any]
    name: str
    """Its name in the menu: that of a column, where it has one."""
    letter: str
    """The key that chooses it in the menu."""
    directions: tuple[str, str]
    """What comes first, and what if the order is reversed."""


def _negative_cost(job: Job) -> Any:
    cost = cost_of(job)
    return -(cost.usd if cost else ZERO)


def _negative_end(job: Job) -> float:
    return -job.ended_at.timestamp() if job.ended_at else -inf


def _negative_elapsed(job: Job) -> tuple[bool, float]:
    """Sort live jobs by their start: their elapsed time grows, but in this order of each other."""
    if not job.ended:
        return False, (job.created_at or job.added_at).timestamp()
    return True, -(job.elapsed(job.ended_at or job.added_at) or 0.0)


_A_TO_Z = ("A to Z", "Z to A")
SORT_ORDERS = (
    SortOrder("live", ("live first", "ended first"), lambda job: job.ended,
              "Live", "l", ("live first", "ended first")),
    SortOrder("age", ("newest first", "oldest first"), lambda _: 0,
              "Added", "a", ("newest first", "oldest first")),
    SortOrder("ended", ("last ended first", "first ended first"), _negative_end,
              "Ended", "e", ("latest first", "earliest first")),
    SortOrder("elapsed", ("longest first", "shortest first"), _negative_elapsed,
              "Elapsed", "t", ("longest first", "shortest first")),
    SortOrder("status", ("failed first", "done first"),
              lambda job: _STATUS_ORDER.index(job.status),
              "Status", "s", ("failed first", "done first")),
    SortOrder("job", ("name A to Z", "name Z to A"), lambda job: job.name.casefold(),
              "Job", "n", _A_TO_Z),
    SortOrder("kind", ("kind A to Z", "kind Z to A"), lambda job: job.kind,
              "Kind", "d", _A_TO_Z),
    SortOrder("profile", ("profile A to Z", "profile Z to A"),
              lambda job: profile_name(job.profile).casefold(),
              "Profile", "p", _A_TO_Z),
    SortOrder("cost", ("highest cost first", "lowest cost first"), _negative_cost,
              "Cost", "c", ("highest first", "lowest first")),
)  # fmt: skip
"""In the order of the menu; the first is the default."""


def sort_order_by_id(sort_id: str) -> SortOrder:
    """Return the order with this id, or the default if there is none."""
    return next((order for order in SORT_ORDERS if order.id == sort_id), SORT_ORDERS[0])


class SortedJobs:
    """The jobs that match a filter, kept sorted while single jobs change.

    Moving one job among thousands takes little time, unlike sorting all of them again.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        sort_order: SortOrder,
        matches: Callable[[Job], bool] = lambda _: True,
        *,
        reverse: bool = False,
    ) -> None:
        """Sort the jobs for which `matches`, the filter, returns true."""
        self._sort_order = sort_order
        self._reverse = reverse
        self._ages: dict[str, int] = {}
        self._keys: dict[str, _SortKey] = {}
        for job in jobs:
            # Of jobs that were tracked in the same second, the last is the newest.
            self._ages[job.id] = -len(self._ages)
            if matches(job):
                self._keys[job.id] = self._sort_key(job)
        self._sorted = sorted(self._keys.values())

    def __len__(self) -> int:
        return len(self._sorted)

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._keys

    @property
    def ids(self) -> list[str]:
        """The ids of the jobs from top to bottom."""
        ids = [key[-1] for key in self._sorted]
        return ids[::-1] if self._reverse else ids

    def move(self, job: Job, *, matches: bool = True) -> bool:
        """Move a changed job to its new position, or remove it; returns whether it moved.

        `matches` is whether the filter shows it now.
        """
        self._ages.setdefault(job.id, -len(self._ages))
        before = self._keys.pop(job.id, None)
        after = self._sort_key(job) if matches else None
        if after:
            self._keys[job.id] = after
        if before == after:
            return False
        if before:
            del self._sorted[bisect_left(self._sorted, before)]
        if after:
            insort(self._sorted, after)
        return True

    def _sort_key(self, job: Job) -> _SortKey:
        return self._sort_order.key(job), -job.added_at.timestamp(), self._ages[job.id], job.id
