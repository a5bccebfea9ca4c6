"""What jobs cost by day, kind, batch, label, profile and reason of failure."""

from collections.abc import Iterable, Mapping
from datetime import date, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple, TypeVar

from msgspec import Struct

from kling_tui.costs.job_cost import MAX_SECONDS, ZERO, cost_of
from kling_tui.costs.running import RunningSum
from kling_tui.failures import Reason, failure_reason
from kling_tui.jobs import Job, Review, Status

GROUPINGS = ("kind", "day", "batch", "label", "profile", "reason")
"""Properties that jobs can be grouped by. Only failed jobs have a reason."""
_SMALLEST_RATE = Decimal("0.0001")
_Key = TypeVar("_Key")


class Amounts(Struct, gc=False):
    """What some jobs cost, in US dollars."""

    jobs: int = 0
    spent: Decimal = ZERO
    """Jobs that succeeded."""
    in_flight: Decimal = ZERO
    """Jobs that have not ended."""
    failed: Decimal = ZERO
    """Jobs that failed. Kling does not bill these; the gateway does not say whether it does."""
    unpriced: int = 0
    """Jobs without a known price, which are in none of the sums."""
    succeeded_jobs: int = 0
    failed_jobs: int = 0
    measured: Decimal = ZERO
    """The part of `spent` for results whose length is known."""
    microseconds: int = 0
    """The length of these results: whole numbers, whose sums are exact."""
    kept_jobs: int = 0
    rejected_jobs: int = 0
    reviewed: Decimal = ZERO
    """The part of `spent` for rejected results, and for kept ones whose length is known."""
    kept_microseconds: int = 0
    """The length of these kept results."""

    def count(self, job: Job, usd: Decimal | None, times: int) -> None:
        """Add a job, or take it out again if `times` is -1.

        `usd` is its cost with the sign of `times`; None if it is unknown.
        """
        self.jobs += times
        succeeded, failed = job.status is Status.SUCCEEDED, job.status is Status.FAILED
        self.succeeded_jobs += times * succeeded
        self.failed_jobs += times * failed
        if usd is None:
            self.unpriced += times
        elif succeeded:
            self.spent += usd
            if (seconds := job.seconds) and seconds <= MAX_SECONDS:
                self.measured += usd
                self.microseconds += times * round(seconds * 1_000_000)
            self._count_review(job, usd, times)
        elif failed:
            self.failed += usd
        else:
            self.in_flight += usd

    def _count_review(self, job: Job, usd: Decimal, times: int) -> None:
        """Add a priced job that has succeeded to the sums of reviewed results."""
        if not job.has_result or job.review is None:
            return
        self.kept_jobs += times * (job.review is Review.KEPT)
        self.rejected_jobs += times * (job.review is Review.REJECTED)
        kept = _kept_microseconds(job)
        if kept is not None:
            self.reviewed += usd
            self.kept_microseconds += times * kept

    def add(self, other: "Amounts") -> None:
        """Add what other jobs cost."""
        for name in Amounts.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def is_unknown(self) -> bool:
        """Whether there are jobs, none of which has a known price."""
        return bool(self.jobs) and self.unpriced == self.jobs

    @property
    def per_second(self) -> Decimal | None:
        """The dollars for a second of finished video; None while no length is known."""
        return _rate(self.measured, self.microseconds)

    @property
    def per_kept_second(self) -> Decimal | None:
        """The dollars of all reviewed results for a second that was kept; None while there is none.

        Reviewed jobs without a price, and kept ones without a length, are left out.
        """
        return _rate(self.reviewed, self.kept_microseconds)

    @property
    def failure_rate(self) -> Decimal | None:
        """The share of the ended jobs that failed, from 0 to 1; None while none has ended."""
        ended = self.succeeded_jobs + self.failed_jobs
        return (Decimal(self.failed_jobs) / ended).quantize(_SMALLEST_RATE) if ended else None


