"""How far the jobs in flight are, and how long they still take."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from kling_tui.jobs import Job, Status, Transition
from kling_tui.polling.durations import TypicalDurations
from kling_tui.timeline.activity import SLICE, Activity
from kling_tui.timeline.run import Progress
from tests.support.jobs import NOW, a_job, after, seen


def running(job_id: str, since: float = 0, **changes: object) -> Job:
    """Return a job that was tracked `since` seconds after `NOW`, and runs."""
    job = a_job(job_id, added_at=after(since), status=Status.RUNNING)
    return replace(job, history=seen(Status.RUNNING), **changes)


def ended(job: Job, at: float, status: Status = Status.SUCCEEDED) -> Job:
    """Return a job after its end."""
    step = Transition(after(at), status)
    return replace(job, status=status, ended_at=after(at), history=(*job.history, step))


def of(*jobs: Job, now: float = 0) -> Activity:
    """Return the activity of jobs that were read from the file."""
    activity = Activity()
    for _ in activity.sync({job.id: job for job in jobs}, after(now), {}):
        pass
    return activity


def progress(
    activity: Activity, now: float = 0, durations: Iterable[float] = ()
) -> Progress | None:
    """Return the progress; `durations` are those of jobs that succeeded before."""
    known = TypicalDurations(
        ended(running(str(number), -1000), seconds - 1000)
        for number, seconds in enumerate(durations)
    )
    return activity.run.progress(after(now), known)


class TestRun:
    """Which jobs are counted."""

    def test_jobs_that_end_are_done_until_none_is_in_flight(self) -> None:
        """The next job begins a new run."""
        activity = of(running("one"), running("two"), running("three"))
        assert progress(activity) == Progress(0, 0, 3, None)
        activity.put(ended(running("one"), 50))
        activity.put(ended(running("two"), 60, Status.FAILED))
        assert progress(activity, 60) == Progress(1, 1, 3, None)
        activity.put(running("four", 65))
        assert progress(activity, 65) == Progress(1, 1, 4, None)
        activity.put(ended(running("three"), 70))
        activity.put(ended(running("four", 65), 70))
        assert progress(activity, 70) is None
        activity.put(running("five", 80))
        assert progress(activity, 80) == Progress(0, 0, 1, None)

    def test_polls_of_the_last_job_do_not_begin_a_new_run(self) -> None:
        """It was in flight before."""
        activity = of(running("one"), running("two"))
        activity.put(ended(running("one"), 50))
        activity.put(running("two", percent=50.0))
        activity.put(running("two", percent=60.0))
        assert progress(activity, 60) == Progress(1, 0, 2, None)

    def test_after_a_restart_the_same_jobs_are_done(self) -> None:
        """Those that overlap with what is in flight, directly or by others."""
        activity = of(
            running("live", -100),
            ended(running("with it", -300), -50),
            ended(running("before that", -900), -250, Status.FAILED),
            ended(running("long ago", -5000), -4000),
        )
        assert progress(activity) == Progress(1, 1, 3, None)

    def test_a_job_tracked_after_its_end_is_not_counted(self) -> None:
        """It was never in flight here."""
        activity = of(running("one"))
        activity.put(ended(a_job("two"), 10))
        assert progress(activity, 10) == Progress(0, 0, 1, None)

    def test_slow_jobs_are_left_out(self) -> None:
        """Also when it is about where a run begins: some never end."""
        stuck = running("stuck", -90_000)
        activity = of(stuck, running("one", -10), ended(running("old", -5000), -4000))
        assert progress(activity) == Progress(0, 0, 1, None)
        activity.put(ended(running("one", -10), 10))
        assert progress(activity, 10) is None
        activity.put(running("two", 20))
        assert progress(activity, 20) == Progress(0, 0, 1, None)

    def test_removed_jobs_are_not_counted(self) -> None:
        """Neither those in flight nor those that have ended."""
        jobs = {job.id: job for job in (running("one"), running("two"), running("three"))}
        activity = of(*jobs.values())
        activity.put(ended(jobs["one"], 5, Status.FAILED))
        for _ in activity.sync({"three": jobs["three"]}, after(9), {}):
            pass
        assert progress(activity, 9) == Progress(0, 0, 1, None)
        assert activity.counts.in_flight == 1

    def test_thousands_of_jobs_are_taken_over_in_slices(self) -> None:
        """A key need not wait for all of them."""
        jobs = {str(number): running(str(number)) for number in range(3 * SLICE)}
        activity = Activity()
        assert len(list(activity.sync(jobs, NOW, {}))) == 3
        assert activity.counts.in_flight == 3 * SLICE


class TestTimeLeft:
    """The estimate, which is honest."""

    def test_it_is_the_median_of_jobs_that_took_longer(self) -> None:
        """Half of all jobs take longer than the typical duration."""
        activity = of(running("one"))
        found = [
            result.seconds_left if (result := progress(activity, now, (100, 200, 300))) else None
            for now in (0, 150, 250)
        ]
        assert found == [200, 150, 50]

    def test_it_is_unknown_if_it_is_for_one_job(self) -> None:
        """A job that takes longer than all others, or of a kind of which none has ended."""
        activity = of(running("one"), running("other", kind="o1"))
        for now in (0, 350):
            result = progress(activity, now, (100, 200, 300))
            assert result == Progress(0, 0, 2, None)

    def test_the_gateways_estimate_comes_first(self) -> None:
        """It knows this job."""
        activity = of(running("one", eta_seconds=45.0, checked_at=NOW))
        assert progress(activity, 0, (100,)) == Progress(0, 0, 1, 45.0)

    @pytest.mark.parametrize(("running_at_once", "seconds"), [(1, 400), (2, 200), (4, 100)])
    def test_jobs_in_the_queue_wait_for_those_that_run(
        self, running_at_once: int, seconds: float
    ) -> None:
        """As many run at the same time as were seen to do so."""
        activity = of(
            *(
                replace(
                    running(str(n)),
                    status=Status.RUNNING if n < running_at_once else Status.QUEUED,
                )
                for n in range(4)
            )
        )
        assert progress(activity, 0, (100,)) == Progress(0, 0, 4, seconds)

    def test_the_time_in_the_queue_of_earlier_jobs_is_not_counted_again(self) -> None:
        """A waiting job takes as long as others ran."""
        queued = Transition(after(0), Status.QUEUED)
        earlier = a_job("earlier", history=(queued, Transition(after(70), Status.RUNNING)))
        waiting = replace(
            a_job("waiting"), status=Status.QUEUED, history=(queued,), added_at=after(90)
        )
        activity = of(ended(earlier, 100), waiting, now=100)
        assert progress(activity, 100, (100,)) == Progress(1, 0, 2, 30.0)
