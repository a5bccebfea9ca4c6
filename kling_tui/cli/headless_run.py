"""Polls jobs without a screen until a wait condition is met, and reports what happens to them."""

import asyncio
import select
import sys
from collections.abc import Collection
from contextlib import suppress
from random import Random

from kling_tui.cli import bootstrap, gc_policy
from kling_tui.cli.exit_signals import ExitSignals
from kling_tui.cli.exit_status import OK, TIMEOUT, UNAUTHORIZED, print_error
from kling_tui.cli.reporting import ChangeReport, Reporter
from kling_tui.cli.wait_condition import WaitCondition
from kling_tui.formatting import text
from kling_tui.gateways import Endpoints, not_polled_reason
from kling_tui.jobs import Job, Source
from kling_tui.polling.backoff import PollSchedule
from kling_tui.polling.endpoint_status import Health
from kling_tui.polling.poller import PollResult
from kling_tui.polling.session import Connect, Session
from kling_tui.storage.store import Store

_TICK = 1.0
"""Seconds after which the timeout and the reader of the output are checked again."""


class HeadlessRun:
    """One run of `watch` or `wait`: the jobs waited for, and the session that polls them."""

    def __init__(
        self,
        store: Store,
        condition: WaitCondition,
        reporter: Reporter,
        endpoints: Endpoints,
        profiles: Collection[str],
    ) -> None:
        self._store = store
        self._condition = condition
        self._endpoints = endpoints
        self._profiles = profiles
        self._ids = dict.fromkeys(condition.ids)
        self._wake = asyncio.Event()
        self._report = ChangeReport(reporter, store.jobs, self._live_jobs, self._wake.set)
        self._session = Session(
            store,
            endpoints=endpoints,
            now=bootstrap.now,
            on_poll=self._on_poll,
            on_external_change=self._wake.set,
            before_load=gc_policy.before_load,
            after_load=gc_policy.after_load,
        )
        self._signals = ExitSignals(self._wake.set, self._session.release_leadership)

    def start(self) -> int | None:
        """Report jobs that had ended before; return the exit status if that is all, else None."""
        jobs = self._jobs()
        if not jobs:
            print_error("nothing to wait for: all jobs have ended")
        self._report.print_jobs([job for job in jobs if job.ended])
        return self._status()

    async def run(self, connect: Connect, schedule: PollSchedule, concurrency: int) -> int:
        """Poll and report changes until the condition is met; return the exit status."""
        with self._signals.handled():
            return await self._run(connect, schedule, concurrency)

    async def _run(self, connect: Connect, schedule: PollSchedule, concurrency: int) -> int:
        random = Random()  # noqa: S311 - no secret depends on it
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._session.run_sync()),
                group.create_task(self._session.poll(connect, schedule, concurrency, random)),
            ]
            status = await self._wait_until_done()
            for task in tasks:
                task.cancel()
        await self._session.save()
        if self._session.problem:
            print_error(f"not saved: {self._session.problem}")
        return status

    async def _wait_until_done(self) -> int:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + (self._condition.timeout or 0.0)
        try:
            while (status := self._status()) is None:
                remaining = _TICK
                if self._condition.timeout is not None:
                    remaining = ends_at - loop.time()
                    if remaining <= 0:
                        print_error(f"time ran out; {self._unfinished_message()}")
                        return TIMEOUT
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(_TICK, remaining)):
                        await self._wake.wait()
                self._wake.clear()
                self._report.print(self._endpoints, self._profiles)
                if sys.stdout is not None and not _has_reader(sys.stdout.fileno()):
                    raise BrokenPipeError
        except BrokenPipeError:
            return OK  # the reader of our output has read enough
        if self._signals.status is not None:
            print_error(self._unfinished_message())
        elif status == UNAUTHORIZED:
            reasons = text.by_source_name(self._unauthorized()).items()
            message = "; ".join(f"{name}: {reason}" for name, reason in reasons)
            print_error(f"stopped: {message}; {self._unfinished_message()}")
        return status

    def _jobs(self) -> list[Job]:
        """Return the jobs waited for that are still tracked."""
        if not self._condition.ids:
            jobs = bootstrap.jobs_of_profile(self._store.jobs.values(), self._condition.profile)
            live = (job for job in jobs if not job.ended)
            polled = (
                job for job in live if not not_polled_reason(job, self._endpoints, self._profiles)
            )
            self._ids.update((job.id, None) for job in polled)
        found = map(self._store.jobs.get, self._ids)
        return [job for job in found if job is not None]

    def _live_jobs(self) -> list[Job]:
        return [job for job in self._jobs() if not job.ended]

    def _status(self) -> int | None:
        if self._signals.status is not None:
            return self._signals.status
        return self._condition.status(self._jobs(), self._unauthorized().keys())

    def _unauthorized(self) -> dict[Source, str]:
        """Return the sources that reject the API key, each with the gateway's message."""
        return {
            source: status.message
            for source, status in self._session.endpoint_statuses.items()
            if status.health is Health.UNAUTHORIZED
        }

    def _unfinished_message(self) -> str:
        """Return how many jobs have not ended, which are not affected by our exit."""
        return f"{text.count(len(self._live_jobs()), 'job')} still running (still tracked)"

    def _on_poll(self, before: Job, result: PollResult) -> None:
        if result.job.id in self._ids:
            self._report.record(before, result)


def _has_reader(descriptor: int) -> bool:
    """Return whether the other end of a pipe is open; a pipe does not report that by itself."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return not any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))
