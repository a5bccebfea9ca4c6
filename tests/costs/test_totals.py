"""The costs of jobs and their totals."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.costs import BATCH_SIZE, Breakdown, Cost, Ledger, Totals, cost_of, totals
from kling_tui.jobs import Job, Price, Status, Video
from tests.support.jobs import JOBS, NOW, O1_PRICE, a_job, after

TODAY = NOW.date()
UNIT = Decimal("0.35")
GENERATION = Decimal("0.90")


def succeeded_job(*lengths: float | None, **changes: Any) -> Job:
    """Return a succeeded job with videos of the given seconds."""
    videos = tuple(Video("https://cdn.test/1.mp4", duration=length) for length in lengths)
    done: dict[str, Any] = {"status": Status.SUCCEEDED, "ended_at": NOW, "videos": videos}
    return a_job(**(done | changes))


class TestCost:
    """The cost of one job."""

    @pytest.mark.parametrize(
        ("lengths", "units"),
        [
            ((0.0,), 1),
            ((2.0,), 1),
            ((5.0,), 1),
            ((5.1,), 1),
            ((7.4,), 1),
            ((7.5,), 2),
            ((10.0,), 2),
            ((10.1,), 2),
            ((12.4,), 2),
            ((12.5,), 3),
            ((5.1, 5.1), 2),
            ((5.1, 10.1), 3),
            ((500.0,), 100),
        ],
    )
    def test_price_per_length_rounds_to_whole_units(
        self, lengths: tuple[float, ...], units: int
    ) -> None:
        """The sum of all seconds counts, to the nearest unit; the price list has only one unit."""
        cost = cost_of(succeeded_job(*lengths))
        assert cost == Cost(UNIT * units, units, known=True, documented=units == 1)

    @pytest.mark.parametrize("status", Status)
    def test_unknown_length_costs_one_unit(self, status: Status) -> None:
        """One unit is assumed until the length is known."""
        one = Cost(UNIT, 1, known=False, documented=True)
        assert cost_of(a_job(status=status)) == one
        assert cost_of(succeeded_job(None, status=status)) == one

    @pytest.mark.parametrize("lengths", [(), (5.0,), (60.0, 60.0)])
    def test_price_per_generation_ignores_the_length(self, lengths: tuple[float, ...]) -> None:
        """The unit is one generation."""
        expected = Cost(GENERATION, 1, known=True, documented=True)
        assert cost_of(succeeded_job(*lengths, kind="o1", price=O1_PRICE)) == expected

    def test_job_without_price_has_no_cost(self) -> None:
        """Its cost is None."""
        assert cost_of(succeeded_job(5.0, price=None)) is None

    @pytest.mark.parametrize("lengths", [(500.1,), (10_041.0,), (1e9,), (300.0, 300.0)])
    def test_absurd_length_is_no_cost(self, lengths: tuple[float, ...]) -> None:
        """A length that no result has counts as one that is not known: one unit."""
        assert cost_of(succeeded_job(*lengths)) == Cost(UNIT, 1, known=False, documented=True)

    def test_smallest_unit(self) -> None:
        """The number of units is exact."""
        cost = cost_of(succeeded_job(500.0, price=Price(Decimal("0.01"), 0.001)))
        assert cost is not None
        assert cost.usd == Decimal("5000.00")

    @settings(max_examples=60)
    @given(JOBS)
    def test_any_priced_job_costs_whole_units(self, job: Job) -> None:
        """At least one unit is charged."""
        cost = cost_of(job)
        assert (cost is None) == (job.price is None)
        if cost and job.price:
            assert cost.units >= 1
            assert cost.usd == job.price.usd * cost.units


class TestTotals:
    """The totals of many jobs."""

    def test_no_jobs_cost_nothing(self) -> None:
        """All sums are zero."""
        assert totals([], TODAY) == Totals(TODAY)

    def test_each_job_is_in_the_sum_of_its_status(self) -> None:
        """Succeeded jobs are spent; unfinished, failed and unpriced jobs are counted apart."""
        jobs = [
            succeeded_job(5.1),
            succeeded_job(10.1, profile="studio"),
            succeeded_job(5.0, kind="o1", price=O1_PRICE),
            a_job(status=Status.FAILED, ended_at=NOW),
            a_job(status=Status.RUNNING),
            a_job(status=Status.RUNNING, queue_position=2, kind="o1", price=O1_PRICE),
            a_job(status=Status.QUEUED),
            a_job(status=Status.UNKNOWN),
            a_job(price=None, status=Status.SUCCEEDED, ended_at=NOW),
        ]
        sums = totals(jobs, TODAY, UTC)
        assert (sums.spent, sums.today) == (Decimal("1.95"), Decimal("1.95"))
        assert sums.by_kind == {"i2v": Decimal("1.05"), "o1": GENERATION}
        assert sums.by_profile == {"": UNIT + GENERATION, "studio": UNIT * 2}
        assert sums.in_flight == UNIT * 3 + GENERATION
        assert sums.failed == UNIT
        assert (sums.in_queue, sums.unpriced) == (2, 1)
        assert sums.counts == {
            Status.SUCCEEDED: 4,
            Status.FAILED: 1,
            Status.RUNNING: 2,
            Status.QUEUED: 1,
            Status.UNKNOWN: 1,
        }

    def test_sums_are_exact_decimals(self) -> None:
        """A thousand times 0.35 is 350."""
        assert totals([succeeded_job(5.0)] * 1000, TODAY, UTC).spent == 350

    @pytest.mark.parametrize(
        ("ended", "hours", "today"),
        [
            (datetime(2026, 11, 20, 0, 30, tzinfo=UTC), 0, date(2026, 11, 20)),
            (datetime(2026, 11, 20, 0, 30, tzinfo=UTC), -5, date(2026, 11, 19)),
            (datetime(2026, 11, 19, 23, 30, tzinfo=UTC), 0, date(2026, 11, 19)),
            (datetime(2026, 11, 19, 23, 30, tzinfo=UTC), 1, date(2026, 11, 20)),
            (datetime(2026, 11, 19, 14, 0, tzinfo=UTC), 14, date(2026, 11, 20)),
        ],
    )
    def test_today_is_the_day_in_the_users_time_zone(
        self, ended: datetime, hours: int, today: date
    ) -> None:
        """The same moment belongs to different days in different zones."""
        zone = timezone(timedelta(hours=hours))
        jobs = [succeeded_job(5.0, ended_at=ended)]
        assert totals(jobs, today, zone).today == UNIT
        for other in (today - timedelta(days=1), today + timedelta(days=1)):
            assert totals(jobs, other, zone).today == 0

    def test_today_counts_only_succeeded_jobs_with_a_known_end(self) -> None:
        """Failures of today and ends at an unknown time do not count."""
        jobs = [a_job(status=Status.FAILED, ended_at=NOW), succeeded_job(5.0, ended_at=None)]
        assert totals(jobs, TODAY, UTC).today == 0

    def test_default_time_zone_is_the_machines(self) -> None:
        """Without a zone, the day is local."""
        assert totals([succeeded_job(5.0)], NOW.astimezone().date()).today == UNIT
        assert totals([succeeded_job(5.0)], after(3 * 86_400).astimezone().date()).today == 0

    @settings(max_examples=40)
    @given(st.lists(JOBS, max_size=5), st.lists(JOBS, max_size=5))
    def test_ledger_equals_totals_after_any_change(
        self, jobs: list[Job], others: list[Job]
    ) -> None:
        """New, changed and removed jobs give the same totals as counting all again."""
        now = {job.id: job for job in jobs}
        ledger = Ledger(jobs and now.values(), TODAY, UTC)
        for job in [
            *(replace(job, id=old) for job, old in zip(others, now, strict=False)),
            *others,
        ]:
            now[job.id] = job
            ledger.put(job)
            assert ledger.totals == totals(now.values(), TODAY, UTC)
        some = {job.id: job for job in [*jobs[1:], *others[:2]]}
        assert not list(ledger.sync(some))
        assert ledger.totals == totals(some.values(), TODAY, UTC)

    def test_ledger_sync_tolerates_changes_while_it_pauses(self) -> None:
        """A job may be removed and another changed in a pause."""
        jobs = [succeeded_job(5.0, id=str(number)) for number in range(2 * BATCH_SIZE)]
        now, last = {job.id: job for job in jobs}, jobs[-1].id
        ledger = Ledger((), TODAY, UTC)
        counting = ledger.sync(now)
        next(counting)
        del now[jobs[-2].id]
        now[last] = replace(now[last], status=Status.FAILED)
        ledger.put(now[last])
        assert not list(counting)
        assert ledger.totals == totals(now.values(), TODAY, UTC)

    @settings(max_examples=40)
    @given(st.lists(JOBS, max_size=5))
    def test_every_job_counts_once(self, jobs: list[Job]) -> None:
        """Each job is in one count, and in one sum if it has a price."""
        sums = totals(jobs, TODAY, UTC)
        costs = [cost.usd for job in jobs if (cost := cost_of(job))]
        assert sums.counts.total() == len(jobs)
        assert sums.unpriced == len(jobs) - len(costs)
        assert sums.spent + sums.in_flight + sums.failed == sum(costs)
        assert sum(sums.by_kind.values()) == sums.spent >= sums.today
        assert sum(sums.by_profile.values()) == sums.spent


def test_spent_is_shared_out_to_batches() -> None:
    """A job outside all batches is in the share of the empty name; a failed one in none."""
    jobs = [
        succeeded_job(5.1, job_id="1", label="campaign/1"),
        succeeded_job(10.1, job_id="2", label="campaign/2"),
        succeeded_job(5.1, job_id="3", label="hero"),
        a_job("4", label="other/1", status=Status.FAILED),
    ]
    assert totals(jobs, TODAY).by_batch == {"campaign": 3 * UNIT, "": UNIT}
    groups = Breakdown(jobs).groups("batch")
    assert {name: amounts.jobs for name, amounts in groups.items()} == {"campaign": 2, "other": 1}
