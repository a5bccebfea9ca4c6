"""The tracked jobs of `demo`: those that it polls, and those that have ended before."""

import json
from datetime import datetime, timedelta

from msgspec.structs import replace

from kling_tui.demo import DEMO_JOBS, EARLIER_JOBS, DemoJob, EarlierJob, Moment
from kling_tui.gateways import Endpoints, ErrorKind, price_of
from kling_tui.jobs import Job
from kling_tui.storage.incidents import Incident


def simulated_jobs(speed: float) -> list[DemoJob]:
    """Return all jobs that the demo's gateway simulates."""
    return [*DEMO_JOBS, *(job.at_speed(speed) for job in EARLIER_JOBS)]


def tracked_jobs(endpoints: Endpoints, now: datetime, speed: float = 1.0) -> list[Job]:
    """Return the demo's jobs as if each had been tracked when it was submitted."""
    return [
        _tracked(job, endpoints, now - timedelta(seconds=round(job.age / speed)))
        for job in DEMO_JOBS
    ]


def earlier_jobs(endpoints: Endpoints, url: str, now: datetime) -> list[Job]:
    """Return the jobs that ended before the demo; `url` is its gateway's, for their links."""
    return [_polled_to_its_end(job, endpoints, url, now) for job in EARLIER_JOBS]


def past_incidents(now: datetime) -> list[Incident]:
    """Return when the demo's gateway could not be polled: the evening before, and just before."""
    return [
        Incident(
            kind=kind,
            cause=str(ErrorKind.UNREACHABLE),
            start=now - timedelta(minutes=first),
            end=now - timedelta(minutes=last),
            problem="unreachable: connection refused",
            outage=True,
        )
        for first, last in ((1240, 1226), (38, 31))
        for kind in sorted({job.kind for job in DEMO_JOBS})
    ]


def _tracked(job: DemoJob, endpoints: Endpoints, added_at: datetime) -> Job:
    price = price_of(job.id, job.kind, endpoints)
    return Job(id=job.id, kind=job.kind, label=job.label, added_at=added_at, price=price)


def _polled_to_its_end(earlier: EarlierJob, endpoints: Endpoints, url: str, now: datetime) -> Job:
    """Return a job after three polls: when it was submitted, when it ran, when it had ended."""
    simulated = earlier.at_speed(1.0)
    added_at = now - timedelta(seconds=simulated.age)
    job = _tracked(simulated, endpoints, added_at)
    for elapsed in (0.0, earlier.queued, earlier.took):
        moment = Moment(elapsed, added_at.timestamp(), speed=1.0, url=url)
        response = simulated.script(simulated, moment)
        report = endpoints[job.kind].parse(json.loads(response.body), response.status)
        if report is None:
            raise ValueError(f"no report about {job.id}")
        job = job.with_report(report, added_at + timedelta(seconds=elapsed))
    return replace(job, unread=False)
