"""The pace that an endpoint's jobs share, in virtual time."""

import asyncio
import math
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.gateways import ErrorKind, GatewayError
from kling_tui.polling.backoff import MAX_BACKOFF_PERSISTENT, MAX_BACKOFF_TRANSIENT, PollSchedule
from kling_tui.polling.endpoint_limiter import EndpointLimiter
from kling_tui.polling.endpoint_status import Health
from kling_tui.polling.rate_limiter import MAX_SLOWDOWN
from kling_tui.polling.wakeup import Wakeup
from tests.support.virtual_time import (
    RUNNING,
    START,
    STEADY,
    UNREACHABLE,
    Outcome,
    VirtualGateway,
    health_of,
    in_virtual_time,
    loop_time,
    new_limiter,
)

BUSY = GatewayError(
    ErrorKind.RATE_LIMITED, "the gateway asks for fewer polls (429)", retry_after=30.0
)
REFUSED = GatewayError(ErrorKind.UNAUTHORIZED, "the gateway refuses the key (401)")
BROKEN = GatewayError(ErrorKind.SERVER_ERROR, "the gateway is in trouble (500)")
NOT_FOUND = GatewayError(ErrorKind.NOT_FOUND, "the gateway does not know this job (404)")
REJECTED = GatewayError(ErrorKind.BAD_REQUEST, "the gateway does not take this id (400)")


async def ask(limiter: EndpointLimiter, gateway: VirtualGateway, job_id: str = "job") -> Outcome:
    """Poll once, when it is its turn."""
    try:
        return await limiter.poll(gateway, job_id, Wakeup())
    except GatewayError as error:
        return error


async def ask_all(limiter: EndpointLimiter, gateway: VirtualGateway, jobs: int) -> None:
    """Poll for so many jobs at the same time."""
    await asyncio.gather(*(ask(limiter, gateway, f"job {index}") for index in range(jobs)))


async def until(at: float) -> None:
    """Wait for a second of the loop."""
    await asyncio.sleep(at - loop_time())


def answering(*outcomes: Outcome, takes: float = 0.25) -> VirtualGateway:
    """Return a gateway that gives these answers in turn, and the last one for ever."""
    rest = iter(outcomes[:-1])
    return VirtualGateway(lambda *_: next(rest, outcomes[-1]), takes)


def most_within(seconds: Iterable[float], span: float) -> int:
    """Return the largest number of moments that lie within a span of each other."""
    moments = sorted(seconds)
    return max(sum(0 <= each - begin < span for each in moments) for begin in moments)


