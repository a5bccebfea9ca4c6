"""A session that polls several profiles at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from kling_tui.gateways import BUILT_IN, ErrorKind, Gateway, GatewayError
from kling_tui.jobs import Source
from kling_tui.polling.endpoint_status import Health
from kling_tui.polling.session import Session
from kling_tui.storage.store import Store
from tests.support.jobs import a_job
from tests.support.virtual_time import (
    RUNNING,
    STEADY,
    VirtualGateway,
    in_virtual_time,
    seeded_random,
    time_of_day,
)

BUSY = GatewayError(
    ErrorKind.RATE_LIMITED, "the gateway asks for fewer polls (429)", retry_after=60.0
)
HERE, STUDIO = Source("i2v"), Source("i2v", "studio")


@asynccontextmanager
async def polling(path: Path, here: Gateway, studio: Gateway) -> AsyncIterator[Session]:
    """Poll ten jobs of each of two profiles until the end of the block, one poll at once."""
    store = Store(path)
    for number in range(10):
        job = a_job(f"{number}")
        store.put(job, replace(job, id=f"studio {number}", profile="studio"))
    session = Session(
        store,
        endpoints=BUILT_IN,
        now=time_of_day,
        on_poll=lambda *_: None,
        on_external_change=lambda: None,
    )

    @asynccontextmanager
    async def connect() -> AsyncIterator[dict[Source, Gateway]]:
        yield {HERE: here, STUDIO: studio}

    task = asyncio.create_task(session.poll(connect, STEADY, 1, seeded_random(7)))
    try:
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@in_virtual_time
async def test_what_is_in_flight_is_limited_for_each_profile(tmp_path: Path) -> None:
    """One whose answers take long takes nothing from another's part."""
    slow, fast = (
        VirtualGateway(lambda *_: RUNNING, duration=5.0),
        VirtualGateway(lambda *_: RUNNING),
    )
    async with polling(tmp_path / "jobs.toml", slow, fast):
        await asyncio.sleep(40.0)
    assert (slow.max_in_flight, fast.max_in_flight) == (1, 1)
    assert len(slow.polls) <= 9
    assert len(fast.polls) > 30


@in_virtual_time
async def test_who_asks_for_peace_has_it_alone(tmp_path: Path) -> None:
    """A person who asks about another profile's job is not told to wait."""
    busy, other = VirtualGateway(lambda *_: BUSY), VirtualGateway(lambda *_: RUNNING)
    async with polling(tmp_path / "jobs.toml", other, busy) as session:
        await asyncio.sleep(20.0)
        assert session.endpoint_statuses[STUDIO].health is Health.THROTTLED
        assert session.endpoint_statuses[HERE].health is Health.HEALTHY
        assert session.refresh([a_job("1")]) is None
        assert session.refresh([a_job("studio 1", profile="studio")]) is not None
