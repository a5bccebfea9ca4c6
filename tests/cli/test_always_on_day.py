"""A short day of `watch --forever` in virtual time, beside an app that opens and closes."""

import asyncio
import gc
import json
import logging
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

import pytest

from kling_tui.cli.always_on import AlwaysOn
from kling_tui.cli.always_on_config import AlwaysOnSettings
from kling_tui.cli.commands.watch import JsonReporter
from kling_tui.downloads import Client
from kling_tui.downloads.queue import DownloadOptions
from kling_tui.gateways import BUILT_IN, Gateway
from kling_tui.jobs import Job, Source
from kling_tui.notifications.command import NotifyCommand
from kling_tui.notifications.formats import Post
from kling_tui.notifications.push import PushOptions
from kling_tui.notifications.target import PushError, PushTarget
from kling_tui.polling.backoff import PollSchedule
from kling_tui.polling.clock import loop_time
from kling_tui.storage.store import Store
from kling_tui.tui.app import KlingApp
from kling_tui.tui.dependencies import AppDependencies
from tests.support.virtual_gateway import (
    DONE,
    FAILED,
    RUNNING,
    Outcome,
    VirtualGateway,
)
from tests.support.virtual_time import VirtualLoop, seeded_random, time_of_day, until

pytestmark = pytest.mark.slow

ROUND = 1_200.0
"""Seconds in which some jobs are added, end, are announced, and are removed."""
JOBS_PER_ROUND = 8
BLOCKS_OF_A_JOB = 6
"""Memory blocks that a tracked job has at least."""
APP_OPEN = 80.0
"""Seconds for which the app is open in each round."""
RESTART_ROUND = 3
"""In this round, `watch --forever` is restarted while the app is open."""


