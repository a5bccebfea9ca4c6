"""The phases of a job: when it waited, and when it ran."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from kling_tui.jobs import MAX_HISTORY, Job, Status, Transition
from kling_tui.storage.incidents import Incident

FIRST_POLL_WITHIN = timedelta(seconds=60)
"""A job whose first poll came this soon after its start had the reported status from the start."""
_MAX_SECONDS = 366 * 86_400.0
"""A job that takes longer than this is a mistake in a reply."""


class Phase(StrEnum):
    """What a job did."""

    UNSEEN = "unseen"
    """It was not polled."""
    QUEUED = "queued"
    RUNNING = "running"


class PhaseSpan(Struct, frozen=True, gc=False):
    """A period in which a job was in one phase."""

    phase: Phase
    start: datetime
    end: datetime


class JobPhases(Struct, frozen=True, gc=False):
    """The phases of a job from its start to its end, or to now."""

    start: datetime
    end: datetime
    spans: tuple[PhaseSpan, ...]
    """Without gaps; empty for a job that took no time."""

    @property
    def seconds(self) -> float:
        """The seconds from its start to its end."""
        return (self.end - self.start).total_seconds()

    def seconds_in(self, phase: Phase) -> float:
        """Return the seconds that it was in a phase."""
        spans = (span for span in self.spans if span.phase is phase)
        return sum((span.end - span.start).total_seconds() for span in spans)


def job_extent(job: Job, now: datetime) -> tuple[datetime, datetime]:
    """Return when a job began and ended, or `now` while it is unfinished.

    The time between is its elapsed time, as the table shows it; none if that is not known.
    """
    if not job.ended:
        return min(job.created_at or job.added_at, now), now
    last = job.history[-1].at if job.history else job.checked_at or job.added_at
    end = job.ended_at or last
    return end - timedelta(seconds=min(job.elapsed(end) or 0.0, _MAX_SECONDS)), end


def job_phases(job: Job, now: datetime) -> JobPhases:
    """Return the phases of a job, from what polls found.

    Times of polls outside its extent, which are those of another clock, are moved to its limits.
    """
    start, end = job_extent(job, now)
    spans: list[PhaseSpan] = []

    def add(phase: Phase, since: datetime, until: datetime) -> None:
        if since >= until:
            return
        if spans and spans[-1].phase is phase:
            since = spans.pop().start
        spans.append(PhaseSpan(phase, since, until))

    at, phase = start, _first_phase(job.history, start)
    for transition in job.history:
        if transition.status.ended:
            break
        changed_at = min(max(transition.at, at), end)
        add(phase, at, changed_at)
        at, phase = changed_at, _phase(transition.status)
    if not job.ended and not job.is_new:
        phase = Phase.QUEUED if job.in_queue else phase
    add(phase, at, end)
    return JobPhases(start, end, tuple(spans))


def _first_phase(history: tuple[Transition, ...], start: datetime) -> Phase:
    """Return the phase before the first poll that is known."""
    if not history or history[0].status.ended or len(history) >= MAX_HISTORY:
        return Phase.UNSEEN
    first = history[0]
    if first.status is Status.QUEUED or first.at - start <= FIRST_POLL_WITHIN:
        return _phase(first.status)
    return Phase.UNSEEN


def _phase(status: Status) -> Phase:
    return Phase.QUEUED if status is Status.QUEUED else Phase.RUNNING


def seconds_unpolled(incidents: Iterable[Incident], start: datetime, end: datetime) -> float:
    """Return for how many seconds from `start` to `end` one of the incidents went on."""
    seconds, at = 0.0, start
    for incident in sorted(incidents, key=lambda each: each.start):
        until = min(incident.end, end)
        if until > max(at, incident.start):
            seconds += (until - max(at, incident.start)).total_seconds()
            at = until
    return seconds


def incidents_during(
    incidents: Iterable[Incident], job: Job, start: datetime, end: datetime
) -> list[Incident]:
    """Return the incidents from `start` to `end` in which the job could not be polled."""
    return [
        incident
        for incident in incidents
        if incident.start <= end
        and incident.end >= start
        and incident.source == job.source
        and (incident.outage or job.id in incident.jobs)
    ]
