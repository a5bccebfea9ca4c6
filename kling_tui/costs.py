"""What a job costs and what all of them cost: Decimal arithmetic, nothing else."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from kling_tui.jobs import Job, Price, Status

ZERO = Decimal(0)
MAX_SECONDS = 500.0
"""Seconds of video; a longer result of one job is a mistake in its reply, and no cost."""
BATCH_SIZE = 1000
"""Jobs that are counted without a pause, which takes some milliseconds."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one job costs, or will."""

    usd: Decimal
    units: int
    known: bool
    """False while the length of the result, and so the number of units, is an assumption."""
    documented: bool
    """False for several units of a length: the document prices only one."""


def cost_of(job: Job) -> Cost | None:
    """Return the cost of a job by the price it was tracked at; None where it has no price."""
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


@dataclass(slots=True)
class Totals:
    """What a set of jobs costs, in US dollars, and how many are in each state."""

    day: date | None = None
    """The day that is called today."""
    zone: tzinfo | None = None
    """Where that day is; None is where the machine is."""
    spent: Decimal = ZERO
    """Jobs that succeeded."""
    in_flight: Decimal = ZERO
    """Jobs that have not ended."""
    failed: Decimal = ZERO
    """Jobs that failed, which the model's maker does not bill; the gateway does not say."""
    today: Decimal = ZERO
    """The part of `spent` that ended today."""
    by_kind: dict[str, Decimal] = field(default_factory=dict)
    by_profile: dict[str, Decimal] = field(default_factory=dict)
    """The parts of `spent`."""
    counts: Counter[Status] = field(default_factory=Counter)
    in_queue: int = 0
    unpriced: int = 0
    """Jobs that no price is known for; they are in none of the sums."""

    def count(self, job: Job, times: int = 1) -> None:
        """Add a job, or where `times` is -1 take one away that was added."""
        self.counts[job.status] += times
        self.in_queue += times * job.in_queue
        cost = cost_of(job)
        if cost is None:
            self.unpriced += times
            return
        usd = times * cost.usd
        if job.status is Status.SUCCEEDED:
            self.spent += usd
            for parts, name in ((self.by_kind, job.kind), (self.by_profile, job.profile)):
                if not (part := parts.pop(name, ZERO) + usd).is_zero():
                    parts[name] = part
            if job.ended_at and job.ended_at.astimezone(self.zone).date() == self.day:
                self.today += usd
        elif job.status is Status.FAILED:
            self.failed += usd
        else:
            self.in_flight += usd


GROUPINGS = ("kind", "day", "label", "profile")
"""What jobs can be grouped by."""


def group_totals(
    jobs: Iterable[Job], by: str, today: date, zone: tzinfo | None = None
) -> dict[str, Totals]:
    """Add up jobs apart, by one of the groupings; in the order of the groups' names.

    The day of a job is that on which it ended, or on which it was tracked while it has not.
    """
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        day = (job.ended_at or job.added_at).astimezone(zone).date()
        groups.setdefault(day.isoformat() if by == "day" else getattr(job, by), []).append(job)
    return {name: totals(group, today, zone) for name, group in sorted(groups.items())}


def totals(jobs: Iterable[Job], today: date, zone: tzinfo | None = None) -> Totals:
    """Add up `jobs`; `today` is the day in the time zone `zone` (None: the machine's)."""
    sums = Totals(today, zone)
    for job in jobs:
        sums.count(job)
    return sums


class Ledger:
    """The totals of jobs that change: to count one of thousands anew is no work."""

    def __init__(self, jobs: Iterable[Job], today: date, zone: tzinfo | None = None) -> None:
        self._jobs = {job.id: job for job in jobs}
        self.totals = totals(self._jobs.values(), today, zone)

    def sync(self, jobs: Mapping[str, Job]) -> Iterator[None]:
        """Count all jobs as they are now, of which most are as they were.

        Where many are not, pauses now and then, while which `jobs` may change further.
        """
        for job_id in self._jobs.keys() - jobs.keys():
            self.totals.count(self._jobs.pop(job_id), -1)
        counted = 0
        for job_id in list(jobs):
            job = jobs.get(job_id)
            if job is not None and job is not self._jobs.get(job_id):
                self.put(job)
                counted += 1
                if counted % BATCH_SIZE == 0:
                    yield

    def put(self, job: Job) -> None:
        """Count a job as it is now, in place of how it was."""
        if before := self._jobs.get(job.id):
            self.totals.count(before, -1)
        self.totals.count(job)
        self._jobs[job.id] = job