class RecordedCommand(NotifyCommand):
    """A notify command that only notes for which jobs it runs."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__((), lambda _: "", {})
        self.ids = ids

    async def run(self, job: Job) -> None:
        """Note the job."""
        self.ids.append(job.id)


@dataclass
class Day:
    """What happens, and what is announced."""

    path: Path
    ends: dict[str, tuple[float, Outcome]] = field(default_factory=dict)
    """When each job ends, and how."""
    commands: list[str] = field(default_factory=list)
    """The ids of the jobs that the notify command was run for."""
    pushed: list[str] = field(default_factory=list)
    """The ids of the jobs in the messages that were taken."""
    memory: list[int] = field(default_factory=list)
    """Memory blocks in use at the end of each round."""
    app_polls: list[tuple[float, str]] = field(default_factory=list)
    watch_polls: list[tuple[float, str]] = field(default_factory=list)
    random: Callable[[], float] = field(default_factory=lambda: seeded_random(2026).random)

    def outcome(self, job_id: str, at: float) -> Outcome:
        """Return what the gateway says of a job."""
        ends_at, end = self.ends[job_id]
        return end if at >= ends_at else RUNNING

    async def send(self, post: Post, _: PushTarget) -> None:
        """Take a message; one in three is not taken."""
        await asyncio.sleep(0.3)
        if self.random() < 1 / 3:
            raise PushError("connection failed")
        self.pushed += [job["id"] for job in json.loads(post.body)["jobs"]]

    @property
    def push(self) -> PushOptions:
        """The settings of push messages."""
        return PushOptions(PushTarget("https://push.test/x"), "json", send=self.send)

    def add_jobs(self, round_: int) -> None:
        """Track jobs as another process does, through the file."""
        store = Store(self.path)
        for number in range(JOBS_PER_ROUND):
            job_id = f"job{round_:02}{number:02}"
            at = loop_time() + 5 + self.random() * 0.7 * ROUND
            self.ends[job_id] = at, (FAILED if number % 3 == 0 else DONE)
            kind = "o1" if number % 2 else "i2v"
            store.put(Job(id=job_id, kind=kind, added_at=time_of_day()))
        store.save()

    def forget(self) -> None:
        """Forget what has happened, which would count as memory in use."""
        for seen in (self.ends, self.pushed, self.commands, self.watch_polls):
            seen.clear()

    def remove_jobs(self) -> None:
        """Stop tracking all jobs, as another process does; all have ended."""
        store = Store(self.path)
        store.load()
        assert all(job.ended for job in store.jobs.values())
        store.remove(*store.jobs)
        store.save()


@asynccontextmanager
async def connect(gateway: Gateway) -> AsyncIterator[Mapping[Source, Gateway]]:
    """Connect both kinds of jobs to a gateway."""
    yield {Source("i2v"): gateway, Source("o1"): gateway}


@asynccontextmanager
async def no_downloads() -> AsyncIterator[Client]:
    """Stand in for the client of downloads."""
    raise AssertionError("nothing is downloaded")
    yield


def download_options(folder: Path) -> DownloadOptions:
    """Return options that download nothing by themselves."""
    return DownloadOptions(folder=folder, connect=no_downloads, clock=loop_time)


@asynccontextmanager
async def watch_forever(day: Day) -> AsyncIterator[None]:
    """Run the command until the end of the block, where it gets SIGTERM."""
    store = Store(day.path)
    store.load()
    gateway = VirtualGateway(day.outcome)
    gateway.polls = day.watch_polls
    settings = AlwaysOnSettings(
        connect=partial(connect, gateway),
        endpoints=BUILT_IN,
        profiles=("",),
        schedule=PollSchedule(),
        concurrency=8,
        download_options=download_options(day.path.parent),
        notify_command=RecordedCommand(day.commands),
        push=day.push,
    )
    task = asyncio.create_task(AlwaysOn(store, settings, JsonReporter(), now=time_of_day).run())
    await asyncio.sleep(1)
    yield
    os.kill(os.getpid(), signal.SIGTERM)
    assert await task == 128 + signal.SIGTERM


@asynccontextmanager
async def app(day: Day) -> AsyncIterator[KlingApp]:
    """Run the real app until the end of the block, on the same job file."""
    gateway = VirtualGateway(day.outcome)
    gateway.polls = day.app_polls
    dependencies = AppDependencies(
        connect=partial(connect, gateway),
        download_options=download_options(day.path.parent),
        endpoints=BUILT_IN,
        store=Store(day.path),
        now=time_of_day,
        notify_command=RecordedCommand(day.commands),
        push=day.push,
    )
    running = KlingApp(dependencies)
    async with running.run_test(size=(80, 24)):
        yield running


async def open_app(day: Day, round_: int, watching: AsyncExitStack) -> None:
    """Open the app for a while; in one round, the command is restarted meanwhile."""
    opened_at = round_ * ROUND + 60 + 137 * round_ % 600
    await until(opened_at)
    async with app(day) as running:
        await until(opened_at + APP_OPEN / 2)
        if round_ == RESTART_ROUND:
            await watching.aclose()
            await asyncio.sleep(20)
            await watching.enter_async_context(watch_forever(day))
        await until(opened_at + APP_OPEN)
        sources = {Source("i2v"), Source("o1")} if round_ == RESTART_ROUND else set()
        assert running.main.session.leading == sources


async def live_through(day: Day, rounds: int, *, with_app: bool) -> None:
    """Let the day pass."""
    async with AsyncExitStack() as watching:
        await watching.enter_async_context(watch_forever(day))
        for round_ in range(rounds):
            day.add_jobs(round_)
            if with_app:
                await open_app(day, round_, watching)
            await until((round_ + 1) * ROUND - 100)
            day.remove_jobs()
            await until((round_ + 1) * ROUND)
            gc.collect()
            if not with_app:
                day.forget()
            day.memory.append(sys.getallocatedblocks())


@contextmanager
def gc_settings() -> Iterator[None]:
    """Undo what the command sets for the rest of its process."""
    threshold = gc.get_threshold()
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        gc.unfreeze()


def play(path: Path, rounds: int, *, with_app: bool) -> Day:
    """Let a day pass in virtual time, and return what has happened."""
    day = Day(path)
    with gc_settings(), asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(live_through(day, rounds, with_app=with_app))
    return day


@pytest.fixture(autouse=True)
def _keep_no_output(caplog: pytest.LogCaptureFixture) -> None:
    """Log nothing, because pytest keeps what is logged."""
    caplog.set_level(logging.CRITICAL, "kling_tui")


def test_each_job_is_polled_by_one_process_and_each_end_is_announced_once(tmp_path: Path) -> None:
    """By push message and by command, though one message in three fails.

    The app polls only while the command is restarted, and until the app is closed.
    """
    day = play(tmp_path / "jobs.toml", 8, with_app=True)
    once = dict.fromkeys(day.ends, 1)
    assert len(once) == 8 * JOBS_PER_ROUND
    assert Counter(day.pushed) == once
    assert Counter(day.commands) == once
    assert day.app_polls
    first, last = day.app_polls[0][0], day.app_polls[-1][0]
    assert RESTART_ROUND * ROUND < first < last < (RESTART_ROUND + 1) * ROUND
    assert not [at for at, _ in day.watch_polls if first < at < last]
    assert {job_id for _, job_id in day.watch_polls} == day.ends.keys()


def test_memory_stays_flat(tmp_path: Path) -> None:
    """Nothing of the jobs that the user has removed stays in memory."""
    memory = play(tmp_path / "jobs.toml", 14, with_app=False).memory
    # In the first rounds, caches fill. The median evens out what is freed at any moment.
    before, after = median(memory[2:8]), median(memory[8:14])
    assert after - before < 6 * JOBS_PER_ROUND * BLOCKS_OF_A_JOB
