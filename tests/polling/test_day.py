"""A day of a session in virtual time: jobs come and go, and one poll in three fails."""

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from kling_tui.gateways import Gateway
from kling_tui.jobs import Job, Report, Source, Status
from kling_tui.polling.backoff import PollSchedule
from kling_tui.polling.clock import loop_time
from kling_tui.polling.session import Session
from kling_tui.storage.store import Store
from tests.support.virtual_gateway import (
    DONE,
    FAILED,
    NOT_FOUND,
    RUNNING,
    SERVER_ERROR,
    UNAUTHORIZED,
    UNREACHABLE,
    Outcome,
    VirtualGateway,
    rate_limited,
)
from tests.support.virtual_time import VirtualLoop, seeded_random, time_of_day, until

HOUR = 3_600.0
BATCHES_PER_HOUR = 7
"""How often jobs are added."""
BATCH_SIZE = 3
"""Jobs that are added at the same time."""
ENDS = [
    DONE,
    FAILED,
    replace(DONE, videos=(), conclusive=False),
]
FALSE_OUTCOMES: list[Outcome] = [
    UNREACHABLE,
    SERVER_ERROR,
    NOT_FOUND,
    rate_limited(retry_after=60.0),
    UNAUTHORIZED,
    replace(RUNNING, status=Status.UNKNOWN),
]
"""What every third poll returns by chance instead of the true outcome."""


@dataclass
class TrueJob:
    """A job as it really is at the gateway."""

    kind: str
    ends_at: float
    """The second at which it ends."""
    end: Report


def new_jobs(random: Random) -> dict[str, TrueJob]:
    """Return jobs that begin now, by id."""
    return {
        f"job {index} of {loop_time():.3f}": TrueJob(
            random.choice(["i2v", "o1"]), loop_time() + random.uniform(60, 600), random.choice(ENDS)
        )
        for index in range(BATCH_SIZE)
    }


@asynccontextmanager
async def polling(session: Session, gateway: Gateway) -> AsyncIterator[None]:
    """Poll until the end of the block, and check that no task is left over then."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[dict[Source, Gateway]]:
        yield {Source("i2v"): gateway, Source("o1"): gateway}

    before = asyncio.all_tasks()
    task = asyncio.create_task(session.poll(connect, PollSchedule(), 8, seeded_random(7)))
    await asyncio.sleep(0)
    yield
    # No job is left, so none is watched: the tasks are `task`, the poller and the leader election.
    assert len(asyncio.all_tasks()) == len(before) + 3
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert asyncio.all_tasks() == before


async def add(path: Path, jobs: Mapping[str, TrueJob]) -> None:
    """Track jobs as another process does, through the file."""
    store = Store(path)
    for job_id, job in jobs.items():
        store.put(Job(id=job_id, kind=job.kind, added_at=time_of_day()))
    store.save()


async def clear(path: Path) -> dict[str, Job]:
    """Remove all jobs as another process does, and return them."""
    store = Store(path)
    store.load()
    removed = store.remove(*store.jobs)
    store.save()
    return {job.id: job for job in removed}


async def day(path: Path) -> list[int]:
    """Poll for a day, and return the memory blocks in use at the end of each hour."""
    random = seeded_random(2026)
    tracked: dict[str, TrueJob] = {}

    def answer(job_id: str, at: float) -> Outcome:
        if random.random() < 1 / 3:
            return random.choice(FALSE_OUTCOMES)
        job = tracked[job_id]
        return job.end if at >= job.ends_at else RUNNING

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
            for step in range(BATCHES_PER_HOUR):
                await until(hour * HOUR + step * 200)
                tracked |= (added := new_jobs(random))
                await add(path, added)
                await session.save()
            await until((hour + 1) * HOUR - 100)
            await session.save()
            gateway.polls.clear()
            gateway.forgotten.clear()
            memory.append(allocated_blocks())
            ended = await clear(path)
            assert not [job for job in ended.values() if job.problem]
            assert {job_id: job.status for job_id, job in ended.items()} == {
                job_id: job.end.status for job_id, job in tracked.items()
            }
            tracked.clear()
            await session.save()
        await until(24 * HOUR)
    return memory


def allocated_blocks() -> int:
    """Return the number of memory blocks in use."""
    gc.collect()
    return sys.getallocatedblocks()


@pytest.mark.slow
def test_day_of_failing_polls_ends_every_job_correctly_and_leaks_no_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each of 504 jobs gets its true end, and nothing of the removed jobs stays in memory."""
    caplog.set_level(logging.CRITICAL, "kling_tui")  # pytest keeps what is logged
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        memory = runner.run(day(tmp_path / "jobs.toml"))
    assert memory[-1] < 1.1 * memory[0]
    # If an object of each removed job leaked, there would be a block for each. Counted over the
    # second half: in the first, caches fill.
    jobs = 12 * BATCHES_PER_HOUR * BATCH_SIZE
    assert memory[-1] - memory[11] < jobs / 2
