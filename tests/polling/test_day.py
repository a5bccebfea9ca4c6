"""A day of a session in virtual time: commands come and go, and one poll in three fails."""

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from kling_tui.gateways import ErrorKind, Gateway, GatewayError
from kling_tui.jobs import Job, Report, Source, Status
from kling_tui.polling.backoff import PollSchedule
from kling_tui.polling.session import Session
from kling_tui.storage.store import Store
from tests.support.virtual_time import (
    DONE,
    RUNNING,
    UNREACHABLE,
    Outcome,
    VirtualGateway,
    VirtualLoop,
    loop_time,
    seeded_random,
    time_of_day,
)

HOUR = 3_600.0
TIMES_AN_HOUR = 7
"""How often jobs are added."""
AT_ONCE = 3
"""Jobs that are added at the same time."""
TRUTHS = [
    DONE,
    Report(status=Status.FAILED, raw_status="failed", message="Image pixel is invalid"),
    replace(DONE, videos=(), conclusive=False),
]
FAULTS: list[Outcome] = [
    UNREACHABLE,
    GatewayError(ErrorKind.SERVER_ERROR, "the gateway is in trouble (500)"),
    GatewayError(ErrorKind.NOT_FOUND, "the gateway does not know this job (404)"),
    GatewayError(
        ErrorKind.RATE_LIMITED, "the gateway asks for fewer polls (429)", retry_after=60.0
    ),
    GatewayError(ErrorKind.UNAUTHORIZED, "the gateway refuses the key (401)"),
    replace(RUNNING, status=Status.UNKNOWN),
]


@dataclass
class Story:
    """What is true of one job."""

    kind: str
    ends: float
    """The second at which the gateway knows its end."""
    truth: Report


def stories(dice: Random) -> dict[str, Story]:
    """Return jobs that begin now, by id."""
    return {
        f"job {index} of {loop_time():.3f}": Story(
            dice.choice(["i2v", "o1"]), loop_time() + dice.uniform(60, 600), dice.choice(TRUTHS)
        )
        for index in range(AT_ONCE)
    }


@asynccontextmanager
async def polling(session: Session, gateway: Gateway) -> AsyncIterator[None]:
    """Poll until the end of the block, and see that no task is left over then."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[dict[Source, Gateway]]:
        yield {Source("i2v"): gateway, Source("o1"): gateway}

    before = asyncio.all_tasks()
    task = asyncio.create_task(session.poll(connect, PollSchedule(), 8, seeded_random(7)))
    await asyncio.sleep(0)
    yield
    # No job is left, and none is watched: two tasks are the poller itself and whose turn it is.
    assert len(asyncio.all_tasks()) == len(before) + 2
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert asyncio.all_tasks() == before


async def until(at: float) -> None:
    """Wait for a second of the loop."""
    await asyncio.sleep(at - loop_time())


async def add(path: Path, jobs: Mapping[str, Story]) -> None:
    """Track jobs as a command does, which knows nothing but the file."""
    store = Store(path)
    store.put(*(Job(id=each, kind=jobs[each].kind, added_at=time_of_day()) for each in jobs))
    store.save()


async def clear(path: Path) -> dict[str, Job]:
    """Remove all jobs as a command does, and return them."""
    store = Store(path)
    store.load()
    removed = store.remove(*store.jobs)
    store.save()
    return {job.id: job for job in removed}


async def day(path: Path) -> list[int]:
    """Live through a day on a job file, and return the memory in use at each hour's end."""
    dice = seeded_random(2026)
    tracked: dict[str, Story] = {}

    def answer(job_id: str, at: float) -> Outcome:
        if dice.random() < 1 / 3:
            return dice.choice(FAULTS)
        story = tracked[job_id]
        return story.truth if at >= story.ends else RUNNING

    gateway, memory = VirtualGateway(answer), list[int]()
    session = Session(
        Store(path),
        endpoints={},
        now=time_of_day,
        on_poll=lambda *_: None,
        on_external_change=lambda: None,
    )
    async with polling(session, gateway):
        for hour in range(24):
            for step in range(TIMES_AN_HOUR):
                await until(hour * HOUR + step * 200)
                tracked |= (fresh := stories(dice))
                await add(path, fresh)
                await session.save()
            await until((hour + 1) * HOUR - 100)
            await session.save()
            gateway.polls.clear()
            memory.append(blocks())
            ended = await clear(path)
            assert not [job for job in ended.values() if job.problem]
            assert {job_id: job.status for job_id, job in ended.items()} == {
                job_id: story.truth.status for job_id, story in tracked.items()
            }
            tracked.clear()
            await session.save()
        await until(24 * HOUR)
    return memory


def blocks() -> int:
    """Return how many pieces of memory are in use."""
    gc.collect()
    return sys.getallocatedblocks()


def test_a_day(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each of 504 jobs ends as it truly ended, and nothing of those removed stays in memory."""
    caplog.set_level(logging.CRITICAL, "kling_tui")  # what is logged is kept by pytest
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        memory = runner.run(day(tmp_path / "jobs.toml"))
    assert memory[-1] < 1.1 * memory[0]
    # What was first needed in the second hour is in use from then on.
    assert memory[-1] - memory[1] < 22 * TIMES_AN_HOUR * AT_ONCE
