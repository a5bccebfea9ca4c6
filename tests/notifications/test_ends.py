"""Which ends are news."""

from datetime import timedelta
from typing import Any

from kling_tui.jobs import Job, Status
from kling_tui.notifications.ends import EndScanner, found_at, not_after
from tests.support.jobs import NOW, a_job, after, seen


def ended_job(job_id: str = "job", **changes: object) -> Job:
    """Return a job that was running at `NOW`, and whose end was found a second later."""
    values = {
        "status": Status.SUCCEEDED,
        "history": seen(Status.RUNNING, Status.SUCCEEDED),
        "ended_at": after(1),
        **changes,
    }
    return a_job(job_id, **values)


def test_an_end_is_found_when_it_is_reported_for_the_first_time() -> None:
    """Not when it was, by the clock of the gateway."""
    assert found_at(ended_job(ended_at=after(-500))) == after(1)
    assert found_at(a_job(status=Status.RUNNING, history=seen(Status.RUNNING))) is None


def test_a_job_that_ended_before_it_was_tracked_is_no_news() -> None:
    """Unless it was ever seen unfinished; clocks may differ by less than a minute."""
    at_once = seen(Status.FAILED)
    assert found_at(ended_job(history=at_once, ended_at=after(-61))) is None
    assert found_at(ended_job(history=at_once, ended_at=after(-59))) == NOW
    assert found_at(ended_job(history=at_once, ended_at=after(0))) == NOW


def test_a_job_that_took_longer_than_it_was_tracked_is_no_news() -> None:
    """Where the gateway says only that: it had ended when it was tracked, unless it failed fast."""
    end: dict[str, Any] = {
        "history": seen(Status.SUCCEEDED),
        "added_at": after(-5),
        "ended_at": NOW,
    }
    assert found_at(ended_job(**end, processing_seconds=87.0)) is None
    assert found_at(ended_job(**end, processing_seconds=1e300)) is None
    assert found_at(ended_job(**end, processing_seconds=40.0)) == NOW
    assert found_at(ended_job(**end)) == NOW
    assert found_at(ended_job(processing_seconds=87.0, added_at=after(-5))) == after(1)
    later = {**end, "added_at": after(-3600)}
    assert found_at(ended_job(**later, processing_seconds=87.0)) == NOW


def test_each_end_is_found_until_it_is_settled() -> None:
    """An end that was found before the time that counts is settled at once."""
    jobs = {"new": ended_job("new"), "old": ended_job("old"), "live": a_job("live")}
    jobs["old"] = ended_job("old", history=seen(Status.SUCCEEDED), ended_at=NOW)
    scanner = EndScanner(jobs)
    assert scanner.find(after(1)) == scanner.find(after(1)) == {"new": after(1)}
    scanner.settle(["new"])
    assert scanner.find(NOW - timedelta(days=1)) == {}
    jobs["live"] = ended_job("live")
    assert scanner.find(NOW) == {"live": after(1)}


def test_jobs_that_are_gone_are_forgotten() -> None:
    """The ids do not pile up all year; a job that an undo brings back is looked at again."""
    jobs = {str(number): ended_job(str(number)) for number in range(100)}
    scanner, before = EndScanner(jobs), dict(jobs)
    assert len(scanner.find(NOW)) == 100
    jobs.clear()
    assert scanner.find(NOW) == {}
    jobs.update(before)
    assert len(scanner.find(NOW)) == 100


def test_ends_are_news_after_the_clock_was_set_back() -> None:
    """Also those that were found a moment before that was noticed."""
    assert not_after(NOW, since=after(-5)) == after(-5)
    assert not_after(NOW, since=after(86_400)) < after(-10)
