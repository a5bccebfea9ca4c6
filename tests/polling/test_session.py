"""Sessions that poll several profiles, or share one job file, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from kling_tui.gateways import BUILT_IN, Gateway
from kling_tui.jobs import Source
from kling_tui.polling.endpoint_status import Health
from kling_tui.polling.leader import ELECTION_INTERVAL
from kling_tui.polling.session import Session
from kling_tui.storage.store import Store
from tests.support.jobs import a_job
from tests.support.virtual_gateway import RUNNING, STEADY, answering, rate_limited
from tests.support.virtual_time import in_virtual_time, seeded_random, time_of_day, until

DEFAULT, STUDIO = Source("i2v"), Source("i2v", "studio")


@asynccontextmanager
async def polling(path: Path, gateways: Mapping[Source, Gateway]) -> AsyncIterator[Session]:
    """Poll ten jobs of each source until the end of the block, one at a time per profile."""
    store = Store(path)
    for source in gateways:
        for number in range(10):
            job_id = f"{source.profile} {number}".strip()
            store.put(replace(a_job(job_id), kind=source.kind, profile=source.profile))
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

    task = asyncio.create_task(session.poll(connect, STEADY, 1, seeded_random(7)))
    try:
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@in_virtual_time
async def test_concurrency_is_limited_for_each_profile(tmp_path: Path) -> None:
    """A slow profile takes no slots from another."""
    slow, fast = answering(RUNNING, duration=5.0), answering(RUNNING)
    async with polling(tmp_path / "jobs.toml", {DEFAULT: slow, STUDIO: fast}):
        await until(40.0)
    assert (slow.max_in_flight, fast.max_in_flight) == (1, 1)
    assert len(slow.polls) <= 9
    assert len(fast.polls) > 30


@in_virtual_time
async def test_rate_limit_applies_to_one_profile_only(tmp_path: Path) -> None:
    """A refresh of another profile's job does not wait."""
    limited, other = answering(rate_limited(retry_after=60.0)), answering(RUNNING)
    async with polling(tmp_path / "jobs.toml", {DEFAULT: other, STUDIO: limited}) as session:
        await until(20.0)
        assert session.endpoint_statuses[STUDIO].health is Health.THROTTLED
        assert session.endpoint_statuses[DEFAULT].health is Health.HEALTHY
        assert session.refresh([a_job("1")]) is None
        assert session.refresh([a_job("studio 1", profile="studio")]) is not None


@pytest.mark.parametrize("paused", [True, False])
def test_follower_takes_over_within_an_election_interval(tmp_path: Path, *, paused: bool) -> None:
    """It polls nothing while another session on the job file leads, until that pauses or ends."""
    path = tmp_path / "jobs.toml"

    @in_virtual_time
    async def scenario() -> None:
        first, second = answering(RUNNING), answering(RUNNING)
        async with AsyncExitStack() as leading, AsyncExitStack() as following:
            leader = await leading.enter_async_context(polling(path, {DEFAULT: first}))
            await until(0.1)
            follower = await following.enter_async_context(polling(path, {DEFAULT: second}))
            await until(20.0)
            assert (leader.is_leader, follower.is_leader) == (True, False)
            assert len(first.polls) > 10
            assert not second.polls

            if paused:
                leader.pause(paused=True)
            else:
                await leading.aclose()
            await until(20.0 + ELECTION_INTERVAL + 0.1)
            assert follower.is_leader
            polls_by_leader = len(first.polls)
            await until(40.0)
            assert len(first.polls) == polls_by_leader
            assert len(second.polls) > 10

    scenario()
