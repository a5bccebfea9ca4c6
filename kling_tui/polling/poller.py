"""Watches jobs: one async generator a job, and the poller that runs many of them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kling_tui.gateways import ErrorKind, Gateway, GatewayError
from kling_tui.jobs import Job, Report, Source, Status
from kling_tui.polling.rate_limiter import EndpointLimiter, Wakeup, loop_time
from kling_tui.storage.store import Store

_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())  # without a log, nothing may reach the terminal
CONFIRMATIONS = 3
"""Polls in a row that must say so before an end that is not firm is believed."""
CONFIRM_WITH_HEALTHY_PEERS = 24
CONFIRM_ALONE = 120
"""First intervals over which such a failure must be repeated besides, 2 and 10 minutes by default:
where the endpoint meanwhile tells well of another job, and where it does not."""


@dataclass(frozen=True, slots=True)
class PollResult:
    """A job after one poll, and when the next is due (None: never)."""

    job: Job
    next_at: datetime | None


async def watch(
    get_job: Callable[[], Job | None],
    gateway: Gateway,
    limiter: EndpointLimiter,
    wakeup: Wakeup,
    delay: float = 0.0,
) -> AsyncIterator[PollResult]:
    """Poll a job until it has ended, and yield it after every poll.

    `known` returns the job as it is known now, or None once it is tracked no longer, which ends
    the watch too. The first poll comes after `delay` seconds. A poll that fails is yielded like
    any other, with its words in `problem`. A job that has ended is polled once if `alarm` rings.
    """
    polls = misses = 0
    doubt = _EndConfirmation()
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
            job, misses = job.with_poll_error(error.message, limiter.now()), misses + 1
            if job.ended:
                yield PollResult(job, None)
                return
            wait = limiter.retry_delay(misses, error)
            yield PollResult(job, _after(limiter, wait))
            continue
        if (job := get_job()) is None:
            return
        report = doubt.confirm(report, job, limiter)
        job, polls, misses = job.with_report(report, limiter.now()), polls + 1, 0
        if job.ended:
            yield PollResult(job, None)
            return
        wait = limiter.interval(polls, job.remaining(limiter.now()))
        yield PollResult(job, _after(limiter, wait))


class _EndConfirmation:
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

    def confirm(self, report: Report, job: Job, limiter: EndpointLimiter) -> Report:
        """Return a report, or while its end is in doubt, one of a job that is still as it was."""
        if report.conclusive or not report.status.ended:
            self._claims = 0
            return report
        if not self._claims or report.status is not self._claimed:
            self._claims, self._claimed, self._since = 0, report.status, loop_time()
        self._claims += 1
        if self._claims >= CONFIRMATIONS and loop_time() - self._since >= self._least(limiter):
            return report
        return replace(report, status=job.status if job.history else Status.RUNNING)

    def _least(self, limiter: EndpointLimiter) -> float:
        """Return the seconds over which what is claimed must be repeated."""
        if self._claimed is not Status.FAILED:
            return 0.0
        cleared = limiter.last_conclusive_reply_at > self._since
        return (CONFIRM_WITH_HEALTHY_PEERS if cleared else CONFIRM_ALONE) * limiter.schedule.first


def _log(before: Job, job: Job) -> None:
    if job.status is not before.status:
        _LOG.info("%s %s: %s (%s)", job.kind, job.id, job.status, job.message or job.raw_status)
    if job.problem and job.problem != before.problem:
        _LOG.warning("%s %s: %s", job.kind, job.id, job.problem)


def _after(limiter: EndpointLimiter, seconds: float) -> datetime:
    return limiter.now() + timedelta(seconds=max(seconds, limiter.blocked_for))


def stagger(count: int, over: float) -> list[float]:
    """Return the delays, in seconds, that spread `count` first polls evenly; the first is 0."""
    return [over * index / count for index in range(count)]


@dataclass(frozen=True, slots=True)
class _Watch:
    wakeup: Wakeup
    task: asyncio.Task[None]


class Poller:
    """Watches tracked jobs, puts what it learns into the store, and tells `heard` of each poll.

    `heard` is called with the job as it was before the poll, and the poll.
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
        """Poll what is live until cancelled; a fault in the program, not the world's, ends it."""
        async with self._group:
            self.sync_with_store()
            await asyncio.Event().wait()

    def sync_with_store(self) -> None:
        """Watch what is live, and leave what others have removed or seen end."""
        live = [job for job in self._store.jobs.values() if not job.ended]
        for job_id in self._watches.keys() - {job.id for job in live}:
            if not self._watches[job_id].wakeup.forced:
                self.unwatch(job_id)
        self.watch_jobs(live)

    def watch_jobs(self, jobs: Iterable[Job]) -> None:
        """Watch those of `jobs` that are not watched yet, their first polls spread over time."""
        fresh = [
            job for job in jobs if job.id not in self._watches and job.source in self._gateways
        ]
        for job, share in zip(fresh, stagger(len(fresh), 1.0), strict=True):
            self._start(job, share * self._limiters[job.source].schedule.first)

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
        """Poll a job once, though it has ended, and return it; raises GatewayError."""
        if job.source not in self._gateways:
            raise GatewayError(ErrorKind.BAD_REQUEST, "its kind or its profile is not known here")
        limiter, wakeup = self._limiters[job.source], Wakeup()
        limiter.allow_probe()
        wakeup.force_poll()
        report = await limiter.poll(self._gateways[job.source], job.id, wakeup)
        before = self._store.jobs.get(job.id)
        job = (before or job).with_report(report, limiter.now())
        if before:
            self._store.put(job)
            self._on_poll(before, PollResult(job, None))
        return job

    def _start(self, job: Job, delay: float) -> Wakeup:
        wakeup = Wakeup()
        task = self._group.create_task(self._follow(job.id, job.source, wakeup, delay))
        self._watches[job.id] = _Watch(wakeup, task)
        return wakeup

    async def _follow(self, job_id: str, source: Source, wakeup: Wakeup, delay: float) -> None:
        def known() -> Job | None:
            return self._store.jobs.get(job_id)

        gateway, limiter = self._gateways[source], self._limiters[source]
        async for polled in watch(known, gateway, limiter, wakeup, delay):
            before = self._store.jobs[job_id]
            self._store.put(polled.job)
            _log(before, polled.job)
            self._on_poll(before, polled)
        self._watches.pop(job_id, None)
