"""The cost of a job and the totals of many, in US dollars as Decimal."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from msgspec import Struct, field

from kling_tui.failures import Reason, failure_reason
from kling_tui.jobs import Job, Price, Status

ZERO = Decimal(0)
MAX_SECONDS = 500.0
"""Seconds of video; a longer result of one job is a mistake in its reply, and no cost."""
BATCH_SIZE = 1000
"""Jobs counted between two pauses, which takes some milliseconds."""


class Cost(Struct, frozen=True):
    """The cost of one job, or its expected cost."""

    usd: Decimal
    units: int
    known: bool
    """False while one unit is assumed because the length of the result is unknown."""
    documented: bool
    """False for several units of a length: the price list has only one."""


def cost_of(job: Job) -> Cost | None:
    """Return the cost of a job at the price it was tracked with; None if it has no price."""
    return None if job.price is None else _cost(job.price, job.seconds)


@lru_cache
def _cost(price: Price, seconds: float | None) -> Cost:
    if price.per_seconds is None:
        return Cost(price.usd, 1, known=True, documented=True)
    if seconds is None or seconds > MAX_SECONDS:
        return Cost(price.usd, 1, known=False, documented=True)
    ratio = Decimal(str(seconds)) / Decimal(str(price.per_seconds))
    units = max(1, int(ratio.quantize(Decimal(1), ROUND_HALF_UP)))
    return Cost(price.usd * units, units, known=True, documented=units == 1)


class Totals(Struct):
    """The costs of a set of jobs, and how many have each status."""

    day: date | None = None
    """The day that counts as today."""
    zone: tzinfo | None = None
    """The time zone of that day; None is the machine's."""
    spent: Decimal = ZERO
    """Jobs that succeeded."""
    in_flight: Decimal = ZERO
    """Jobs that have not ended."""
    failed: Decimal = ZERO
    """Jobs that failed. Kling does not bill these; the gateway does not say whether it does."""
    today: Decimal = ZERO
    """The part of `spent` that ended today."""
    by_kind: dict[str, Decimal] = field(default_factory=dict)
    by_profile: dict[str, Decimal] = field(default_factory=dict)
    by_batch: dict[str, Decimal] = field(default_factory=dict)
    """Shares of `spent`."""
    counts: Counter[Status] = field(default_factory=Counter)
    failures: Counter[Reason] = field(default_factory=Counter)
    """How many jobs failed, by reason."""
    in_queue: int = 0
    unpriced: int = 0
    """Jobs without a known price, which are in none of the sums."""

    def count(self, job: Job, times: int = 1) -> None:
        """Add a job, or remove one that was added if `times` is -1."""
        self.counts[job.status] += times
        self.in_queue += times * job.in_queue
        if reason := failure_reason(job):
            self.failures[reason] += times
        cost = cost_of(job)
        if cost is None:
            self.unpriced += times
            return
        usd = times * cost.usd
        if job.status is Status.SUCCEEDED:
            self.spent += usd
            self._count_share(self.by_kind, job.kind, usd)
            self._count_share(self.by_profile, job.profile, usd)
            self._count_share(self.by_batch, job.batch, usd)
            if job.ended_at and job.ended_at.astimezone(self.zone).date() == self.day:
                self.today += usd
        elif job.status is Status.FAILED:
            self.failed += usd
        else:
            self.in_flight += usd

    @staticmethod
    def _count_share(shares: dict[str, Decimal], name: str, usd: Decimal) -> None:
        if not (share := shares.pop(name, ZERO) + usd).is_zero():
            shares[name] = share


GROUPINGS = ("kind", "day", "batch", "label", "profile", "reason")
"""Properties that jobs can be grouped by. Only failed jobs have a reason."""


def group_totals(
    jobs: Iterable[Job], by: str, today: date, zone: tzinfo | None = None
) -> dict[str, Totals]:
    """Return the totals of each group, sorted by the groups' names; `by` is one of `GROUPINGS`.

    The day of a job is that of its end, or while it is unfinished the day it was tracked.
    """
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        if (name := _group(job, by, zone)) is not None:
            groups.setdefault(name, []).append(job)
    return {name: totals(group, today, zone) for name, group in sorted(groups.items())}


def _group(job: Job, by: str, zone: tzinfo | None) -> str | None:
    """Return the name of a job's group; None if it is in none."""
    match by:
        case "day":
            return (job.ended_at or job.added_at).astimezone(zone).date().isoformat()
        case "batch":
            return job.batch or None
        case "reason":
            return failure_reason(job)
        case _:
            name: str = getattr(job, by)
            return name


def totals(jobs: Iterable[Job], today: date, zone: tzinfo | None = None) -> Totals:
    """Return the totals of `jobs`; `today` is in the time zone `zone` (None: the machine's)."""
    sums = Totals(today, zone)
    for job in jobs:
        sums.count(job)
    return sums


class Ledger:
    """Running totals of changing jobs: a change costs the same however many jobs there are."""

    def __init__(self, jobs: Iterable[Job], today: date, zone: tzinfo | None = None) -> None:
        self._jobs = {job.id: job for job in jobs}
        self.totals = totals(self._jobs.values(), today, zone)

    def sync(self, jobs: Mapping[str, Job]) -> Iterator[None]:
        """Bring the totals up to date with `jobs`, of which most have not changed.

        Yields after each `BATCH_SIZE` changed jobs; `jobs` may change before it is resumed.
        """
        for job_id in self._jobs.keys() - jobs.keys():
            self.remove(job_id)
        counted = 0
        for job_id in list(jobs):
            job = jobs.get(job_id)
            if job is not None and job is not self._jobs.get(job_id):
                self.put(job)
                counted += 1
                if counted % BATCH_SIZE == 0:
                    yield

    def remove(self, job_id: str) -> None:
        """Stop counting a job, if it is counted."""
        if job := self._jobs.pop(job_id, None):
            self.totals.count(job, -1)

    def put(self, job: Job) -> None:
        """Count a new job, or a changed one in place of its earlier state."""
        if before := self._jobs.get(job.id):
            self.totals.count(before, -1)
        self.totals.count(job)
        self._jobs[job.id] = job
