"""What jobs cost by day and group, kept up to date as they change."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.costs import BATCH_SIZE, GROUPINGS, Amounts, Breakdown, cost_of, totals
from kling_tui.jobs import Job, Status
from tests.support.jobs import JOBS, NOW, O1_PRICE, a_job, clip

BERLIN = ZoneInfo("Europe/Berlin")
UNIT = Decimal("0.35")


def done(job_id: str = "1", seconds: float | None = 5.1, **changes: object) -> Job:
    """Return a job that has succeeded."""
    job = a_job(job_id, status=Status.SUCCEEDED, ended_at=NOW, videos=(clip(seconds),))
    return replace(job, **changes)


def everything(breakdown: Breakdown) -> object:
    """Return all sums of a breakdown."""
    return [breakdown.total(), *(breakdown.groups(by) for by in GROUPINGS)]


@settings(max_examples=40)
@given(st.lists(JOBS, max_size=5), st.lists(JOBS, max_size=5))
def test_sums_after_any_change_equal_those_of_counting_again(
    jobs: list[Job], others: list[Job]
) -> None:
    """New, changed and removed jobs; labels too."""
    now = {job.id: job for job in jobs}
    breakdown = Breakdown(now.values(), UTC)
    for job in [*(replace(job, id=old) for job, old in zip(others, now, strict=False)), *others]:
        now[job.id] = job
        breakdown.put(job)
    assert everything(breakdown) == everything(Breakdown(now.values(), UTC))
    some = {job.id: job for job in [*jobs[1:], *others[:2]]}
    assert not list(breakdown.sync(some))
    assert everything(breakdown) == everything(Breakdown(some.values(), UTC))


@settings(max_examples=40)
@given(st.lists(JOBS, max_size=6, unique_by=lambda job: job.id))
def test_each_grouping_shares_out_the_total(jobs: list[Job]) -> None:
    """The total equals that of the footer; only batches and reasons leave jobs out."""
    breakdown, sums = Breakdown(jobs, UTC), totals(jobs, NOW.date(), UTC)
    total = breakdown.total()
    assert (total.spent, total.in_flight, total.failed) == (sums.spent, sums.in_flight, sums.failed)
    assert (total.jobs, total.unpriced) == (len(jobs), sums.unpriced)
    for by in ("kind", "day", "label", "profile"):
        shares = breakdown.groups(by)
        assert sum(each.spent for each in shares.values()) == total.spent
        assert sum(each.jobs for each in shares.values()) == len(jobs)
    assert "" not in breakdown.groups("batch")
    assert sum(each.jobs for each in breakdown.groups("reason").values()) == total.failed_jobs


def test_an_unpriced_job_is_in_no_sum() -> None:
    """It is counted separately, and does not make a second cheaper."""
    breakdown = Breakdown([done("1"), done("2", price=None), a_job("3", price=None)])
    total = breakdown.total()
    assert (total.jobs, total.unpriced) == (3, 2)
    assert total.spent == UNIT
    assert total.per_second == Breakdown([done("1")]).total().per_second
    assert Breakdown([done(price=None)]).total().is_unknown


def test_cost_of_a_second_counts_only_results_of_known_length() -> None:
    """It is not known without one; absurd lengths are not known."""
    jobs = [done("1", 5.0), done("2", 10.0), done("3", None), done("4", 9e5)]
    assert Breakdown(jobs).total().per_second == Decimal("0.0700")
    assert Breakdown(jobs[2:]).total().per_second is None


def test_failure_rate_is_the_share_of_ended_jobs() -> None:
    """Jobs in flight are not in it; unpriced ones are."""
    failed = [replace(done(str(n)), status=Status.FAILED, price=None) for n in range(2)]
    jobs = [done("8"), a_job("9"), *failed]
    assert Breakdown(jobs).total().failure_rate == Decimal("0.6667")
    assert Breakdown([a_job()]).total().failure_rate is None


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_days_are_local_days_also_where_the_clock_changes(moment: datetime, day: date) -> None:
    """29 March has 23 hours in Berlin, and 25 October has 25."""
    assert list(Breakdown([done(ended_at=moment)], BERLIN).by_day()) == [day]


def test_the_day_is_that_of_the_end_or_while_unfinished_of_the_addition() -> None:
    """A job that runs past midnight moves to the other day when it ends."""
    breakdown = Breakdown([job := a_job(added_at=NOW - timedelta(days=1))], UTC)
    assert list(breakdown.by_day()) == [NOW.date() - timedelta(days=1)]
    breakdown.put(replace(job, status=Status.SUCCEEDED, ended_at=NOW))
    assert list(breakdown.by_day()) == [NOW.date()]


def test_groups_can_begin_with_a_day() -> None:
    """Earlier jobs are in no group then."""
    jobs = [done("1"), done("2", kind="o1", ended_at=NOW - timedelta(days=1))]
    breakdown = Breakdown(jobs, UTC)
    assert list(breakdown.groups("kind", NOW.date())) == ["i2v"]
    assert {*breakdown.groups("kind", NOW.date() - timedelta(days=1))} == {"i2v", "o1"}


def test_the_version_changes_with_a_sum_only() -> None:
    """A poll that finds nothing new changes none."""
    breakdown = Breakdown([job := a_job()])
    version = breakdown.version
    breakdown.put(replace(job, checked_at=NOW, eta_seconds=5.0))
    assert breakdown.version == version
    breakdown.put(replace(job, price=O1_PRICE))
    assert breakdown.version != version
    assert breakdown.total().in_flight == Decimal("0.90")


def test_work_is_done_in_slices() -> None:
    """So that no key waits for thousands of jobs."""
    jobs = {str(n): a_job(str(n)) for n in range(2 * BATCH_SIZE)}
    breakdown = Breakdown()
    assert len(list(breakdown.sync(jobs))) == 2
    assert breakdown.total().jobs == len(jobs)


def test_removed_groups_are_gone() -> None:
    """Not shown as $0.00."""
    breakdown = Breakdown([done(label="hero")])
    breakdown.remove("1")
    assert breakdown.total() == Amounts()
    assert breakdown.groups("label") == breakdown.groups("kind") == {}


@settings(max_examples=30)
@given(JOBS)
def test_a_job_is_in_the_sum_of_its_status(job: Job) -> None:
    """As in the totals."""
    total, cost = Breakdown([job]).total(), cost_of(job)
    assert total.spent + total.in_flight + total.failed == (cost.usd if cost else 0)
