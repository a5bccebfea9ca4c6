"""What a second of kept video costs."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.costs import Amounts, Breakdown, cost_of
from kling_tui.jobs import Job, Review, Status, Video
from tests.support.jobs import JOBS, O1_PRICE, a_job, clip

KEPT, REJECTED = Review.KEPT, Review.REJECTED


def reviewed(review: Review | None, *videos: Video, **changes: Any) -> Job:
    """Return a job that has succeeded with these videos, by default with one of 5 s."""
    videos = videos or (clip(5.0),)
    job_id = changes.pop("id", "1")
    return a_job(job_id, status=Status.SUCCEEDED, videos=videos, review=review, **changes)


def total(*jobs: Job) -> Amounts:
    """Return what jobs cost together."""
    return Breakdown(jobs).total()


def test_rejected_results_make_the_kept_seconds_dearer() -> None:
    """What was paid for both is divided by the seconds that were kept."""
    sums = total(reviewed(KEPT), reviewed(REJECTED, id="2"), reviewed(REJECTED, id="3"))
    assert (sums.kept_jobs, sums.rejected_jobs, sums.reviewed) == (1, 2, Decimal("1.05"))
    assert sums.per_kept_second == Decimal("0.21")


def test_where_nothing_was_kept_there_is_no_cost_per_second() -> None:
    """It is not zero."""
    sums = total(reviewed(REJECTED))
    assert (sums.reviewed, sums.per_kept_second) == (Decimal("0.35"), None)


def test_all_videos_of_a_kept_job_count() -> None:
    """The job is kept as a whole."""
    assert total(reviewed(KEPT, clip(5.1), clip(5.1))).kept_microseconds == 10_200_000


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
    """It would make a second too cheap or too dear."""
    sums = total(job, reviewed(KEPT, id="other"))
    assert (sums.reviewed, sums.kept_microseconds) == (Decimal("0.35"), 5_000_000)


@pytest.mark.parametrize(
    "job",
    [reviewed(None), a_job(review=KEPT), a_job(status=Status.FAILED, review=REJECTED)],
    ids=["not reviewed", "running", "failed"],
)
def test_only_reviewed_results_count(job: Job) -> None:
    """A review of a job without a result can only come from an edited file."""
    sums = total(job)
    assert (sums.kept_jobs, sums.rejected_jobs, sums.reviewed) == (0, 0, Decimal(0))


def test_a_review_changes_the_sums_at_once() -> None:
    """Also one that is taken back."""
    breakdown = Breakdown([reviewed(None)])
    breakdown.put(reviewed(KEPT))
    assert breakdown.total().per_kept_second == Decimal("0.07")
    breakdown.put(reviewed(None))
    assert breakdown.total().per_kept_second is None


def test_groups_by_kind_and_label() -> None:
    """Each has its own cost per kept second."""
    breakdown = Breakdown(
        [
            reviewed(KEPT, id="1", kind="o1", price=O1_PRICE, label="fox"),
            reviewed(KEPT, id="2", label="fox"),
            reviewed(REJECTED, id="3"),
        ]
    )
    assert breakdown.groups("kind")["o1"].per_kept_second == Decimal("0.18")
    by_label = breakdown.groups("label")
    assert {name: sums.reviewed for name, sums in by_label.items()} == {
        "": Decimal("0.35"),
        "fox": Decimal("1.25"),
    }


@settings(max_examples=60)
@given(st.lists(JOBS, max_size=8, unique_by=lambda job: job.id))
def test_groups_add_up_to_all_jobs(jobs: list[Job]) -> None:
    """Whatever the jobs are; and no more is spent than all results cost."""
    breakdown = Breakdown(jobs)
    overall = breakdown.total()
    for by in ("kind", "label"):
        groups = breakdown.groups(by).values()
        for name in ("kept_jobs", "rejected_jobs", "reviewed", "kept_microseconds"):
            assert getattr(overall, name) == sum(getattr(each, name) for each in groups)
    costs = [cost_of(job) for job in jobs if job.has_result]
    assert overall.reviewed <= sum(cost.usd for cost in costs if cost)
