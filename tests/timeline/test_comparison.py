"""Whether the gateway was slow, or one job."""

import pytest
from msgspec.structs import replace

from kling_tui.jobs import Job, Status
from kling_tui.timeline.comparison import FinishedJobs, Others, Verdict, verdict
from kling_tui.timeline.grid import grid
from kling_tui.timeline.phases import job_extent
from tests.support.jobs import NOW, a_job, after, seen
from tests.timeline.test_grid import HOUR


def finished(job_id: str, end: float, seconds: float, kind: str = "i2v") -> Job:
    """Return a job that succeeded `end` seconds after `NOW`."""
    return replace(
        a_job(job_id, kind=kind),
        status=Status.SUCCEEDED,
        added_at=after(end - seconds),
        ended_at=after(end),
        history=seen(Status.RUNNING, Status.SUCCEEDED),
    )


def known(*jobs: Job) -> FinishedJobs:
    """Return the durations of jobs."""
    durations = FinishedJobs()
    for job in jobs:
        durations.put(job)
    return durations


def others(durations: FinishedJobs, job: Job, typical: float | None = 100.0) -> Others | None:
    """Return the others around a job."""
    return durations.others(job, *job_extent(job, NOW), typical)


def test_others_are_jobs_of_the_same_source_around_that_time() -> None:
    """Half an hour before and after; the job itself, failed ones and other kinds do not count."""
    job = finished("one", 0, 300)
    durations = known(
        job,
        finished("two", 600, 200),
        finished("three", -1500, 180),
        finished("too early", -9000, 900),
        finished("too late", 9000, 900),
        finished("other kind", 0, 900, "o1"),
        replace(finished("failed", 0, 900), status=Status.FAILED),
    )
    assert others(durations, job) == Others(2, 1.9)
    assert others(durations, finished("alone", 50_000, 10)) is None
    assert others(durations, job, typical=None) is None


def test_changes_replace_what_was_known() -> None:
    """Also jobs that are no longer tracked."""
    job, other = finished("one", 0, 300), finished("two", 0, 200)
    durations = known(job, other)
    durations.put(replace(other, added_at=after(-500)))
    assert others(durations, job) == Others(1, 5.0)
    durations.keep(["one"])
    assert others(durations, job) is None


def test_ratios_by_cell() -> None:
    """The median of all sources whose typical duration is known; None where no job ended."""
    durations = known(
        finished("one", -60, 100),
        finished("two", -60, 300),
        finished("three", -60, 150),
        finished("other", -120, 50, "o1"),
        finished("unknown", -180, 50, "v2"),
        finished("old", -9000, 50),
        finished("future", 9000, 50),
    )
    i2v, o1 = a_job().source, a_job(kind="o1").source
    ratios = durations.ratios(grid(HOUR, 60, NOW), {i2v: 100.0, o1: 100.0})
    assert ratios == [*[None] * 57, 0.5, 1.5, None]


@pytest.mark.parametrize(
    ("seconds", "typical", "ratio", "ended", "expected"),
    [
        (100, 100, 1.0, True, Verdict.USUAL),
        (149, 100, 3.0, True, Verdict.USUAL),
        (150, 100, 1.5, True, Verdict.GATEWAY_SLOW),
        (900, 100, 1.4, True, Verdict.JOB_SLOW),
        (900, 100, None, False, Verdict.NO_OTHERS),
        (900, None, None, True, Verdict.UNKNOWN),
        (0, 100, 1.0, True, Verdict.UNKNOWN),
        (0, 100, 1.0, False, Verdict.USUAL),
    ],
)
def test_verdict(
    seconds: float,
    typical: float | None,
    ratio: float | None,
    ended: bool,  # noqa: FBT001
    expected: Verdict,
) -> None:
    """By how long it took, and how long others took."""
    around = None if ratio is None else Others(3, ratio)
    assert verdict(seconds, typical, around, ended=ended) is expected


@pytest.mark.parametrize(
    ("unpolled", "expected"), [(50, Verdict.JOB_SLOW), (51, Verdict.NOT_POLLED)]
)
def test_a_job_that_could_not_be_polled_is_not_blamed(unpolled: float, expected: Verdict) -> None:
    """It may have ended long before that was found."""
    found = verdict(200, 100, Others(3, 1.0), ended=True, unpolled=unpolled)
    assert found is expected
