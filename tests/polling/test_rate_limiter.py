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
    answering,
    health_of,
    max_polls_in,
    new_limiter,
    poll_all,
    poll_once,
    rate_limited,
)
from tests.support.virtual_time import START, in_virtual_time, until

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
