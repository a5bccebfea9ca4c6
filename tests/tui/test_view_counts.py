"""How many jobs each view shows."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.jobs import RESULT_RETENTION, Job, Status, Video
from kling_tui.queries import parse
from kling_tui.tui.view_counts import ViewCounts
from kling_tui.tui.views import BUILT_IN, View
from tests.support.jobs import JOBS, NOW, a_job
from tests.support.scenes import Clock

VIEWS = [view for view in BUILT_IN if view.filter]


def counts_of(views: list[View], jobs: list[Job], clock: Clock) -> ViewCounts:
    """Return the counts of jobs."""
    counts = ViewCounts(clock)
    counts.set_views(views)
    sync(counts, jobs)
    return counts


def sync(counts: ViewCounts, jobs: list[Job]) -> None:
    """Count these jobs, and no others."""
    for _ in counts.sync({job.id: job for job in jobs}):
        pass


@settings(max_examples=25)
@given(
    st.lists(JOBS, max_size=5, unique_by=lambda job: job.id),
    st.lists(JOBS, max_size=5, unique_by=lambda job: job.id),
    st.integers(0, 60),
)
def test_counts_are_those_of_the_filters(before: list[Job], after: list[Job], days: int) -> None:
    """After jobs were added, changed and removed, and at another time."""
    clock = Clock(NOW)
    counts = counts_of(VIEWS, before, clock)
    sync(counts, after)
    clock.advance(days * 86_400.0)
    counts.update()
    for view in VIEWS:
        query = parse(view.filter)
        assert counts.of(view.name) == sum(query.matches(job, clock.now) for job in after)


def test_only_jobs_that_changed_are_tested_again() -> None:
    """The same object is the same job."""
    jobs = [a_job(str(number)) for number in range(500)]
    counts = counts_of([View("Live", "is:live")], jobs, Clock(NOW))
    slices: Iterator[None] = counts.sync({job.id: job for job in jobs})
    assert list(slices) == []
    counts.put(replace(jobs[0], status=Status.FAILED))
    assert not counts.update()
    assert counts.of("Live") == 499


def test_a_count_changes_when_a_result_expires() -> None:
    """It says when; before that, nothing is tested."""
    clock = Clock(NOW)
    video = Video("https://cdn.test/1.mp4")
    job = a_job(status=Status.SUCCEEDED, videos=(video,), ended_at=NOW)
    counts = counts_of([View("x", "is:awaiting-download"), View("all")], [job], clock)
    assert counts.of("x") == 1
    left = RESULT_RETENTION.total_seconds()
    while (seconds := counts.seconds_until_change) and clock.now + timedelta(
        seconds=seconds
    ) < NOW + timedelta(seconds=left):
        clock.advance(seconds)
        assert counts.update()
        assert counts.of("x") == 1
    assert not counts.update()
    clock.advance(counts.seconds_until_change or 0.0)
    assert counts.update()
    assert counts.of("x") == 0
    assert counts.seconds_until_change is None


@pytest.mark.parametrize("view", [View("x"), View("x", "stauts:failed")])
def test_views_without_a_valid_filter_are_not_counted(view: View) -> None:
    """The first shows all jobs; the second was saved by another version."""
    assert counts_of([view], [a_job()], Clock(NOW)).of("x") is None
