"""The totals of many jobs, in US dollars."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, tzinfo
from decimal import Decimal

from msgspec import Struct, field

from kling_tui.costs.job_cost import ZERO, cost_of
from kling_tui.costs.running import RunningSum
from kling_tui.failures import Reason, failure_reason
from kling_tui.jobs import Job, Source, Status


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
    new: int = 0
    """Jobs that no poll has found yet."""
    live: Counter[Source] = field(default_factory=Counter)
    """How many jobs of each source have not ended."""
    failing: Counter[Source] = field(default_factory=Counter)
    """Those of them whose last poll failed."""
    unpriced: int = 0
    """Jobs without a known price, which are in none of the sums."""

    def count(self, job: Job, times: int = 1) -> None:
        """Add a job, or remove one that was added if `times` is -1."""
        self.counts[job.status] += times
        self.in_queue += times * job.in_queue
        self.new += times * job.is_new
        if reason := failure_reason(job):
            self.failures[reason] += times
        if not job.ended:
            self.live[job.source] += times
            self.failing[job.source] += times * (job.problem is not None)
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

    @property
    def failing_sources(self) -> set[Source]:
        """The sources of which the last poll of every job failed."""
        live = ((source, count) for source, count in self.live.items() if count)
        return {source for source, count in live if self.failing[source] == count}

    @staticmethod
    def _count_share(shares: dict[str, Decimal], name: str, usd: Decimal) -> None:
        if not (share := shares.pop(name, ZERO) + usd).is_zero():
            shares[name] = share


def totals(jobs: Iterable[Job], today: date, zone: tzinfo | None = None) -> Totals:
    """Return the totals of `jobs`; `today` is in the time zone `zone` (None: the machine's)."""
    sums = Totals(today, zone)
    for job in jobs:
        sums.count(job)
    return sums


class Ledger(RunningSum):
    """Running totals of changing jobs."""

    def __init__(self, jobs: Iterable[Job], today: date, zone: tzinfo | None = None) -> None:
        super().__init__()
        self.totals = Totals(today, zone)
        for job in jobs:
            self.put(job)

    def count(self, job: Job, times: int) -> None:
        """Add a job to the totals, or take it out of them."""
        self.totals.count(job, times)
