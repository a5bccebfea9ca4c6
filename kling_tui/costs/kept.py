"""What a second of kept video costs, with the results that were rejected on the way to it."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from kling_tui.costs.job_cost import MAX_SECONDS, ZERO, cost_of
from kling_tui.jobs import Job, Review


class KeptCost(Struct):
    """The cost of reviewed jobs, and the seconds of video that were kept of them."""

    kept: int = 0
    """Jobs, as the next two."""
    rejected: int = 0
    uncounted: int = 0
    """Reviewed jobs in none of the sums: without a known price, or kept without a known length."""
    spent: Decimal = ZERO
    """US dollars for the kept and the rejected jobs."""
    seconds: Decimal = ZERO
    """Seconds of video in the kept jobs."""

    @property
    def reviewed(self) -> int:
        """How many jobs were reviewed."""
        return self.kept + self.rejected

    @property
    def per_second(self) -> Decimal | None:
        """US dollars for a kept second; None if no second was kept."""
        return self.spent / self.seconds if self.seconds else None

    def count(self, job: Job) -> None:
        """Add a reviewed job."""
        kept = job.review is Review.KEPT
        self.kept += kept
        self.rejected += not kept
        cost, seconds = cost_of(job), _kept_seconds(job)
        if cost is None or seconds is None:
            self.uncounted += 1
            return
        self.spent += cost.usd
        self.seconds += seconds


def _kept_seconds(job: Job) -> Decimal | None:
    """Return the length of what was kept of a job; None if it is not known."""
    if job.review is Review.REJECTED:
        return ZERO
    lengths = [video.duration for video in job.videos]
    if not lengths or None in lengths or not 0 < (job.seconds or 0) <= MAX_SECONDS:
        return None
    return Decimal(str(job.seconds))


def kept_cost(jobs: Iterable[Job]) -> KeptCost:
    """Return what a kept second costs of all jobs that are reviewed."""
    sums = KeptCost()
    for job in jobs:
        if job.review and job.has_result:
            sums.count(job)
    return sums


def kept_costs_by(jobs: Iterable[Job], by: str) -> dict[str, KeptCost]:
    """Return what a kept second costs in each group with a reviewed job, sorted by their names.

    `by` is "kind", "label", or another text that jobs have.
    """
    groups: dict[str, KeptCost] = {}
    for job in jobs:
        if job.review and job.has_result:
            groups.setdefault(getattr(job, by), KeptCost()).count(job)
    return dict(sorted(groups.items()))
