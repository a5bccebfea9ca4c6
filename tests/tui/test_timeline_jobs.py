"""Which jobs the timeline shows."""

from datetime import timedelta

from msgspec.structs import replace

from kling_tui.jobs import Job, Status
from kling_tui.tui.timeline_jobs import SLICE, TimelineJobs
from tests.support.jobs import NOW, a_job

MANY = 10_000


def many_jobs() -> dict[str, Job]:
    """Return jobs that ended one after the other."""
    job = a_job(status=Status.SUCCEEDED)
    ends = {f"job-{number:05}": NOW - timedelta(seconds=MANY - number) for number in range(MANY)}
    return {job_id: replace(job, id=job_id, ended_at=at) for job_id, at in ends.items()}


def test_the_newest_jobs_are_taken_over_before_the_first_pause() -> None:
    """So that the first screen has all of its lines at once."""
    tracked = many_jobs()
    jobs = TimelineJobs(tracked)
    next(jobs.sync(tracked, NOW))
    shown = set(jobs.lines(NOW - timedelta(days=1)))
    assert shown == set(list(tracked)[-SLICE:])


def test_jobs_that_have_not_changed_are_looked_at_with_pauses() -> None:
    """As are those that are taken over."""
    tracked = many_jobs()
    jobs = TimelineJobs(tracked)
    assert len(list(jobs.sync(tracked, NOW))) >= MANY / SLICE
    assert len(list(jobs.sync(tracked, NOW))) > 2


def test_removed_and_hidden_jobs_are_forgotten() -> None:
    """Those that the filter hides are still compared with."""
    tracked = {job_id: job for job_id, job in many_jobs().items() if job_id >= "job-09990"}
    jobs = TimelineJobs(tracked)
    list(jobs.sync(tracked, NOW))
    removed, hidden = "job-09990", "job-09991"
    del tracked[removed]
    list(jobs.sync(tracked.keys() - {hidden}, NOW))
    assert set(jobs.lines(NOW - timedelta(days=1))) == tracked.keys() - {hidden}
