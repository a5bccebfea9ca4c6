"""The phases of jobs, from what polls found."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

from kling_tui.jobs import MAX_HISTORY, Job, Status, Transition
from kling_tui.storage.incidents import Incident
from kling_tui.timeline.phases import Phase, incidents_during, job_extent, job_phases
from tests.support.jobs import JOBS, NOW, TIMES, a_job, after, clip

LATER = after(3600)


def history(*steps: tuple[float, Status]) -> tuple[Transition, ...]:
    """Return transitions, by their seconds after `NOW`."""
    return tuple(Transition(after(seconds), status) for seconds, status in steps)


def found(job: Job, now: datetime = LATER) -> list[tuple[Phase, float]]:
    """Return the phases of a job with their seconds."""
    spans = job_phases(job, now).spans
    return [(span.phase, (span.end - span.start).total_seconds()) for span in spans]


def done(*steps: tuple[float, Status], **changes: Any) -> Job:
    """Return a job that was tracked at `NOW`, and has ended with the last step."""
    seconds, status = steps[-1]
    return replace(
        a_job(status=status, history=history(*steps), ended_at=after(seconds), videos=(clip(),)),
        **changes,
    )


def test_a_job_that_was_polled_from_its_start() -> None:
    """Queued, then running."""
    job = done((2, Status.QUEUED), (60, Status.RUNNING), (200, Status.SUCCEEDED))
    assert found(job) == [(Phase.QUEUED, 60), (Phase.RUNNING, 140)]


def test_a_live_job_is_in_its_last_phase_until_now() -> None:
    """A job with a queue position waits, whatever its status is."""
    job = a_job(status=Status.RUNNING, history=history((5, Status.RUNNING)))
    assert found(job, after(90)) == [(Phase.RUNNING, 90)]
    assert found(replace(job, queue_position=2), after(90)) == [
        (Phase.RUNNING, 5),
        (Phase.QUEUED, 85),
    ]


def test_a_job_that_was_never_polled() -> None:
    """Nothing is known of it but its start."""
    assert found(a_job(), after(40)) == [(Phase.UNSEEN, 40)]


def test_time_before_a_late_first_poll_is_unseen() -> None:
    """It may have waited then, or run; a job that still waits has waited all the time."""
    job = done((1000, Status.RUNNING), (1200, Status.SUCCEEDED))
    assert found(job) == [(Phase.UNSEEN, 1000), (Phase.RUNNING, 200)]
    job = done((1000, Status.QUEUED), (1200, Status.SUCCEEDED))
    assert found(job) == [(Phase.QUEUED, 1200)]


def test_a_job_tracked_after_its_end_has_the_times_of_the_gateway() -> None:
    """Its phases are not known."""
    job = done(
        (500, Status.SUCCEEDED), created_at=after(-300), updated_at=after(-100),
        ended_at=after(-100),
    )  # fmt: skip
    assert job_extent(job, LATER) == (after(-300), after(-100))
    assert found(job) == [(Phase.UNSEEN, 200)]


def test_a_job_without_any_times_has_an_end_only() -> None:
    """A gateway need not report times."""
    job = done((500, Status.SUCCEEDED))
    assert job_extent(job, LATER) == (after(500), after(500))
    assert found(job) == []


def test_raw_statuses_within_a_phase_are_one_span() -> None:
    """An unknown status is that of a job which runs."""
    job = done(
        (5, Status.RUNNING), (20, Status.UNKNOWN), (40, Status.RUNNING), (90, Status.SUCCEEDED)
    )
    assert found(job) == [(Phase.RUNNING, 90)]


def test_a_history_that_was_cut_does_not_tell_how_it_began() -> None:
    """Its first transition is not the first there was."""
    steps = [(100 + n, (Status.QUEUED, Status.RUNNING)[n % 2]) for n in range(MAX_HISTORY)]
    phases = found(a_job(status=Status.RUNNING, history=history(*steps)), after(500))
    assert phases[0] == (Phase.UNSEEN, 100)
    assert len(phases) == MAX_HISTORY + 1


def test_polls_of_another_clock_stay_within_the_job() -> None:
    """The clock was set back, or the gateway's clock is another one."""
    job = done((900, Status.QUEUED), (-50, Status.RUNNING), (200, Status.SUCCEEDED))
    assert found(job) == [(Phase.QUEUED, 200)]
    ahead = a_job(status=Status.RUNNING, created_at=after(900), history=history((1, Status.QUEUED)))
    assert found(ahead, after(10)) == []


@given(JOBS, TIMES)
def test_phases_of_any_job_are_adjacent(job: Job, now: datetime) -> None:
    """They cover its extent, in order, and no phase follows itself."""
    phases = job_phases(job, now)
    assert (phases.start, phases.end) == job_extent(job, now)
    assert phases.start <= phases.end
    if phases.spans:
        assert (phases.spans[0].start, phases.spans[-1].end) == (phases.start, phases.end)
    for span, following in zip(phases.spans, phases.spans[1:], strict=False):
        assert span.end == following.start
        assert span.phase is not following.phase
    assert all(span.start < span.end for span in phases.spans)
    total = sum(phases.seconds_in(phase) for phase in Phase)
    assert total == pytest.approx(phases.seconds)


class TestIncidentsDuring:
    """Which incidents concern a job."""

    incident = Incident(kind="i2v", cause="x", start=after(100), end=after(200), jobs=("one",))

    @pytest.mark.parametrize(
        ("changes", "concerns"),
        [
            ({}, False),
            ({"outage": True}, True),
            ({"jobs": ("one", a_job().id)}, True),
            ({"outage": True, "kind": "o1"}, False),
            ({"outage": True, "profile": "studio"}, False),
            ({"outage": True, "start": after(-9), "end": after(-1)}, False),
            ({"outage": True, "end": NOW, "start": NOW - timedelta(days=1)}, True),
        ],
    )
    def test_it(self, changes: dict[str, Any], concerns: bool) -> None:  # noqa: FBT001
        """By source, by job and by time."""
        incident = replace(self.incident, **changes)
        assert incidents_during([incident], a_job(), NOW, after(300)) == [incident] * concerns
