"""A poller, or a whole session, at work in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from kling_tui.gateways import BUILT_IN, Gateway
from kling_tui.jobs import Job, Source, Status
from kling_tui.polling.clock import loop_time
from kling_tui.polling.endpoint_limiter import EndpointLimiter
from kling_tui.polling.poller import Poller, PollResult
from kling_tui.polling.session import Session
from kling_tui.storage.store import Store
from tests.support.virtual_gateway import STEADY, new_limiter
from tests.support.virtual_time import START, seeded_random, time_of_day

I2V, O1 = Source("i2v"), Source("o1")


def new_job(job_id: str = "job", kind: str = "i2v", status: Status = Status.UNKNOWN) -> Job:
    """Return a job that was never polled."""
    return Job(id=job_id, kind=kind, added_at=START, status=status)


def job_of(source: Source, number: int) -> Job:
    """Return one of several jobs of a source that were never polled."""
    job_id = "/".join((source.kind, source.profile, str(number)))
    return replace(new_job(job_id, source.kind), profile=source.profile)


@dataclass
class Watched:
    """A running poller with its store and limiters."""

    store: Store
    poller: Poller
    limiters: Mapping[Source, EndpointLimiter]
    results: list[tuple[float, PollResult]] = field(default_factory=list)
    """The result of each poll, and the second at which it was reported."""

    def job(self, job_id: str = "job") -> Job:
        """Return the latest state of a job."""
        return self.store.jobs[job_id]


@asynccontextmanager
async def watching(
    gateways: Mapping[Source, Gateway],
    *jobs: Job,
    slots: int = 8,
    now: Callable[[], datetime] = time_of_day,
    path: Path = Path("never-written.toml"),
    on_poll: Callable[[Job, Job], None] = lambda *_: None,
) -> AsyncIterator[Watched]:
    """Watch jobs until the end of the block, and check that no task is left over then.

    `on_poll` is called with the job before and after each poll. What a task raises ends the block.
    """
    store = Store(path)
    store.put(*jobs)
    semaphore = asyncio.Semaphore(slots)
    limiters = {source: new_limiter(STEADY, semaphore, now=now) for source in gateways}
    results: list[tuple[float, PollResult]] = []

    def handle_poll(before: Job, result: PollResult) -> None:
        results.append((loop_time(), result))
        on_poll(before, result.job)

    poller = Poller(store, gateways, limiters, handle_poll)
    before = asyncio.all_tasks()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(poller.run())
        await asyncio.sleep(0)
        yield Watched(store, poller, limiters, results)
        task.cancel()
    assert asyncio.all_tasks() == before


@asynccontextmanager
async def running_session(
    path: Path, gateways: Mapping[Source, Gateway], *, jobs: int = 10, slots: int = 1
) -> AsyncIterator[Session]:
    """Poll so many jobs of each source until the end of the block, without saving them.

    Their ids are those of `job_of`. `slots` are the polls in flight of a profile.
    """
    store = Store(path)
    for source in gateways:
        for number in range(jobs):
            store.put(job_of(source, number))
    session = Session(
        store,
        endpoints=BUILT_IN,
        now=time_of_day,
        on_poll=lambda *_: None,
        on_external_change=lambda: None,
    )

    @asynccontextmanager
    async def connect() -> AsyncIterator[Mapping[Source, Gateway]]:
        yield gateways

    task = asyncio.create_task(session.poll(connect, STEADY, slots, seeded_random(7)))
    await asyncio.sleep(0)
    try:
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
