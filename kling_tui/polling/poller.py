"""Polls jobs until they end: `watch` one job, `Poller` all tracked jobs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from kling_tui.gateways import ErrorKind, Gateway, GatewayError
from kling_tui.jobs import Job, Source
from kling_tui.polling.clock import loop_time
from kling_tui.polling.confirmation import EndConfirmation
from kling_tui.polling.endpoint_limiter import MAX_RESUME_SPREAD, EndpointLimiter
from kling_tui.polling.leases import read_leases
from kling_tui.polling.wakeup import Wakeup
from kling_tui.storage.store import Store

_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())  # where no log is set up, nothing may reach the terminal


class PollResult(Struct, frozen=True):
    """A job after one poll, and when the next is due (None: never)."""

    job: Job
    next_at: datetime | None
    error: ErrorKind | None = None
    """Why the poll failed; None if it succeeded, or was made by another process."""


async def watch(
    get_job: Callable[[], Job | None],
    gateway: Gateway,
    limiter: EndpointLimiter,
    wakeup: Wakeup,
    delay: float = 0.0,
) -> AsyncIterator[PollResult]:
    """Poll a job until it has ended, and yield it after every poll.

    `get_job` returns the job's latest state, or None once it is no longer tracked, which ends the
    watch too. The first poll comes after `delay` seconds. A failed poll is yielded like any other,
    with its error message in `problem`. A job that has ended is polled once if `wakeup` forces it.
    """
    polls = failures = 0
    confirmation = EndConfirmation()
    wait = delay
    while True:
        await wakeup.sleep(wait)
        if (job := get_job()) is None or (job.ended and not wakeup.forced):
            return
        try:
            report = await limiter.poll(gateway, job.id, wakeup)
        except GatewayError as error:
            if (job := get_job()) is None:
                return
            job, failures = job.with_poll_error(error.message, limiter.now()), failures + 1
            if job.ended:
                yield PollResult(job, None, error.kind)
                return
            wait = limiter.retry_delay(failures, error)
            yield PollResult(job, _next_poll_at(limiter, wait), error.kind)
            continue
        if (job := get_job()) is None:
            return
        report = confirmation.confirm(report, job, limiter)
        job, polls, failures = job.with_report(report, limiter.now()), polls + 1, 0
        if job.ended:
            yield PollResult(job, None)
            return
        wait = limiter.interval(polls, job.remaining(limiter.now()))
        yield PollResult(job, _next_poll_at(limiter, wait))


def _log_changes(before: Job, job: Job) -> None:
    if job.status is not before.status:
        _LOG.info("%s %s: %s (%s)", job.kind, job.id, job.status, job.message or job.raw_status)
    if job.problem and job.problem != before.problem:
        _LOG.warning("%s %s: %s", job.kind, job.id, job.problem)


def _next_poll_at(limiter: EndpointLimiter, seconds: float) -> datetime:
    return limiter.now() + timedelta(seconds=max(seconds, limiter.blocked_for))


def stagger(count: int, over: float) -> list[float]:
    """Return `count` delays, evenly spread over `over` seconds; the first is 0."""
    return [over * index / count for index in range(count)]


class _Watch(Struct, frozen=True):
    source: Source
    wakeup: Wakeup
    task: asyncio.Task[None]


class Poller:
    """Watches the tracked jobs and puts the result of each poll into the store.

    `on_poll` is called after each poll with the job before it, and its result.
    """

    def __init__(
        self,
        store: Store,
        gateways: Mapping[Source, Gateway],
        limiters: Mapping[Source, EndpointLimiter],
        on_poll: Callable[[Job, PollResult], None],
    ) -> None:
        self._store = store
        self._gateways = gateways
        self._limiters = limiters
        self._on_poll = on_poll
        self._watches: dict[str, _Watch] = {}
        self._group = asyncio.TaskGroup()

    async def run(self) -> None:
        """Poll unfinished jobs until cancelled; raises only what is a bug of the program."""
        async with self._group:
            self.sync_with_store()
            await asyncio.Event().wait()

    def sync_with_store(self) -> None:
        """Watch all unfinished jobs, and stop watching those that were removed or have ended.

        The watch of a job whose kind or profile was corrected starts again. Jobs whose poll the
        user has forced stay watched until it is made.
        """
        forced = []
        for job_id, watch in list(self._watches.items()):
            job = self._store.jobs.get(job_id)
            if job is None or job.source != watch.source:
                self.unwatch(job_id)
                if job and watch.wakeup.forced:
                    forced.append(job)
            elif job.ended and not watch.wakeup.forced:
                self.unwatch(job_id)
        self.watch_jobs([job for job in self._store.jobs.values() if not job.ended])
        for job in forced:
            self.refresh(job)

    def watch_jobs(self, jobs: Iterable[Job]) -> None:
        """Watch those of `jobs` that are not watched yet, their first polls spread over time."""
        new = [job for job in jobs if job.id not in self._watches and job.source in self._gateways]
        for job, fraction in zip(new, stagger(len(new), 1.0), strict=True):
            self._start(job, fraction * self._limiters[job.source].schedule.first)

    @property
    def sources(self) -> set[Source]:
        """The sources of the watched jobs."""
        return {watch.source for watch in self._watches.values()}

    def poll_soon(self, sources: Collection[Source]) -> None:
        """Poll all watched jobs of sources within `MAX_RESUME_SPREAD`, however long they wait.

        It is called when another process has polled them until now, so the waits are old.
        """
        loop = asyncio.get_running_loop()
        for source in sources:
            watches = [watch for watch in self._watches.values() if watch.source == source]
            spread = min(MAX_RESUME_SPREAD, self._limiters[source].schedule.first)
            for watch, delay in zip(watches, stagger(len(watches), spread), strict=True):
                loop.call_later(delay, watch.wakeup.wake)

    def unwatch(self, job_id: str) -> None:
        """Stop watching a job."""
        if watch := self._watches.pop(job_id, None):
            watch.task.cancel()

    def refresh(self, job: Job) -> None:
        """Poll a job at once, whether it is watched or not."""
        if job.source not in self._gateways:
            return
        self._limiters[job.source].allow_probe()
        if watch := self._watches.get(job.id):
            watch.wakeup.force_poll()
        else:
            self._start(job, 0.0).force_poll()

    async def poll_once(self, job: Job) -> Job:
        """Poll a job once, even if it has ended, and return it; raises GatewayError.

        It waits where a 429 to any process on the job file holds back polls. An end that the reply
        leaves in doubt is not believed.
        """
        if job.source not in self._gateways:
            raise GatewayError(ErrorKind.BAD_REQUEST, "its kind or its profile is not known here")
        limiter, wakeup = self._limiters[job.source], Wakeup()
        if lease := read_leases(self._store.path, loop_time()).get(job.source):
            limiter.hold_until(lease.rate_limited_until)
        limiter.allow_probe()
        wakeup.force_poll()
        gateway = self._gateways[job.source]
        try:
            report = await limiter.poll(gateway, job.id, wakeup)
        finally:
            if job.id not in self._watches:
                gateway.forget(job.id)
        before = self._store.jobs.get(job.id)
        if before and before.source != job.source:
            raise GatewayError(ErrorKind.BAD_REQUEST, "its kind or its profile was just corrected")
        report = EndConfirmation().confirm(report, before or job, limiter)
        job = (before or job).with_report(report, limiter.now())
        if before:
            _log_changes(before, job)
            self._store.put(job)
            self._on_poll(before, PollResult(job, None))
        return job

    def _start(self, job: Job, delay: float) -> Wakeup:
        wakeup = Wakeup()
        task = self._group.create_task(self._run_watch(job.id, job.source, wakeup, delay))
        self._watches[job.id] = _Watch(job.source, wakeup, task)
        return wakeup

    async def _run_watch(self, job_id: str, source: Source, wakeup: Wakeup, delay: float) -> None:
        def get_job() -> Job | None:
            return self._store.jobs.get(job_id)

        gateway, limiter = self._gateways[source], self._limiters[source]
        try:
            async for result in watch(get_job, gateway, limiter, wakeup, delay):
                before = self._store.jobs[job_id]
                self._store.put(result.job)
                _log_changes(before, result.job)
                self._on_poll(before, result)
            self._watches.pop(job_id, None)
        finally:
            gateway.forget(job_id)
