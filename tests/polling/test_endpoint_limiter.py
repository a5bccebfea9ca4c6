"""When the jobs of one endpoint are polled, and its status."""

import asyncio
import math

import pytest

from kling_tui.gateways import GatewayError
from kling_tui.polling.clock import loop_time
from kling_tui.polling.endpoint_status import Health
from kling_tui.polling.wakeup import Wakeup
from tests.support.virtual_gateway import (
    BAD_REQUEST,
    NOT_FOUND,
    RUNNING,
    SERVER_ERROR,
    STEADY,
    answering,
    health_of,
    max_polls_in,
    new_limiter,
    poll_all,
    poll_once,
)
from tests.support.virtual_time import START, in_virtual_time, until


class TestTurns:
    """Concurrency and pauses."""

    @in_virtual_time
    async def test_slots_limit_polls_in_flight_across_endpoints(self) -> None:
        """Two endpoints that share the slots use all of them."""
        slots = asyncio.Semaphore(3)
        gateway = answering(RUNNING)
        limiters = [new_limiter(STEADY, slots) for _ in range(2)]
        await asyncio.gather(*(poll_all(limiter, gateway, 10) for limiter in limiters))
        assert gateway.max_in_flight == 3
        assert loop_time() == pytest.approx(7 * 0.25)

    @in_virtual_time
    async def test_cancelled_poll_frees_its_slot(self) -> None:
        """The next poll starts at once."""
        limiter, gateway = new_limiter(slots=1), answering(RUNNING)
        task = asyncio.create_task(poll_once(limiter, gateway))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await poll_once(limiter, gateway) == RUNNING
        assert gateway.poll_times == [0.0, 0.1]

    @in_virtual_time
    async def test_pause_holds_back_all_but_forced_polls(self) -> None:
        """Afterwards the others are spread over a few seconds."""
        limiter, gateway, wakeup = new_limiter(slots=256), answering(RUNNING), Wakeup()
        limiter.allow_polls(-math.inf)
        forced = asyncio.create_task(limiter.poll(gateway, "forced", wakeup))
        waiting = asyncio.create_task(poll_all(limiter, gateway, 50))
        await until(1000.0)
        assert not gateway.polls
        wakeup.force_poll()
        await forced
        assert gateway.polls == [(1000.0, "forced")]
        assert not wakeup.forced
        await until(2000.0)
        limiter.allow_polls(math.inf)
        await waiting
        assert 2001 < gateway.poll_times[-1] <= 2002
        assert max_polls_in(gateway.poll_times, 0.2) < 15

    @in_virtual_time
    async def test_polls_are_allowed_until_a_time(self) -> None:
        """Nothing need happen at that time, and another call extends it."""
        limiter, gateway = new_limiter(slots=1), answering(RUNNING)
        limiter.allow_polls(until=3.0)
        await until(2.5)
        await poll_once(limiter, gateway)
        await until(3.0)
        waiting = asyncio.create_task(poll_once(limiter, gateway))
        await until(10.0)
        assert gateway.poll_times == [2.5]
        limiter.allow_polls(until=20.0)
        await waiting
        assert 10.0 <= gateway.poll_times[1] < 12.0

    @in_virtual_time
    async def test_pause_holds_back_a_poll_that_waits_for_a_slot(self) -> None:
        """The pause begins after its turn had come."""
        limiter, gateway = new_limiter(slots=1), answering(RUNNING)
        both = asyncio.create_task(poll_all(limiter, gateway, 2))
        await until(0.1)
        limiter.allow_polls(-math.inf)
        await until(500.0)
        assert len(gateway.polls) == 1
        limiter.allow_polls(math.inf)
        await both


class TestHealth:
    """The status of an endpoint that replies."""

    @in_virtual_time
    async def test_health_is_unknown_before_the_first_reply(self) -> None:
        """Afterwards it is healthy since that reply."""
        limiter = new_limiter()
        assert health_of(limiter) is Health.UNKNOWN
        await until(3.0)
        await poll_once(limiter, answering(RUNNING, duration=0.0))
        await until(9.0)
        await poll_once(limiter, answering(RUNNING))
        assert health_of(limiter) is Health.HEALTHY
        assert limiter.status.since
        assert (limiter.status.since - START).total_seconds() == 3.0

    @pytest.mark.parametrize("error", [NOT_FOUND, BAD_REQUEST])
    def test_errors_of_one_job_leave_the_endpoint_healthy(self, error: GatewayError) -> None:
        """An unknown or invalid id holds back no other job."""

        @in_virtual_time
        async def scenario() -> None:
            limiter = new_limiter()
            await poll_once(limiter, answering(error))
            assert health_of(limiter) is Health.HEALTHY
            await poll_all(limiter, gateway := answering(error, duration=0.0), 8)
            assert gateway.poll_times == [0.25] * 8

        scenario()

    @in_virtual_time
    async def test_server_error_holds_back_no_other_job(self) -> None:
        """The endpoint stays healthy."""
        limiter, gateway = new_limiter(), answering(RUNNING, SERVER_ERROR, RUNNING)
        for _ in range(3):
            await poll_once(limiter, gateway)
        assert gateway.poll_times == [0.0, 0.25, 0.5]
        assert health_of(limiter) is Health.HEALTHY
