"""What a second of kept video costs."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.costs import cost_of
from kling_tui.costs.kept import KeptCost, kept_cost, kept_costs_by
from kling_tui.jobs import Job, Review, Status, Video
from tests.support.jobs import JOBS, O1_PRICE, a_job, clip

KEPT, REJECTED = Review.KEPT, Review.REJECTED


def reviewed(review: Review | None, *videos: Video, **changes: Any) -> Job:
    """Return a job that has succeeded with these videos, by default with one of 5 s."""
    return a_job(status=Status.SUCCEEDED, videos=videos or (clip(5.0),), review=review, **changes)


def test_rejected_results_make_the_kept_seconds_dearer() -> None:
    """What was paid for both is divided by the seconds that were kept."""
    sums = kept_cost([reviewed(KEPT), reviewed(REJECTED), reviewed(REJECTED)])
    assert (sums.kept, sums.rejected, sums.uncounted) == (1, 2, 0)
    assert (sums.spent, sums.seconds) == (Decimal("1.05"), Decimal(5))
    assert sums.per_second == Decimal("0.21")


def test_where_nothing_was_kept_there_is_no_cost_per_second() -> None:
    """It is not zero."""
    sums = kept_cost([reviewed(REJECTED)])
    assert (sums.spent, sums.per_second) == (Decimal("0.35"), None)


def test_all_videos_of_a_kept_job_count() -> None:
    """The job is kept as a whole."""
    assert kept_cost([reviewed(KEPT, clip(5.1), clip(5.1))]).seconds == Decimal("10.2")


@pytest.mark.parametrize(
    "job",
    [
        reviewed(KEPT, clip(None)),
        reviewed(KEPT, clip(5.0), clip(None)),
        reviewed(KEPT, clip(5000.0)),
        reviewed(KEPT, clip(0.0)),
        reviewed(KEPT, price=None),
        reviewed(REJECTED, price=None),
    ],
    ids=["no length", "one without length", "absurd length", "no second", "no price", "rejected"],
)
def test_a_job_without_price_or_length_is_in_no_sum(job: Job) -> None:
    """It would make a second too cheap or too dear; it is counted separately."""
    sums = kept_cost([job, reviewed(KEPT)])
    assert sums.uncounted == 1
    assert (sums.spent, sums.seconds) == (Decimal("0.35"), Decimal(5))


@pytest.mark.parametrize(
    "job",
    [reviewed(None), a_job(review=KEPT), a_job(status=Status.FAILED, review=REJECTED)],
    ids=["not reviewed", "running", "failed"],
)
def test_only_reviewed_results_count(job: Job) -> None:
    """A review of a job without a result can only come from an edited file."""
    assert kept_cost([job]) == KeptCost()
    assert kept_costs_by([job], "kind") == {}


def test_groups_are_sorted_and_have_a_reviewed_job() -> None:
    """By kind and by label."""
    jobs = [
        reviewed(KEPT, kind="o1", price=O1_PRICE, label="fox"),
        reviewed(KEPT, label="fox"),
        reviewed(REJECTED, label=""),
        reviewed(None, label="other"),
    ]
    by_kind, by_label = kept_costs_by(jobs, "kind"), kept_costs_by(jobs, "label")
    assert list(by_kind) == ["i2v", "o1"]
    assert by_kind["o1"].per_second == Decimal("0.18")
    assert {name: sums.spent for name, sums in by_label.items()} == {
        "": Decimal("0.35"),
        "fox": Decimal("1.25"),
    }


@settings(max_examples=60)
@given(st.lists(JOBS, max_size=8))
def test_groups_add_up_to_all_jobs(jobs: list[Job]) -> None:
    """Whatever the jobs are; and no more is spent than all results cost."""
    overall = kept_cost(jobs)
    for by in ("kind", "label"):
        groups = kept_costs_by(jobs, by).values()
        for name in KeptCost.__struct_fields__:
            assert getattr(overall, name) == sum(getattr(each, name) for each in groups)
    costs = [cost_of(job) for job in jobs if job.has_result]
    assert overall.spent <= sum(cost.usd for cost in costs if cost)
