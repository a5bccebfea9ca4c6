"""Runs a session without a screen until the jobs that a command waits for have ended."""

import argparse
import asyncio
import os
import select
import signal
import sys
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Protocol

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import FINE, LATE, REFUSED, UsageError, complain
from kling_tui.cli.wait_condition import Goal
from kling_tui.formatting import text
from kling_tui.formatting.columns import Scene
from kling_tui.gateways import Endpoints, unpolled
from kling_tui.jobs import Job, Source, Usual
from kling_tui.polling.poller import Polled
from kling_tui.polling.rate_limiter import Cadence, Health
from kling_tui.polling.session import Connect, Session
from kling_tui.sanitize import plain
from kling_tui.storage.store import Store

_TICK = 1.0
"""Seconds between two looks at the time, and at whether anyone still reads."""
_LEAVE_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Teller(Protocol):
    """Tells how the jobs are."""

    def tell(self, job: Job) -> None:
        """Tell of a job that has changed, or that had ended before."""

    def tick(self, live: Collection[Job], scene: Scene) -> None:
        """Show how those are that have not ended, after changes and once a second."""


def attend(options: argparse.Namespace, goal: Goal, teller: Teller) -> int:
    """Poll until a goal is reached, and return the exit status."""
    settings, _ = bootstrap.settings(options)
    store = bootstrap.store(options, settings)
    endpoints = bootstrap.endpoints(settings)
    goal = replace(goal, profile=bootstrap.profile(options, settings, store.jobs.values()))
    profiles = settings.gateways.keys()
    _check(goal, store, endpoints, profiles)
    attendance = Attendance(store, goal, teller, endpoints, profiles)
    if (status := attendance.begin()) is not None:
        return status
    gateways, poll = bootstrap.gateways(settings), settings.poll
    return asyncio.run(
        attendance.run(
            lambda: bootstrap.connect(endpoints, gateways),
            Cadence(poll.first, poll.slowest, poll.jitter),
            settings.gateway.concurrency,
        )
    )


def _check(goal: Goal, store: Store, endpoints: Endpoints, profiles: Collection[str]) -> None:
    """Refuse to wait for what nobody would ever ask about."""
    if unknown := [plain(job_id) for job_id in goal.ids if job_id not in store.jobs]:
        words = ", ".join(map(repr, unknown))
        raise UsageError(f"not tracked: {words}; track first:  kling-tui add ID")
    for job in map(store.jobs.__getitem__, goal.ids):
        if words := unpolled(job, endpoints, profiles):
            raise UsageError(f"{job.id} is {words}")


class Attendance:
    """The jobs that are waited for, and the session that polls them."""

    def __init__(
        self,
        store: Store,
        goal: Goal,
        teller: Teller,
        endpoints: Endpoints,
        profiles: Collection[str],
    ) -> None:
        self._store = store
        self._goal = goal
        self._teller = teller
        self._endpoints = endpoints
        self._profiles = profiles
        self._ids = dict.fromkeys(goal.ids)
        self._news: list[Job] = []
        self._stirred = asyncio.Event()
        self._left_on: int | None = None
        self._session = Session(
            store,
            endpoints=endpoints,
            now=bootstrap.now,
            heard=self._heard,
            changed=self._stirred.set,
        )

    def begin(self) -> int | None:
        """Tell what had ended before, and return the exit status if that is all."""
        jobs = self._jobs()
        if not jobs:
            complain("no tracked job is left to wait for")
        for job in jobs:
            if job.ended:
                self._teller.tell(job)
        return self._status()

    async def run(self, connect: Connect, cadence: Cadence, concurrency: int) -> int:
        """Poll, tell of changes, and return the exit status when there is one."""
        random = Random()  # noqa: S311 - no secret depends on it
        self._heed_signals()
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._session.keep()),
                group.create_task(self._session.poll(connect, cadence, concurrency, random)),
            ]
            status = await self._follow()
            for task in tasks:
                task.cancel()
        await self._session.save()
        if self._session.problem:
            complain(f"not saved: {self._session.problem}")
        return status

    async def _follow(self) -> int:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + (self._goal.timeout or 0.0)
        try:
            while (status := self._status()) is None:
                left = _TICK
                if self._goal.timeout is not None and (left := ends_at - loop.time()) <= 0:
                    complain(f"time ran out; {self._still()}")
                    return LATE
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(_TICK, left)):
                        await self._stirred.wait()
                self._stirred.clear()
                self._tell()
        except BrokenPipeError:
            return FINE  # whoever read our output has seen enough
        if self._left_on is not None:
            complain(self._still())
        elif status == REFUSED:
            refusals = text.by_name(self._refusals())
            words = "; ".join(f"{name}: {words}" for name, words in refusals.items())
            complain(f"refused; {words}; {self._still()}")
        return status

    def _tell(self) -> None:
        news, self._news = self._news, []
        for job in news:
            self._teller.tell(job)
        scene = Scene(
            bootstrap.now(),
            Usual(self._store.jobs.values()).seconds,
            endpoints=self._endpoints,
            profiles=self._profiles,
        )
        self._teller.tick([job for job in self._jobs() if not job.ended], scene)
        if sys.stdout is not None and not _is_read(sys.stdout.fileno()):
            raise BrokenPipeError

    def _jobs(self) -> list[Job]:
        """Return the jobs that are waited for, and that nobody has removed meanwhile."""
        if not self._goal.ids:
            jobs = bootstrap.of_profile(self._store.jobs.values(), self._goal.profile)
            live = (job for job in jobs if not job.ended)
            polled = (job for job in live if not unpolled(job, self._endpoints, self._profiles))
            self._ids.update((job.id, None) for job in polled)
        found = map(self._store.jobs.get, self._ids)
        return [job for job in found if job is not None]

    def _status(self) -> int | None:
        if self._left_on is not None:
            return self._left_on
        return self._goal.status(self._jobs(), self._refusals().keys())

    def _refusals(self) -> dict[Source, str]:
        """Return why sources let nobody in."""
        conditions = self._session.conditions.items()
        return {source: each.words for source, each in conditions if each.health is Health.REFUSES}

    def _still(self) -> str:
        """Say that leaving does not end the jobs."""
        live = sum(not job.ended for job in self._jobs())
        return f"{text.count(live, 'job')} not ended yet, and tracked as before"

    def _heard(self, before: Job, polled: Polled) -> None:
        job = polled.job
        if job.id in self._ids and job.tells_news(before):
            self._news.append(job)
            self._stirred.set()

    def _heed_signals(self) -> None:
        """Leave in good order when told to; what was ignored before, as by nohup, stays so."""
        loop = asyncio.get_running_loop()
        for number in _LEAVE_ON:
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._leave, number)
        if signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN:
            loop.add_signal_handler(signal.SIGTSTP, self._stop)

    def _leave(self, number: int) -> None:
        self._left_on = 128 + number
        self._stirred.set()
        asyncio.get_running_loop().remove_signal_handler(number)  # the second time is for real

    def _stop(self) -> None:
        """Let another program ask while this one stands still."""
        self._session.rest()
        os.kill(os.getpid(), signal.SIGSTOP)


def _is_read(handle: int) -> bool:
    """Whether anyone still reads what is written, which a pipe tells only who asks."""
    state = select.poll()
    state.register(handle, 0)
    return not any(events & (select.POLLERR | select.POLLHUP) for _, events in state.poll(0))