class TestIntervals:
    """Seconds until a job's next poll."""

    @given(
        first=st.floats(0.1, 60),
        more=st.floats(0, 60),
        jitter=st.floats(0, 0.9),
        polls=st.integers(1, 10_000),
        seed=st.integers(0, 9),
    )
    @settings(max_examples=200)
    def test_bounds(self, first: float, more: float, jitter: float, polls: int, seed: int) -> None:
        """An interval lies between first and slowest, give or take the jitter."""
        schedule = PollSchedule(first, first + more, jitter)
        wait = new_limiter(schedule, seed=seed).interval(polls)
        assert first * (1 - jitter) * 0.999 <= wait <= (first + more) * (1 + jitter) * 1.001

    def test_growth(self) -> None:
        """It grows from the first to the slowest, and then no more."""
        waits = [new_limiter().interval(polls) for polls in range(1, 12)]
        assert waits[0] == 5.0
        assert all(later > earlier for earlier, later in pairwise(waits[:8]))
        assert waits[8:] == [15.0] * 3

    def test_jitter(self) -> None:
        """Jobs that were polled together drift apart."""
        limiter = new_limiter(PollSchedule(5.0, 15.0, 0.2))
        assert len({limiter.interval(1) for _ in range(20)}) == 20

    @pytest.mark.parametrize(
        ("left", "wait"),
        [(400.0, 15.0), (15.5, 15.0), (8.0, 8.0), (2.5, 2.5), (1.0, 2.5), (0.0, 2.5)],
    )
    def test_an_estimate(self, left: float, wait: float) -> None:
        """The poll comes near the expected end, never later nor much earlier than usual."""
        assert new_limiter().interval(50, left) == wait

    @given(first=st.floats(0.1, 60), left=st.floats(0, 1e9), polls=st.integers(1, 99))
    @settings(max_examples=100)
    def test_an_estimate_never_hurries_much(self, first: float, left: float, polls: int) -> None:
        """However near the end is said to be, half of the first interval passes."""
        limiter = new_limiter(PollSchedule(first, first * 3, 0.2))
        assert first / 2 <= limiter.interval(polls, left) <= first * 3 * 1.201

    @pytest.mark.parametrize(
        ("error", "waits"),
        [
            (UNREACHABLE, [10, 20, 40, 60, 60, 60]),
            (BROKEN, [10, 20, 40, 60, 60, 60]),
            (NOT_FOUND, [10, 20, 40, 80, 160, 320, 600, 600]),
            (REJECTED, [10, 20, 40, 80, 160, 320, 600, 600]),
            (REFUSED, [5, 5, 5]),  # the endpoint as a whole waits longer
            (BUSY, [30, 30, 40, 60, 60]),
        ],
    )
    def test_back_off(self, error: GatewayError, waits: list[float]) -> None:
        """Each miss lengthens the wait, to a limit that depends on what may help."""
        limiter = new_limiter()
        misses = range(1, len(waits) + 1)
        assert [limiter.retry_delay(count, error) for count in misses] == waits
        assert limiter.retry_delay(10**6, error) == waits[-1]

    def test_back_off_jitter(self) -> None:
        """Chance only makes such a wait longer, and what the gateway asks for is kept."""
        limiter = new_limiter(PollSchedule(5.0, 15.0, 0.5))
        waits = [limiter.retry_delay(1, UNREACHABLE) for _ in range(50)]
        assert 10 <= min(waits) < max(waits) <= 15
        assert min(limiter.retry_delay(1, BUSY) for _ in range(50)) == 30

    def test_back_off_is_never_faster_than_polls_that_succeed(self) -> None:
        """Where polls are rare by setting, tries after a fault are as rare."""
        limiter = new_limiter(PollSchedule(900.0, 3600.0, 0.0))
        assert limiter.retry_delay(1, UNREACHABLE) == 1800.0


class TestAlarm:
    """A sleep that can be cut short."""

    @in_virtual_time
    async def test_sleeps(self) -> None:
        """Left alone, it sleeps its time."""
        await Wakeup().sleep(7.5)
        assert loop_time() == 7.5

    @pytest.mark.parametrize("seconds", [9.0, math.inf])
    @pytest.mark.parametrize("stir", [Wakeup.force_poll, Wakeup.wake])
    def test_is_cut_short(self, stir: object, seconds: float) -> None:
        """A ring and a nudge both end a sleep, also one without end; only a ring is noted."""

        @in_virtual_time
        async def story() -> None:
            wakeup = Wakeup()
            asyncio.get_running_loop().call_later(3.0, stir, wakeup)  # type: ignore[arg-type]
            await wakeup.sleep(seconds)
            assert loop_time() == 3.0
            assert wakeup.forced == (stir is Wakeup.force_poll)
            await wakeup.sleep(4.0)
            assert loop_time() == 7.0

        story()

    @in_virtual_time
    async def test_a_ring_before_the_sleep(self) -> None:
        """Nobody sleeps through a ring that came first, but a quieted one is forgotten."""
        wakeup = Wakeup()
        wakeup.force_poll()
        await wakeup.sleep(9.0)
        assert loop_time() == 0.0
        wakeup.force_poll()
        wakeup.reset()
        await wakeup.sleep(9.0)
        assert (loop_time(), wakeup.forced) == (9.0, False)

    @in_virtual_time
    async def test_a_nudge_at_the_last_moment(self) -> None:
        """A nudge as the sleep ends by itself does not shorten the next one."""
        wakeup = Wakeup()
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(wakeup.sleep(3.0))
        await asyncio.sleep(0)
        loop.call_at(3.0, wakeup.wake)
        await task
        await wakeup.sleep(4.0)
        assert loop_time() == 7.0


