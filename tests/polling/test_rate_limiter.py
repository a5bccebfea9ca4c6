"""What a 429 does to the polls of an endpoint."""

import asyncio

import pytest

from kling_tui.gateways import ErrorKind, GatewayError
from kling_tui.polling.clock import loop_time
from kling_tui.polling.endpoint_status import Health
from kling_tui.polling.rate_limiter import MAX_SLOWDOWN
from kling_tui.polling.wakeup import Wakeup
from tests.support.virtual_gateway import (
    RUNNING,
    STEADY,
    UNAUTHORIZED,
    UNREACHABLE,
    answering,
    health_of,
    max_polls_in,
    new_limiter,
    poll_all,
    poll_once,
    rate_limited,
)
from tests.support.virtual_time import START, in_virtual_time, time_of_day_at, until

RATE_LIMITED = rate_limited(retry_after=30.0)


class TestRateLimit:
    """The effects of a 429."""

    @in_virtual_time
    async def test_no_job_is_polled_before_retry_after(self) -> None:
        """Then a single probe is polled first."""
        limiter, gateway = new_limiter(), answering(RATE_LIMITED, RUNNING)
        await poll_once(limiter, gateway)
        assert limiter.rate_limited_until
        assert health_of(limiter) is Health.THROTTLED
        assert limiter.status.message == RATE_LIMITED.message
        assert limiter.status.until
        assert (limiter.status.until - START).total_seconds() == 30.25
        await poll_all(limiter, gateway, 30)
        assert gateway.poll_times[1] >= 30.25
        assert not limiter.rate_limited_until
        assert gateway.max_in_flight == 1
        assert max_polls_in(gateway.poll_times, 1.0) <= 4

    @in_virtual_time
    async def test_other_endpoints_are_polled_as_usual(self) -> None:
        """They may even share the slots with it."""
        slots = asyncio.Semaphore(1)
        slowed, other = (new_limiter(STEADY, slots) for _ in range(2))
        await poll_once(slowed, answering(RATE_LIMITED))
        waiting = asyncio.create_task(poll_all(slowed, answering(RUNNING), 5))
        await poll_all(other, gateway := answering(RUNNING), 4)
        assert gateway.poll_times[-1] < 2.0
        assert not other.rate_limited_until
        await waiting

    @in_virtual_time
    async def test_user_cannot_override_a_rate_limit(self) -> None:
        """Forced polls wait too, and are spread afterwards."""
        limiter, gateway = new_limiter(slots=256), answering(RATE_LIMITED, RUNNING)
        await poll_once(limiter, gateway)
        wakeups = [Wakeup() for _ in range(40)]
        polls = [asyncio.create_task(limiter.poll(gateway, "job", wakeup)) for wakeup in wakeups]
        await until(5.0)
        limiter.allow_probe()
        for wakeup in wakeups:
            wakeup.force_poll()
        await asyncio.gather(*polls)
        assert gateway.poll_times[1] >= 30.25
        assert max_polls_in(gateway.poll_times[1:], 0.5) <= 8

    @in_virtual_time
    async def test_429_without_retry_after_doubles_the_intervals(self) -> None:
        """Polls wait for one doubled interval."""
        limiter = new_limiter()
        await poll_once(limiter, answering(GatewayError(ErrorKind.RATE_LIMITED, "busy")))
        assert limiter.status.slowdown == 2.0
        assert limiter.interval(1) == 10.0
        assert limiter.interval(1, remaining=0.0) == 5.0
        await poll_once(limiter, gateway := answering(RUNNING))
        assert gateway.poll_times[0] >= 10.25

    @in_virtual_time
    async def test_successive_429s_double_the_slowdown_up_to_a_maximum(self) -> None:
        """Each is the answer to a probe."""
        limiter = new_limiter()
        slowdowns = []
        for _ in range(5):
            await poll_once(limiter, answering(RATE_LIMITED))
            slowdowns.append(limiter.status.slowdown)
        assert slowdowns == [2.0, 4.0, MAX_SLOWDOWN, MAX_SLOWDOWN, MAX_SLOWDOWN]

    @in_virtual_time
    async def test_concurrent_429s_count_as_one(self) -> None:
        """The slowdown is doubled once for polls that were in flight together."""
        limiter = new_limiter()
        await poll_all(limiter, answering(RATE_LIMITED), 8)
        assert limiter.status.slowdown == 2.0

    @in_virtual_time
    async def test_replies_reduce_the_slowdown_step_by_step(self) -> None:
        """There is at most one step in a first interval, however many replies come."""
        limiter, gateway = new_limiter(), answering(RATE_LIMITED, RUNNING)
        slowdowns = {}
        while loop_time() < 120:
            await poll_once(limiter, gateway)
            slowdowns[limiter.status.slowdown] = loop_time()
        assert list(slowdowns) == pytest.approx([2.0, 1.6, 1.28, 1.024, 1.0])
        times = list(slowdowns.values())
        assert times[3] - times[0] > 3 * 5.0
        assert health_of(limiter) is Health.HEALTHY
        assert limiter.status.message == ""
        assert limiter.status.until is None

    @in_virtual_time
    async def test_message_is_that_of_the_429_again_after_an_outage(self) -> None:
        """The outage is over, the slowdown is not."""
        limiter, gateway = (
            new_limiter(),
            answering(RATE_LIMITED, *[UNREACHABLE] * 3, RUNNING),
        )
        for _ in range(4):
            await poll_once(limiter, gateway)
        assert health_of(limiter) is Health.UNREACHABLE
        await poll_once(limiter, gateway)
        assert health_of(limiter) is Health.THROTTLED
        assert limiter.status.message == RATE_LIMITED.message

    @in_virtual_time
    async def test_success_during_the_wait_keeps_its_end(self) -> None:
        """Its poll began at the same moment as the wait."""
        limiter = new_limiter()
        async with asyncio.TaskGroup() as group:
            group.create_task(poll_once(limiter, answering(RATE_LIMITED, duration=0.0)))
            group.create_task(poll_once(limiter, answering(RUNNING)))
        assert health_of(limiter) is Health.THROTTLED
        assert limiter.status.until == time_of_day_at(30.0)

    @pytest.mark.parametrize("error", [UNAUTHORIZED, UNREACHABLE])
    def test_late_429_slows_polls_but_leaves_the_status(self, error: GatewayError) -> None:
        """Its poll began before a refused key or an outage was found."""

        @in_virtual_time
        async def scenario() -> None:
            limiter = new_limiter()
            late = asyncio.create_task(poll_once(limiter, answering(RATE_LIMITED, duration=5.0)))
            await until(1.0)
            await poll_once(limiter, answering(error))
            health = health_of(limiter)
            await late
            assert (health_of(limiter), limiter.status.message) == (health, error.message)
            assert limiter.status.slowdown == 2.0
            assert limiter.status.until
            assert limiter.status.until >= time_of_day_at(35.0)
            await poll_once(limiter, gateway := answering(RUNNING))
            assert gateway.poll_times[0] >= 35.0
            assert health_of(limiter) is Health.THROTTLED

        scenario()

    @in_virtual_time
    async def test_wait_of_another_process_holds_back_all_polls(self) -> None:
        """Forced polls too; a shorter wait changes nothing."""
        limiter, gateway, wakeup = new_limiter(), answering(RUNNING), Wakeup()
        wakeup.force_poll()
        limiter.hold_until(20.0)
        limiter.hold_until(5.0)
        assert limiter.rate_limited_until == time_of_day_at(20.0)
        await poll_once(limiter, gateway, wakeup=wakeup)
        assert gateway.poll_times[0] >= 20.0
        assert not limiter.rate_limited_until
