"""How much of a budget is used, and which thresholds are reached."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest

from kling_tui.costs import Breakdown
from kling_tui.costs.budget import Budget, BudgetUse, budget_uses
from kling_tui.jobs import Job, Price, Status
from tests.support.jobs import NOW, a_job


def a_dollar(job_id: str, status: Status = Status.SUCCEEDED, days: int = 0, label: str = "") -> Job:
    """Return a job of one dollar that ended, or was tracked, some days ago."""
    at = NOW - timedelta(days=days)
    ended_at = at if status.ended else None
    price = Price(Decimal(1))
    return a_job(job_id, status=status, ended_at=ended_at, added_at=at, price=price, label=label)


def uses(budget: Budget, *jobs: Job) -> tuple[BudgetUse, ...]:
    """Return the use of a budget."""
    return budget_uses(budget, Breakdown(jobs, UTC), NOW)


JOBS = [
    a_dollar("1"),
    a_dollar("2", days=1),
    a_dollar("3", days=30),
    a_dollar("4", Status.RUNNING, days=40),
    a_dollar("5", Status.FAILED),
    a_job("6", price=None, status=Status.SUCCEEDED, ended_at=NOW),
]


def test_spent_and_in_flight_count_and_failed_and_unpriced_do_not() -> None:
    """A job in flight counts today, whenever it was tracked: it is paid for when it succeeds."""
    day, month = uses(Budget(per_day=Decimal(4), per_month=Decimal(6)), *JOBS)
    assert (day.period, month.period) == ("2026-11-20", "2026-11")
    assert [day.spent, day.in_flight, day.used] == list(map(Decimal, (1, 1, 2)))
    assert [month.spent, month.used] == list(map(Decimal, (2, 3)))
    assert (day.share, month.share) == (Decimal("0.5"), Decimal("0.5"))


def test_without_limits_there_is_nothing_to_use() -> None:
    """0 is no limit, also for a label."""
    assert uses(Budget(), *JOBS) == ()
    assert uses(Budget(per_label={"hero": Decimal(0)}), a_dollar("1", label="hero")) == ()


@pytest.mark.parametrize(
    ("limit", "reached"),
    [
        ("1.26", []),
        ("1.25", ["0.8"]),
        ("1.01", ["0.8"]),
        ("1", ["0.8", "1"]),
        ("0.5", ["0.8", "1"]),
    ],
)
def test_thresholds_are_reached_exactly(limit: str, reached: list[str]) -> None:
    """By decimals: 80% is reached with 80%."""
    (day,) = uses(Budget(per_day=Decimal(limit)), a_dollar("1"))
    assert list(map(str, day.reached)) == reached
    assert (day.warns, day.is_exhausted) == ("0.8" in reached, "1" in reached)


def test_a_warning_at_the_limit_is_one_threshold() -> None:
    """Not two."""
    (day,) = uses(Budget(per_day=Decimal(1), warn_at=Decimal(1)), a_dollar("1"))
    assert day.reached == (Decimal(1),)


def test_one_limit_for_every_label_names_those_that_warn() -> None:
    """A batch counts as one label; jobs without a label have no limit."""
    jobs = [a_dollar(f"{n}", label=f"campaign/{n}") for n in range(3)]
    jobs += [a_dollar("a", label="hero"), a_dollar("b", label="hero"), a_dollar("c", label="once")]
    jobs += [a_dollar(f"none {n}") for n in range(9)]
    found = uses(Budget(per_label=Decimal(2)), *jobs)
    assert [(use.label, int(use.used), use.period) for use in found] == [
        ("campaign", 3, ""), ("hero", 2, ""),
    ]  # fmt: skip


def test_a_table_has_a_limit_for_each_label_or_batch() -> None:
    """Also for a label in a batch, for one without jobs, and at any share."""
    jobs = [a_dollar("1", label="campaign/1"), a_dollar("2", Status.RUNNING, label="campaign/2")]
    limits = {"campaign": Decimal(4), "campaign/1": Decimal(1), "later": Decimal(1)}
    found = uses(Budget(per_label=limits), *jobs)
    assert [(use.label, int(use.used)) for use in found] == [
        ("campaign/1", 1), ("campaign", 2), ("later", 0),
    ]  # fmt: skip
