"""Watches jobs: one async generator a job, and the poller that runs many of them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kling_tui.gateways import Fault, Gateway, GatewayError
from kling_tui.jobs import Job, Report, Source, Status
from kling_tui.polling.rate_limiter import Alarm, Pace, loop_time
from kling_tui.storage.store import Store

_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())  # without a log, nothing may reach the terminal
CONFIRMATIONS = 3
"""Polls in a row that must say so before an end that is not firm is believed."""
CLEARED_FOR = 24
ALONE_FOR = 120
"""First intervals over which such a failure must be repeated besides, 2 and 10 minutes by default:
where the endpoint meanwhile tells well of another job, and where it does not."""


@dataclass(frozen=True, slots=True)
class Polled:
    """A job after one poll, and when the next is due (None: never)."""

    job: Job
    next_at: datetime | None


async def watch(
    known: Callable[[], Job | None],
    gateway: Gateway,
    pace: Pace,
    alarm: Alarm,
    delay: float = 0.0,
) -> AsyncIterator[Polled]:
    """Poll a job until it has ended, and yield it after every poll.

    `known` returns the job as it is known now, or None once it is tracked no longer, which ends
    the watch too. The first poll comes after `delay` seconds. A poll that fails is yielded like
    any other, with its words in `problem`. A job that has ended is polled once if `alarm` rings.
    """
    polls = misses = 0
    doubt = _Doubt()
    wait = delay
    while True:
        await alarm.sleep(wait)
        if (job := known()) is None or (job.ended and not alarm.rung):
            return
        try:
            report = await pace.ask(gateway, job.id, alarm)
        except GatewayError as error:
            if (job := known()) is None:
                return
            job, misses = job.missed(error.words, pace.now()), misses + 1
            if job.ended:
                yield Polled(job, None)
                return
            wait = pace.back_off(misses, error)
            yield Polled(job, _after(pace, wait))
            continue
        if (job := known()) is None:
            return
        report = doubt.settled(report, job, pace)
        job, polls, misses = job.reported(report, pace.now()), polls + 1, 0
        if job.ended:
            yield Polled(job, None)
            return
        wait = pace.interval(polls, job.left(pace.now()))
        yield Polled(job, _after(pace, wait))


class _Doubt:
    """Takes an end that is not firm for true only when several polls in a row say the same.

    For a success without a link a few are enough. A failure that comes with the HTTP status of an
    error, as the O1 endpoint may tell it, looks like trouble of the endpoint's own, which may
    last: to wait some minutes longer for a true failure does less harm than to give up a job that
    runs. What the endpoint says of other jobs meanwhile tells how long.
    """

    def __init__(self) -> None:
        self._claims = 0
        self._claimed: Status | None = None
        self._since = 0.0

    def settled(self, report: Report, job: Job, pace: Pace) -> Report:
        """Return a report, or while its end is in doubt, one of a job that is still as it was."""
        if report.firm or not report.status.ended:
            self._claims = 0
            return report
        if not self._claims or report.status is not self._claimed:
            self._claims, self._claimed, self._since = 0, report.status, loop_time()
        self._claims += 1
        if self._claims >= CONFIRMATIONS and loop_time() - self._since >= self._least(pace):
            return report
        return replace(report, status=job.status if job.history else Status.RUNNING)

    def _least(self, pace: Pace) -> float:
        """Return the seconds over which what is claimed must be repeated."""
        if self._claimed is not Status.FAILED:
            return 0.0
        cleared = pace.sound_at > self._since
        return (CLEARED_FOR if cleared else ALONE_FOR) * pace.cadence.first


def _log(before: Job, job: Job) -> None:
    if job.status is not before.status:
        _LOG.info("%s %s: %s (%s)", job.kind, job.id, job.status, job.message or job.raw_status)
    if job.problem and job.problem != before.problem:
        _LOG.warning("%s %s: %s", job.kind, job.id, job.problem)


def _after(pace: Pace, seconds: float) -> datetime:
    return pace.now() + timedelta(seconds=max(seconds, pace.held_for))


def stagger(count: int, over: float) -> list[float]:
    """Return the delays, in seconds, that spread `count` first polls evenly; the first is 0."""
    return [over * index / count for index in range(count)]


@dataclass(frozen=True, slots=True)
class _Watch:
    alarm: Alarm
    task: asyncio.Task[None]


class Poller:
    """Watches tracked jobs, puts what it learns into the store, and tells `heard` of each poll.

    `heard` is called with the job as it was before the poll, and the poll.
    """

    def __init__(
        self,
        store: Store,
        gateways: Mapping[Source, Gateway],
        paces: Mapping[Source, Pace],
        heard: Callable[[Job, Polled], None],
    ) -> None:
        self._store = store
        self._gateways = gateways
        self._paces = paces
        self._heard = heard
        self._watches: dict[str, _Watch] = {}
        self._group = asyncio.TaskGroup()

    async def run(self) -> None:
        """Poll what is live until cancelled; a fault in the program, not the world's, ends it."""
        async with self._group:
            self.follow_store()
            await asyncio.Event().wait()

    def follow_store(self) -> None:
        """Watch what is live, and leave what others have removed or seen end."""
        live = [job for job in self._store.jobs.values() if not job.ended]
        for job_id in self._watches.keys() - {job.id for job in live}:
            if not self._watches[job_id].alarm.rung:
                self.forget(job_id)
        self.follow(live)

    def follow(self, jobs: Iterable[Job]) -> None:
        """Watch those of `jobs` that are not watched yet, their first polls spread over time."""
        fresh = [
            job for job in jobs if job.id not in self._watches and job.source in self._gateways
        ]
        for job, share in zip(fresh, stagger(len(fresh), 1.0), strict=True):
            self._start(job, share * self._paces[job.source].cadence.first)

    def forget(self, job_id: str) -> None:
        """Stop watching a job."""
        if watch := self._watches.pop(job_id, None):
            watch.task.cancel()

    def refresh(self, job: Job) -> None:
        """Poll a job at once, whether it is watched or not."""
        if job.source not in self._gateways:
            return
        self._paces[job.source].retry()
        if watch := self._watches.get(job.id):
            watch.alarm.ring()
        else:
            self._start(job, 0.0).ring()

    async def ask(self, job: Job) -> Job:
        """Poll a job once, though it has ended, and return it; raises GatewayError."""
        if job.source not in self._gateways:
            raise GatewayError(Fault.REJECTED, "its kind or its profile is not known here")
        pace, alarm = self._paces[job.source], Alarm()
        pace.retry()
        alarm.ring()
        report = await pace.ask(self._gateways[job.source], job.id, alarm)
        before = self._store.jobs.get(job.id)
        job = (before or job).reported(report, pace.now())
        if before:
            self._store.put(job)
            self._heard(before, Polled(job, None))
        return job

    def _start(self, job: Job, delay: float) -> Alarm:
        alarm = Alarm()
        task = self._group.create_task(self._follow(job.id, job.source, alarm, delay))
        self._watches[job.id] = _Watch(alarm, task)
        return alarm

    async def _follow(self, job_id: str, source: Source, alarm: Alarm, delay: float) -> None:
        def known() -> Job | None:
            return self._store.jobs.get(job_id)

        gateway, pace = self._gateways[source], self._paces[source]
        async for polled in watch(known, gateway, pace, alarm, delay):
            before = self._store.jobs[job_id]
            self._store.put(polled.job)
            _log(before, polled.job)
            self._heard(before, polled)
        self._watches.pop(job_id, None)
