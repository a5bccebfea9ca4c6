"""Probes of an endpoint that refuses the key or cannot be reached."""

import asyncio
import math
from itertools import pairwise

import pytest

from kling_tui.gateways import ErrorKind, GatewayError
from kling_tui.polling.backoff import MAX_BACKOFF_PERSISTENT, MAX_BACKOFF_TRANSIENT
from kling_tui.polling.circuit_breaker import CircuitBreaker, State
from kling_tui.polling.clock import loop_time
from kling_tui.polling.endpoint_status import Health
from kling_tui.polling.wakeup import Wakeup
from tests.support.virtual_gateway import (
    RUNNING,
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
from tests.support.virtual_time import START, in_virtual_time, until

RATE_LIMITED = rate_limited(retry_after=30.0)


class TestStates:
    """The transition table of the circuit breaker."""

    @staticmethod
    def open_breaker() -> CircuitBreaker:
        """Return a breaker that opened at second 100 for 60 seconds."""
        breaker = CircuitBreaker()
        breaker.trip(100.0, delay=60.0, max_delay=600.0)
        return breaker

    def test_closed_breaker_lets_polls_pass(self) -> None:
        """A poll changes nothing."""
        breaker = CircuitBreaker()
        breaker.begin_poll(100.0)
        assert (breaker.state, breaker.blocked_until) == (State.CLOSED, -math.inf)

    def test_trip_opens_it_for_a_doubling_delay(self) -> None:
        """The maximum limits the delay, but not the time that the gateway asks for."""
        breaker = self.open_breaker()
        delays = [breaker.blocked_until - 100.0]
        for _ in range(4):
            breaker.trip(0.0, delay=60.0, max_delay=600.0)
            delays.append(breaker.blocked_until)
        assert breaker.state is State.OPEN
        assert delays == [60.0, 120.0, 240.0, 480.0, 600.0]
        breaker.trip(0.0, delay=60.0, max_delay=600.0, retry_after=900.0)
        assert breaker.blocked_until == 900.0

    def test_probe_half_opens_it(self) -> None:
        """Other polls wait for the outcome, however long that takes."""
        breaker = self.open_breaker()
        breaker.begin_poll(160.0)
        assert (breaker.state, breaker.blocked_until) == (State.HALF_OPEN, math.inf)

    def test_probe_without_an_outcome_is_followed_by_another(self) -> None:
        """The end of a poll that is no probe, or not the last, changes nothing."""
        breaker = self.open_breaker()
        breaker.begin_poll(160.0)
        breaker.allow_probe()
        breaker.begin_poll(170.0)
        for began in (50.0, 160.0):
            breaker.end_poll(began)
            assert breaker.blocked_until == math.inf
        breaker.end_poll(170.0)
        assert (breaker.state, breaker.blocked_until) == (State.HALF_OPEN, -math.inf)

    def test_end_of_a_probe_does_not_change_its_outcome(self) -> None:
        """A probe that failed keeps the breaker open."""
        breaker = self.open_breaker()
        breaker.begin_poll(160.0)
        breaker.trip(161.0, delay=60.0, max_delay=600.0)
        breaker.end_poll(160.0)
        assert (breaker.state, breaker.blocked_until) == (State.OPEN, 281.0)

    def test_it_is_tripped_until_the_next_probe_may_pass(self) -> None:
        """A probe, a success and a 429 end that."""
        breaker = self.open_breaker()
        assert breaker.is_tripped(159.0)
        assert not breaker.is_tripped(160.0)
        breaker.begin_poll(160.0)
        assert not breaker.is_tripped(161.0)
        breaker.require_probe(161.0)
        assert not breaker.is_tripped(161.0)

    @pytest.mark.parametrize(
        ("throttled", "state"), [(False, State.CLOSED), (True, State.HALF_OPEN)]
    )
    def test_success_closes_it_unless_throttled(self, *, throttled: bool, state: State) -> None:
        """Either way the next poll passes at once, and the next delay is the first again."""
        breaker = self.open_breaker()
        breaker.begin_poll(160.0)
        breaker.record_success(throttled=throttled)
        assert (breaker.state, breaker.blocked_until) == (state, -math.inf)
        breaker.trip(0.0, delay=60.0, max_delay=600.0)
        assert (breaker.state, breaker.blocked_until) == (State.OPEN, 60.0)

    def test_429_requires_a_probe(self) -> None:
        """The delay is the rate limiter's."""
        breaker = CircuitBreaker()
        breaker.require_probe(100.0)
        assert (breaker.state, breaker.blocked_until) == (State.OPEN, -math.inf)
        breaker.begin_poll(100.0)
        assert (breaker.state, breaker.blocked_until) == (State.HALF_OPEN, math.inf)

    def test_user_may_probe_at_once(self) -> None:
        """The breaker stays open until the outcome."""
        breaker = self.open_breaker()
        breaker.allow_probe()
        assert (breaker.state, breaker.blocked_until) == (State.OPEN, -math.inf)

    def test_polls_begun_before_it_opened_are_outdated(self) -> None:
        """Those that begin at the same moment are not."""
        breaker = self.open_breaker()
        assert breaker.is_outdated(99.9)
        assert not breaker.is_outdated(100.0)


class TestRefusedKey:
    """A refused key, an empty account or a forbidden endpoint."""

    @in_virtual_time
    async def test_refused_endpoint_is_probed_ever_more_rarely(self) -> None:
        """All jobs wait for single probes."""
        limiter, gateway = new_limiter(), answering(UNAUTHORIZED)
        async with asyncio.timeout(7200):
            await poll_once(limiter, gateway)
            assert health_of(limiter) is Health.UNAUTHORIZED
            assert limiter.status.message == UNAUTHORIZED.message
            await poll_all(limiter, gateway, 9)
        waits = [later - earlier for earlier, later in pairwise(gateway.poll_times)]
        assert gateway.max_in_flight == 1
        expected = [60, 120, 240, 480, *[MAX_BACKOFF_PERSISTENT] * 5]
        assert all(
            minimum <= wait <= minimum + 6 for minimum, wait in zip(expected, waits, strict=True)
        )

    @in_virtual_time
    async def test_user_can_probe_at_once(self) -> None:
        """If the key is accepted, the other jobs follow."""
        limiter, gateway = new_limiter(slots=256), answering(UNAUTHORIZED, RUNNING)
        await poll_once(limiter, gateway)
        others = asyncio.create_task(poll_all(limiter, gateway, 100))
        wakeup = Wakeup()
        forced = asyncio.create_task(limiter.poll(gateway, "forced", wakeup))
        await until(20.0)
        limiter.allow_probe()
        wakeup.force_poll()
        await forced
        assert gateway.polls[1:] == [(20.0, "forced")]
        assert health_of(limiter) is Health.HEALTHY
        await others
        assert gateway.poll_times[-1] < 26
        assert max_polls_in(gateway.poll_times, 0.25) < 30

    @in_virtual_time
    async def test_failed_probe_of_the_user_lets_no_job_follow(self) -> None:
        """The others wait for the next probe."""
        limiter, gateway = new_limiter(), answering(UNAUTHORIZED)
        await poll_once(limiter, gateway)
        others = asyncio.create_task(poll_all(limiter, gateway, 100))
        wakeup = Wakeup()
        forced = asyncio.create_task(poll_once(limiter, gateway, wakeup=wakeup))
        await until(20.0)
        limiter.allow_probe()
        wakeup.force_poll()
        await forced
        await until(100.0)
        assert gateway.poll_times == [0.0, 20.0]
        others.cancel()
        await asyncio.gather(others, return_exceptions=True)

    @in_virtual_time
    async def test_many_forced_polls_make_one_probe(self) -> None:
        """The others follow the probe, spread over some seconds."""
        limiter, gateway = new_limiter(slots=256), answering(UNAUTHORIZED, RUNNING)
        await poll_once(limiter, gateway)
        wakeups = [Wakeup() for _ in range(100)]
        polls = [asyncio.create_task(limiter.poll(gateway, "job", wakeup)) for wakeup in wakeups]
        await until(20.0)
        for wakeup in wakeups:
            limiter.allow_probe()
            wakeup.force_poll()
        await asyncio.gather(*polls)
        assert gateway.poll_times[1] == 20.0
        assert gateway.poll_times[2] >= 20.25
        assert max_polls_in(gateway.poll_times, 0.25) < 30


class TestOutage:
    """A gateway that cannot be reached."""

    @in_virtual_time
    async def test_probe_delays_double_up_to_a_minute(self) -> None:
        """There is one probe at a time."""
        limiter, gateway = new_limiter(), answering(UNREACHABLE)
        await poll_once(limiter, gateway)
        assert health_of(limiter) is Health.UNREACHABLE
        await poll_all(limiter, gateway, 9)
        waits = [later - earlier for earlier, later in pairwise(gateway.poll_times)]
        assert gateway.max_in_flight == 1
        expected = [5, 10, 20, 40, *[MAX_BACKOFF_TRANSIENT] * 5]
        assert all(
            minimum <= wait <= minimum + 6 for minimum, wait in zip(expected, waits, strict=True)
        )
        assert limiter.status.since
        assert (limiter.status.since - START).total_seconds() == 0.25

    @in_virtual_time
    async def test_jobs_are_spread_after_an_outage(self) -> None:
        """They follow the first reply, over one first interval."""
        limiter, gateway = (
            new_limiter(slots=256),
            answering(UNREACHABLE, UNREACHABLE, UNREACHABLE, RUNNING),
        )
        await poll_once(limiter, gateway)
        await poll_all(limiter, gateway, 200)
        assert health_of(limiter) is Health.HEALTHY
        back = gateway.poll_times[3]
        assert gateway.poll_times[4] > back
        assert max_polls_in(gateway.poll_times, 0.25) < 30

    @in_virtual_time
    async def test_next_outage_starts_with_short_delays(self) -> None:
        """A reply resets the delay."""
        limiter, gateway = (
            new_limiter(),
            answering(*[UNREACHABLE] * 6, RUNNING, UNREACHABLE, RUNNING),
        )
        for _ in range(7):
            await poll_once(limiter, gateway)
        await until(loop_time() + 60.0)
        await poll_once(limiter, gateway)
        await poll_once(limiter, gateway)
        assert 5 < gateway.poll_times[-1] - gateway.poll_times[-2] < 11

    @in_virtual_time
    async def test_single_failure_after_a_reply_is_no_outage(self) -> None:
        """The next poll is not held back."""
        limiter, gateway = new_limiter(), answering(RUNNING, UNREACHABLE, RUNNING)
        for _ in range(3):
            await poll_once(limiter, gateway)
        assert gateway.poll_times == [0.0, 0.25, 0.5]

    @in_virtual_time
    async def test_retry_after_delays_the_probe(self) -> None:
        """A 503 may say when the gateway will be back."""
        limiter = new_limiter()
        gateway = answering(
            GatewayError(ErrorKind.UNREACHABLE, "not available (503)", retry_after=300.0), RUNNING
        )
        await poll_once(limiter, gateway)
        await poll_once(limiter, gateway)
        assert 300.25 <= gateway.poll_times[1] <= 306

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (UNREACHABLE, Health.UNREACHABLE),
            (UNAUTHORIZED, Health.UNAUTHORIZED),
            (RATE_LIMITED, Health.THROTTLED),
        ],
    )
    def test_outcomes_of_polls_begun_before_the_error_are_ignored(
        self, error: GatewayError, expected: Health
    ) -> None:
        """A late reply does not close the circuit breaker."""

        @in_virtual_time
        async def scenario() -> None:
            limiter = new_limiter()
            slow = asyncio.create_task(poll_once(limiter, answering(RUNNING, duration=3.0)))
            failing = asyncio.create_task(poll_once(limiter, answering(UNREACHABLE, duration=4.0)))
            await until(1.0)
            await poll_once(limiter, answering(error))
            expected_until = limiter.status.until
            await asyncio.gather(slow, failing)
            assert health_of(limiter) is expected
            assert limiter.status.until == expected_until
            await poll_once(limiter, gateway := answering(RUNNING))
            assert gateway.poll_times[0] >= 6.25

        scenario()

    @in_virtual_time
    async def test_cancelled_probe_is_followed_by_another(self) -> None:
        """A probe has no outcome if its job is removed; the others wait no longer."""
        limiter = new_limiter()
        await poll_once(limiter, answering(UNREACHABLE))
        await until(60.0)
        task = asyncio.create_task(poll_once(limiter, answering(RUNNING, duration=9.0)))
        gateway = answering(RUNNING)
        other = asyncio.create_task(poll_once(limiter, gateway))
        await until(68.0)
        assert not gateway.polls
        task.cancel()
        await other
        assert 68.0 <= gateway.poll_times[0] <= 73.0

    @in_virtual_time
    async def test_slow_probe_is_the_only_one(self) -> None:
        """It may take longer than the first interval."""
        limiter, gateway = new_limiter(), answering(UNREACHABLE, RUNNING, duration=30.0)
        await poll_once(limiter, gateway)
        await poll_all(limiter, gateway, 20)
        probe_at, next_at = gateway.poll_times[1:3]
        assert next_at >= probe_at + 30.0
