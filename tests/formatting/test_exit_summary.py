"""What the app leaves on the normal screen."""

from msgspec.structs import replace

from kling_tui.formatting.exit_summary import MAX_FAILED, exit_summary
from kling_tui.jobs import Job, Status, Transition
from tests.support.jobs import NOW, a_job, after

TODAY = NOW.date()


def ended(job_id: str, seconds: float, status: Status = Status.SUCCEEDED) -> Job:
    """Return a job whose end was first reported so many seconds after `NOW`."""
    history = (Transition(after(seconds), status),)
    return a_job(job_id, status=status, ended_at=after(-999), history=history)


def test_one_line_where_nothing_ended_in_the_session() -> None:
    """Jobs that ended before are in it."""
    jobs = [ended("one", -1), a_job("two", status=Status.RUNNING)]
    assert exit_summary(jobs, NOW, TODAY) == (
        "2 jobs: 1 running, 1 succeeded; $0.35 spent, $0.35 in flight"
    )


def test_the_share_of_the_session_is_what_was_reported_in_it() -> None:
    """By the clock of this machine, whatever time of the end the gateway says."""
    jobs = [ended("one", -1), ended("two", 0), ended("three", 5)]
    assert exit_summary(jobs, NOW, TODAY).splitlines()[1:] == [
        "this session: 2 jobs ended: 2 succeeded; $0.70 spent"
    ]


def test_failed_jobs_of_the_session_are_named_with_their_reasons() -> None:
    """Only the first few, and none that failed before this session."""
    jobs = [
        replace(ended(f"job {number}", number, Status.FAILED), label=f"take {number}", message="no")
        for number in range(-1, MAX_FAILED + 2)
    ]
    assert exit_summary(jobs, NOW, TODAY).splitlines()[1:] == [
        "this session: 7 jobs ended: 7 failed; $0.00 spent, $2.45 failed",
        *(f"failed: take {number}: no" for number in range(MAX_FAILED)),
        "and 2 more failed",
    ]


def test_a_long_reason_is_cut() -> None:
    """It would push all else off the screen."""
    job = replace(ended("one", 1, Status.FAILED), message="x" * 2000)
    assert len(exit_summary([job], NOW, TODAY).splitlines()[-1]) < 250
