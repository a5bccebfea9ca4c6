"""What the menu of filters offers: common terms, and the batches."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from string import ascii_uppercase

from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.queries import quoted
from kling_tui.tui.views import KEYS

_BATCH_KEYS = KEYS + ascii_uppercase


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A term of a filter that the user adds with one key."""

    key: str
    """A letter or a number; "" for none."""
    name: str
    term: str
    """In the language of docs/filters.md."""
    description: str = ""


CHOICES = (
    FilterChoice("u", "Unread", "is:unread", "not seen since it ended"),
    FilterChoice("t", "Ended today", "ended:today"),
    FilterChoice("y", "Ended yesterday", "ended:yesterday"),
    FilterChoice("w", "Ended this week", "ended<7d", "in the last 7 days"),
    FilterChoice("f", "Failed", "status:failed"),
    FilterChoice("d", "To download", "is:awaiting-download", "not downloaded, not expired"),
    FilterChoice("x", "Expires this week", "expires<7d", "within 7 days, not downloaded"),
    FilterChoice("v", "To review", "is:unreviewed", "neither kept nor rejected"),
    FilterChoice("+", "Kept", "is:kept"),
    FilterChoice("-", "Rejected", "is:rejected"),
)
"""The terms that do not depend on the jobs, in the order of the menu."""


def batch_choices(jobs: Iterable[Job], spent: Mapping[str, Decimal]) -> Iterator[FilterChoice]:
    """Yield the batches, that to which a job was added last first; `spent` is what each cost.

    Batches whose names differ only in case are one choice, because the filter matches both.
    """
    sizes = Counter[str]()
    newest: dict[str, Job] = {}
    for job in jobs:
        if job.batch:
            batch = job.batch.casefold()
            sizes[batch] += 1
            newest[batch] = max(newest.get(batch, job), job, key=lambda each: each.added_at)
    costs: defaultdict[str, Decimal] = defaultdict(Decimal)
    for name, usd in spent.items():
        costs[name.casefold()] += usd
    by_name = sorted(newest)
    newest_first = sorted(by_name, key=lambda batch: newest[batch].added_at, reverse=True)
    for number, batch in enumerate(newest_first):
        name = newest[batch].batch
        yield FilterChoice(
            _BATCH_KEYS[number : number + 1],
            f"{name}/",
            f"batch={quoted(name)}",
            f"{text.money(costs[batch])} spent, {text.count(sizes[batch], 'job')}",
        )
