"""How long jobs usually take."""

from datetime import timedelta
from typing import Any

import pytest

from kling_tui.jobs import Job, Source, Status
from kling_tui.polling.durations import MAX_DURATION_SAMPLES, TypicalDurations
from tests.support.jobs import NOW, a_job, after


def job_that_took(seconds: float, **changes: Any) -> Job:
    """Return a job that succeeded after some seconds."""
    times = {"created_at": NOW, "updated_at": after(seconds), "ended_at": after(seconds)}
    return a_job(**({"status": Status.SUCCEEDED} | times | changes))


def test_typical_duration_is_the_median_of_succeeded_jobs_of_a_source() -> None:
    """Failed and unfinished jobs do not count, nor those that took no time or an unknown time."""
    jobs = [
        job_that_took(80),
        job_that_took(300),
        job_that_took(100),
        job_that_took(9, status=Status.FAILED),
        job_that_took(9, status=Status.RUNNING),
        job_that_took(40, kind="o1"),
        job_that_took(50, kind="o1"),
        job_that_took(0, kind="other"),
        job_that_took(7, kind="odd", ended_at=None),
    ]
    assert TypicalDurations(jobs).seconds == {Source("i2v"): 100.0, Source("o1"): 45.0}
    durations = TypicalDurations()
    assert durations.seconds == {}
    for job in jobs:
        durations.add(job)
    assert durations.seconds == {Source("i2v"): 100.0, Source("o1"): 45.0}


def test_only_the_last_jobs_to_end_count() -> None:
    """Jobs are ordered by their end, however they are passed."""
    ends = [after(day * 86_400) for day in range(2 * MAX_DURATION_SAMPLES)]
    jobs = [
        a_job(status=Status.SUCCEEDED, created_at=end - duration, updated_at=end, ended_at=end)
        for number, end in enumerate(ends)
        if (duration := timedelta(seconds=60 if number < MAX_DURATION_SAMPLES else 90))
    ]
    assert TypicalDurations(jobs[::-1]).seconds == {Source("i2v"): 90.0}


def test_five_jobs_tell_after_how_long_another_one_is_slow() -> None:
    """Three times their typical duration; of fewer jobs, one could be an exception."""
    durations = TypicalDurations([job_that_took(80)] * 4)
    assert durations.slow_after == {}
    durations.add(job_that_took(9, status=Status.FAILED))
    assert durations.slow_after == {}
    durations.add(job_that_took(80))
    assert durations.slow_after == {Source("i2v"): 240.0}
    assert TypicalDurations([job_that_took(80)] * 5).slow_after == {Source("i2v"): 240.0}


@pytest.mark.parametrize(("elapsed", "left"), [(0, 200), (100, 200), (250, 50), (300, None)])
def test_time_left_is_that_of_jobs_which_took_longer(elapsed: float, left: float | None) -> None:
    """None where none did, and for a source without jobs."""
    durations = TypicalDurations(map(job_that_took, (300, 100, 200)))
    assert durations.time_left(Source("i2v"), elapsed) == left
    assert durations.time_left(Source("o1"), elapsed) is None