class TestTurns:
    """Who may poll when."""

    @in_virtual_time
    async def test_not_too_many_at_once(self) -> None:
        """Two endpoints together have at most so many polls in flight, and use them all."""
        slots = asyncio.Semaphore(3)
        gateway = answering(RUNNING)
        limiters = [new_limiter(STEADY, slots) for _ in range(2)]
        await asyncio.gather(*(ask_all(limiter, gateway, 10) for limiter in limiters))
        assert gateway.max_in_flight == 3
        assert loop_time() == pytest.approx(7 * 0.25)

    @in_virtual_time
    async def test_a_poll_that_is_called_off(self) -> None:
        """It gives its place to the next."""
        limiter, gateway = new_limiter(slots=1), answering(RUNNING)
        task = asyncio.create_task(ask(limiter, gateway))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await ask(limiter, gateway) == RUNNING
        assert gateway.poll_times == [0.0, 0.1]

    @in_virtual_time
    async def test_paused(self) -> None:
        """While paused nothing is polled but what is rung; afterwards all go on, one by one."""
        limiter, gateway, wakeup = new_limiter(slots=256), answering(RUNNING), Wakeup()
        limiter.pause(paused=True)
        rung = asyncio.create_task(limiter.poll(gateway, "rung", wakeup))
        held = asyncio.create_task(ask_all(limiter, gateway, 50))
        await until(1000.0)
        assert not gateway.polls
        wakeup.force_poll()
        await rung
        assert gateway.polls == [(1000.0, "rung")]
        assert not wakeup.forced
        await until(2000.0)
        limiter.pause(paused=False)
        await held
        assert 2002 < gateway.poll_times[-1] <= 2004
        assert most_within(gateway.poll_times, 0.2) < 10

    @in_virtual_time
    async def test_paused_while_waiting_for_a_slot(self) -> None:
        """A poll that waits for another to end is held back too."""
        limiter, gateway = new_limiter(slots=1), answering(RUNNING)
        both = asyncio.create_task(ask_all(limiter, gateway, 2))
        await until(0.1)
        limiter.pause(paused=True)
        await until(500.0)
        assert len(gateway.polls) == 1
        limiter.pause(paused=False)
        await both


class TestAnswers:
    """How an endpoint that answers is described."""

    @in_virtual_time
    async def test_condition(self) -> None:
        """Nothing is claimed before the first answer, and the time of it is kept."""
        limiter = new_limiter()
        assert health_of(limiter) is Health.UNKNOWN
        await until(3.0)
        await ask(limiter, answering(RUNNING, takes=0.0))
        await until(9.0)
        await ask(limiter, answering(RUNNING))
        assert health_of(limiter) is Health.HEALTHY
        assert limiter.status.since
        assert (limiter.status.since - START).total_seconds() == 3.0

    @pytest.mark.parametrize("error", [NOT_FOUND, REJECTED])
    def test_faults_of_one_job(self, error: GatewayError) -> None:
        """A gateway that does not know or like one id does answer."""

        @in_virtual_time
        async def story() -> None:
            limiter = new_limiter()
            await ask(limiter, answering(error))
            assert health_of(limiter) is Health.HEALTHY
            await ask_all(limiter, gateway := answering(error, takes=0.0), 8)
            assert gateway.poll_times == [0.25] * 8

        story()

    @in_virtual_time
    async def test_trouble_is_no_reason_to_hold_others_back(self) -> None:
        """A gateway in trouble with one job is asked about the others."""
        limiter, gateway = new_limiter(), answering(RUNNING, BROKEN, RUNNING)
        for _ in range(3):
            await ask(limiter, gateway)
        assert gateway.poll_times == [0.0, 0.25, 0.5]
        assert health_of(limiter) is Health.HEALTHY


