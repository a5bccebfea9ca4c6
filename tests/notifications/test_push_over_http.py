"""Pushing to a server like ntfy over real HTTP, which drops connections and limits the rate.

Time is accelerated.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.jobs import Job
from kling_tui.notifications.client import send
from kling_tui.notifications.push import PushNotifier, PushOptions
from kling_tui.notifications.record import NotificationRecord
from kling_tui.notifications.target import PushTarget
from tests.support.ended_jobs import ended_job
from tests.support.push_server import TOPIC, PushServer, accept, break_off, drop, fail, limit
from tests.support.virtual_time import AcceleratedLoop, seeded_random, time_of_day

pytestmark = pytest.mark.slow

JOBS = 60
LISTED = 20
"""Jobs that a message lists: with more in one, not every end had a line."""
FAULTS = [drop, break_off, limit(), limit("Retry-After: 3"), fail("502 Bad Gateway")]


@asynccontextmanager
async def process(
    folder: Path, server: PushServer, jobs: dict[str, Job], problems: list[str]
) -> AsyncIterator[PushNotifier]:
    """Push to the server until the end of the block."""
    notifier = PushNotifier(
        jobs,
        NotificationRecord(folder / "jobs.toml"),
        time_of_day,
        PushOptions(
            PushTarget(server.url), send=partial(send, through_proxies=False, timeout=300.0)
        ),
        on_problem=problems.append,
    )
    task = asyncio.create_task(notifier.run())
    try:
        yield notifier
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def push_all(folder: Path, server: PushServer, problems: list[str]) -> dict[str, Job]:
    """Find the ends of jobs while three processes push, one of which is started again and again."""
    random, jobs = seeded_random(7), dict[str, Job]()
    async with AsyncExitStack() as stack:
        notifiers = [
            await stack.enter_async_context(process(folder, server, jobs, problems))
            for _ in range(2)
        ]
        await asyncio.sleep(1)
        for number in range(JOBS):
            while number - len(server.lines) >= LISTED:  # noqa: ASYNC110
                await asyncio.sleep(1)
            async with process(folder, server, jobs, problems) as third:
                job = ended_job(f"Cj{number:04}", time_of_day())
                jobs[job.id] = replace(job, label=f"{job.id} shot {number % 7}")
                for notifier in (*notifiers, third):
                    notifier.notice()
                await asyncio.sleep(random.expovariate(1 / 4))
        while len(server.lines) < JOBS:  # noqa: ASYNC110 - a server has no event for that
            await asyncio.sleep(1)
        await asyncio.sleep(70)  # nothing more comes
    return jobs


def test_each_end_is_in_one_message_and_none_is_lost(tmp_path: Path) -> None:
    """Most requests fail. No report of that shows the topic."""
    random, problems = seeded_random(3), list[str]()
    script = [handler for _ in range(JOBS) for handler in (*random.sample(FAULTS, 2), accept)]

    async def run() -> None:
        async with PushServer(script) as server, asyncio.timeout(1500):
            jobs = await push_all(tmp_path, server, problems)
            assert sorted(line.split()[1] for line in server.lines) == sorted(jobs)
            assert len(server.requests) > 2 * len(server.accepted)
            assert len(server.accepted) < JOBS

    with asyncio.Runner(loop_factory=lambda: AcceleratedLoop(15)) as runner:
        runner.run(run())
    assert problems
    assert not [problem for problem in problems if TOPIC in problem]