def _kept_microseconds(job: Job) -> int | None:
    """Return the length of what was kept of a reviewed job; None if it is not known."""
    if job.review is Review.REJECTED:
        return 0
    is_measured = all(video.duration is not None for video in job.videos)
    seconds = job.seconds if is_measured else None
    return round(seconds * 1_000_000) if seconds and seconds <= MAX_SECONDS else None


def _rate(usd: Decimal, microseconds: int) -> Decimal | None:
    if not microseconds:
        return None
    return (usd * 1_000_000 / microseconds).quantize(_SMALLEST_RATE, ROUND_HALF_UP)


class _Cell(NamedTuple):
    """What jobs have in common that are counted together."""

    day: date
    kind: str
    batch: str
    profile: str
    reason: Reason | None


class Breakdown(RunningSum):
    """The costs of changing jobs in cells, of which there are far fewer than jobs.

    The day of a job is the local day of its end, or while it is unfinished that on which it was
    tracked.
    """

    def __init__(self, jobs: Iterable[Job] = (), zone: tzinfo | None = None) -> None:
        """`zone` is the time zone of the days; None is the machine's."""
        super().__init__()
        self.zone = zone
        self.version = 0
        """Another number after each change of a sum."""
        self._cells: dict[_Cell, Amounts] = {}
        self._labels: dict[str, Amounts] = {}
        self._days: tuple[int, Mapping[date, Amounts]] = (-1, {})
        """The costs by day, and the version for which they were added up."""
        for job in jobs:
            self.put(job)

    def put(self, job: Job) -> None:
        """Count a new or changed job; a change that no sum depends on is no new version."""
        before = self._jobs.get(job.id)
        if before is not None and self._facts(before) == self._facts(job):
            self._jobs[job.id] = job
        else:
            super().put(job)

    def _facts(self, job: Job) -> tuple[object, ...]:
        return self._cell(job), job.label, job.status, job.price, job.seconds, job.review

    def _cell(self, job: Job) -> _Cell:
        day = (job.ended_at or job.added_at).astimezone(self.zone).date()
        return _Cell(day, job.kind, job.batch, job.profile, failure_reason(job))

    def count(self, job: Job, times: int) -> None:
        """Add a job to its sums, or take it out of them."""
        self.version += 1
        cost = cost_of(job)
        usd = times * cost.usd if cost else None
        _count(self._cells, self._cell(job), job, usd, times)
        _count(self._labels, job.label, job, usd, times)

    def total(self) -> Amounts:
        """Return what all jobs cost."""
        return _sum(self._cells.values())

    def by_day(self) -> Mapping[date, Amounts]:
        """Return the costs of each day that has a job."""
        if self._days[0] != self.version:
            days: dict[date, Amounts] = {}
            for cell, amounts in self._cells.items():
                days.setdefault(cell.day, Amounts()).add(amounts)
            self._days = self.version, days
        return self._days[1]

    def by_label(self) -> Mapping[str, Amounts]:
        """Return the costs of each label; that of jobs without one is ""."""
        return self._labels

    def groups(self, by: str, since: date | None = None) -> dict[str, Amounts]:
        """Return the costs of each group that has a job.

        `by` is one of `GROUPINGS`. With `since`, only jobs of that day or a later one count, and
        `by` is not "label".
        """
        if by == "label":
            return dict(self._labels)
        found: dict[str, Amounts] = {}
        for cell, amounts in self._cells.items():
            name = cell.day.isoformat() if by == "day" else getattr(cell, by)
            in_group = name is not None and (name or by != "batch")
            if in_group and (since is None or cell.day >= since):
                found.setdefault(name, Amounts()).add(amounts)
        return found


def _sum(all_amounts: Iterable[Amounts]) -> Amounts:
    total = Amounts()
    for amounts in all_amounts:
        total.add(amounts)
    return total


def _count(sums: dict[_Key, Amounts], key: _Key, job: Job, usd: Decimal | None, times: int) -> None:
    amounts = sums.setdefault(key, Amounts())
    amounts.count(job, usd, times)
    if not amounts.jobs:
        del sums[key]