class TestBusy:
    """What a 429 does."""

    @in_virtual_time
    async def test_all_jobs_wait(self) -> None:
        """Until Retry-After has passed no job of the endpoint is polled; then one goes ahead."""
        limiter, gateway = new_limiter(), answering(BUSY, RUNNING)
        await ask(limiter, gateway)
        assert limiter.rate_limited_until
        assert health_of(limiter) is Health.THROTTLED
        assert limiter.status.message == BUSY.message
        assert limiter.status.until
        assert (limiter.status.until - START).total_seconds() == 30.25
        await ask_all(limiter, gateway, 30)
        assert gateway.poll_times[1] >= 30.25
        assert not limiter.rate_limited_until
        assert gateway.max_in_flight == 1
        assert most_within(gateway.poll_times, 1.0) <= 4

    @in_virtual_time
    async def test_the_other_endpoint_goes_on(self) -> None:
        """The peace of one endpoint is not the other's."""
        slots = asyncio.Semaphore(1)
        slowed, other = (new_limiter(STEADY, slots) for _ in range(2))
        await ask(slowed, answering(BUSY))
        waiting = asyncio.create_task(ask_all(slowed, answering(RUNNING), 5))
        await ask_all(other, gateway := answering(RUNNING), 4)
        assert gateway.poll_times[-1] < 2.0
        assert not other.rate_limited_until
        await waiting

    @in_virtual_time
    async def test_a_person_cannot_break_the_peace(self) -> None:
        """To ask at once is not to ask while peace was asked for, nor all together after it."""
        limiter, gateway = new_limiter(slots=256), answering(BUSY, RUNNING)
        await ask(limiter, gateway)
        alarms = [Wakeup() for _ in range(40)]
        polls = [asyncio.create_task(limiter.poll(gateway, "job", wakeup)) for wakeup in alarms]
        await until(5.0)
        limiter.allow_probe()
        for wakeup in alarms:
            wakeup.force_poll()
        await asyncio.gather(*polls)
        assert gateway.poll_times[1] >= 30.25
        assert most_within(gateway.poll_times[1:], 0.5) <= 8

    @in_virtual_time
    async def test_without_a_time(self) -> None:
        """A 429 that does not say how long doubles the usual intervals."""
        limiter = new_limiter()
        await ask(limiter, answering(GatewayError(ErrorKind.RATE_LIMITED, "busy")))
        assert limiter.status.slowdown == 2.0
        assert limiter.interval(1) == 10.0
        assert limiter.interval(1, remaining=0.0) == 5.0
        await ask(limiter, gateway := answering(RUNNING))
        assert gateway.poll_times[0] >= 10.25

    @in_virtual_time
    async def test_one_after_another(self) -> None:
        """One 429 upon another stretches the intervals further, to a limit."""
        limiter = new_limiter()
        stretches = []
        for _ in range(5):
            await ask(limiter, answering(BUSY))
            stretches.append(limiter.status.slowdown)
        assert stretches == [2.0, 4.0, MAX_SLOWDOWN, MAX_SLOWDOWN, MAX_SLOWDOWN]

    @in_virtual_time
    async def test_several_at_once_count_as_one(self) -> None:
        """Polls that were on their way together and all got a 429 stretch the intervals once."""
        limiter = new_limiter()
        await ask_all(limiter, answering(BUSY), 8)
        assert limiter.status.slowdown == 2.0

    @in_virtual_time
    async def test_it_eases(self) -> None:
        """Answers shorten the intervals again: step by step, and however many there are."""
        limiter, gateway = new_limiter(), answering(BUSY, RUNNING)
        stretches = {}
        while loop_time() < 120:
            await ask(limiter, gateway)
            stretches[limiter.status.slowdown] = loop_time()
        assert list(stretches) == pytest.approx([2.0, 1.6, 1.28, 1.024, 1.0])
        eased = list(stretches.values())
        assert eased[3] - eased[0] > 3 * 5.0
        assert health_of(limiter) is Health.HEALTHY
        assert limiter.status.message == ""
        assert limiter.status.until is None


