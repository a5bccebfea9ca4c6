"""Which jobs are shown, and in which order: pure functions of the jobs themselves.

No order depends on a value that ticks, so that no row moves for the passing of time alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kling_tui.costs import ZERO, cost_of
from kling_tui.jobs import Job, Status
from kling_tui.ui import text

_URGENCY = (Status.FAILED, Status.RUNNING, Status.UNKNOWN, Status.QUEUED, Status.SUCCEEDED)


@dataclass(frozen=True, slots=True)
class Order:
    """One way to sort; jobs that are equal in it stand newest first."""

    id: str
    words: str
    key: Callable[[Job], Any]


def _dollars(job: Job) -> Any:
    cost = cost_of(job)
    return -(cost.usd if cost else ZERO)


ORDERS = (
    Order("live", "live first", lambda job: job.ended),
    Order("age", "newest first", lambda _: 0),
    Order("status", "status", lambda job: _URGENCY.index(job.status)),
    Order("job", "name", lambda job: job.name.casefold()),
    Order("kind", "kind", lambda job: job.kind),
    Order("cost", "cost", _dollars),
)
"""In the order in which a key cycles through them; the first is the default."""


def order_by_id(order_id: str) -> Order:
    """Return the order of that id, the default where there is none."""
    return next((order for order in ORDERS if order.id == order_id), ORDERS[0])


def arrange(
    jobs: Iterable[Job], order: Order, wanted: str, *, backwards: bool = False
) -> list[Job]:
    """Return the jobs that match the filter `wanted`, in `order`."""
    words = wanted.casefold().split()
    shown = [job for job in jobs if _matches(job, words)]
    shown.reverse()
    shown.sort(key=lambda job: job.added_at, reverse=True)
    shown.sort(key=order.key)
    return shown[::-1] if backwards else shown


def _matches(job: Job, words: list[str]) -> bool:
    if not words:
        return True
    parts = (job.id, job.label, job.status, text.state(job), job.kind, job.prompt, job.problem)
    haystack = "\n".join(part for part in (*parts, job.message) if part).casefold()
    return all(word in haystack for word in words)