class TestRefused:
    """What a refused key, an empty account or a forbidden endpoint does."""

    @in_virtual_time
    async def test_single_rare_probes(self) -> None:
        """All jobs wait, and ever more rarely one of them finds out."""
        limiter, gateway = new_limiter(), answering(REFUSED)
        async with asyncio.timeout(7200):
            await ask(limiter, gateway)
            assert health_of(limiter) is Health.UNAUTHORIZED
            assert limiter.status.message == REFUSED.message
            await ask_all(limiter, gateway, 9)
        waits = [later - earlier for earlier, later in pairwise(gateway.poll_times)]
        assert gateway.max_in_flight == 1
        expected = [60, 120, 240, 480, *[MAX_BACKOFF_PERSISTENT] * 5]
        assert all(least <= wait <= least + 6 for least, wait in zip(expected, waits, strict=True))

    @in_virtual_time
    async def test_at_once_when_a_person_asks(self) -> None:
        """A ring after `retry` polls on the spot, and a key that works lets all others follow."""
        limiter, gateway = new_limiter(slots=256), answering(REFUSED, RUNNING)
        await ask(limiter, gateway)
        others = asyncio.create_task(ask_all(limiter, gateway, 100))
        wakeup = Wakeup()
        rung = asyncio.create_task(limiter.poll(gateway, "rung", wakeup))
        await until(20.0)
        limiter.allow_probe()
        wakeup.force_poll()
        await rung
        assert gateway.polls[1:] == [(20.0, "rung")]
        assert health_of(limiter) is Health.HEALTHY
        await others
        assert gateway.poll_times[-1] < 26
        assert most_within(gateway.poll_times, 0.25) < 30

    @in_virtual_time
    async def test_still_refused_when_a_person_asks(self) -> None:
        """If it is still refused, nobody follows."""
        limiter, gateway = new_limiter(), answering(REFUSED)
        await ask(limiter, gateway)
        others = asyncio.create_task(ask_all(limiter, gateway, 100))
        wakeup = Wakeup()
        rung = asyncio.create_task(ask_with(limiter, gateway, wakeup))
        await until(20.0)
        limiter.allow_probe()
        wakeup.force_poll()
        await rung
        await until(100.0)
        assert gateway.poll_times == [0.0, 20.0]
        others.cancel()
        await asyncio.gather(others, return_exceptions=True)

    @in_virtual_time
    async def test_many_rings_are_one_probe(self) -> None:
        """All jobs rung at once still send one ahead, and do not follow all together."""
        limiter, gateway = new_limiter(slots=256), answering(REFUSED, RUNNING)
        await ask(limiter, gateway)
        alarms = [Wakeup() for _ in range(100)]
        polls = [asyncio.create_task(limiter.poll(gateway, "job", wakeup)) for wakeup in alarms]
        await until(20.0)
        for wakeup in alarms:
            limiter.allow_probe()
            wakeup.force_poll()
        await asyncio.gather(*polls)
        assert gateway.poll_times[1] == 20.0
        assert gateway.poll_times[2] >= 20.25
        assert most_within(gateway.poll_times, 0.25) < 30


class TestAway:
    """What a gateway out of reach does."""

    @in_virtual_time
    async def test_probes(self) -> None:
        """They come at growing intervals, to one a minute, and one at a time."""
        limiter, gateway = new_limiter(), answering(UNREACHABLE)
        await ask(limiter, gateway)
        assert health_of(limiter) is Health.UNREACHABLE
        await ask_all(limiter, gateway, 9)
        waits = [later - earlier for earlier, later in pairwise(gateway.poll_times)]
        assert gateway.max_in_flight == 1
        expected = [5, 10, 20, 40, *[MAX_BACKOFF_TRANSIENT] * 5]
        assert all(least <= wait <= least + 6 for least, wait in zip(expected, waits, strict=True))
        assert limiter.status.since
        assert (limiter.status.since - START).total_seconds() == 0.25

    @in_virtual_time
    async def test_recovery(self) -> None:
        """After the first answer the others follow, spread over the first interval."""
        limiter, gateway = (
            new_limiter(slots=256),
            answering(UNREACHABLE, UNREACHABLE, UNREACHABLE, RUNNING),
        )
        await ask(limiter, gateway)
        await ask_all(limiter, gateway, 200)
        assert health_of(limiter) is Health.HEALTHY
        back = gateway.poll_times[3]
        assert gateway.poll_times[4] > back
        assert most_within(gateway.poll_times, 0.25) < 30

    @in_virtual_time
    async def test_the_next_outage(self) -> None:
        """It begins with short waits again, however long the one before was."""
        limiter, gateway = (
            new_limiter(),
            answering(*[UNREACHABLE] * 6, RUNNING, UNREACHABLE, RUNNING),
        )
        for _ in range(7):
            await ask(limiter, gateway)
        await until(loop_time() + 60.0)
        await ask(limiter, gateway)
        await ask(limiter, gateway)
        assert 5 < gateway.poll_times[-1] - gateway.poll_times[-2] < 11

    @in_virtual_time
    async def test_one_blip(self) -> None:
        """A gateway that answered a moment ago is not away because of one poll."""
        limiter, gateway = new_limiter(), answering(RUNNING, UNREACHABLE, RUNNING)
        for _ in range(3):
            await ask(limiter, gateway)
        assert gateway.poll_times == [0.0, 0.25, 0.5]

    @in_virtual_time
    async def test_a_time_to_come_back(self) -> None:
        """A gateway that says when it will be there again is not asked before."""
        limiter = new_limiter()
        gateway = answering(
            GatewayError(ErrorKind.UNREACHABLE, "not available (503)", retry_after=300.0), RUNNING
        )
        await ask(limiter, gateway)
        await ask(limiter, gateway)
        assert 300.25 <= gateway.poll_times[1] <= 306

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (UNREACHABLE, Health.UNREACHABLE),
            (REFUSED, Health.UNAUTHORIZED),
            (BUSY, Health.THROTTLED),
        ],
    )
    def test_polls_that_were_on_their_way(self, error: GatewayError, expected: Health) -> None:
        """An answer to a poll from before the fault does not open the gate again."""

        @in_virtual_time
        async def story() -> None:
            limiter = new_limiter()
            slow = asyncio.create_task(ask(limiter, answering(RUNNING, takes=3.0)))
            slow_error = asyncio.create_task(ask(limiter, answering(UNREACHABLE, takes=4.0)))
            await until(1.0)
            await ask(limiter, answering(error))
            until_then = limiter.status.until
            await asyncio.gather(slow, slow_error)
            assert health_of(limiter) is expected
            assert limiter.status.until == until_then
            await ask(limiter, gateway := answering(RUNNING))
            assert gateway.poll_times[0] >= 6.25

        story()

    @in_virtual_time
    async def test_a_probe_that_is_called_off(self) -> None:
        """A probe that ends without an outcome, such as a removed job's, leaves it to the next."""
        limiter = new_limiter()
        await ask(limiter, answering(UNREACHABLE))
        await until(60.0)
        task = asyncio.create_task(ask(limiter, answering(RUNNING, takes=9.0)))
        await until(61.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await ask(limiter, gateway := answering(RUNNING))
        assert 65.0 <= gateway.poll_times[0] <= 70.0


async def ask_with(limiter: EndpointLimiter, gateway: VirtualGateway, wakeup: Wakeup) -> Outcome:
    """Poll once with an alarm of the test's own."""
    try:
        return await limiter.poll(gateway, "rung", wakeup)
    except GatewayError as error:
        return error
