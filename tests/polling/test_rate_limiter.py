"""The pace that an endpoint's jobs share, in virtual time."""

import asyncio
import math
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.gateways import Fault, GatewayError
from kling_tui.polling.rate_limiter import (
    LONGEST_SLOWLY,
    LONGEST_SOON,
    MOST_STRETCH,
    Alarm,
    Cadence,
    Health,
    Pace,
)
from tests.support.virtual_time import (
    AWAY,
    RUNNING,
    START,
    STEADY,
    Outcome,
    VirtualGateway,
    health,
    in_virtual_time,
    new_pace,
    second,
)

BUSY = GatewayError(Fault.BUSY, "the gateway asks for fewer polls (429)", after=30.0)
REFUSED = GatewayError(Fault.REFUSED, "the gateway refuses the key (401)")
BROKEN = GatewayError(Fault.BROKEN, "the gateway is in trouble (500)")
NOT_FOUND = GatewayError(Fault.NOT_FOUND, "the gateway does not know this job (404)")
REJECTED = GatewayError(Fault.REJECTED, "the gateway does not take this id (400)")


async def ask(pace: Pace, gateway: VirtualGateway, job_id: str = "job") -> Outcome:
    """Poll once, when it is its turn."""
    try:
        return await pace.ask(gateway, job_id, Alarm())
    except GatewayError as error:
        return error


async def ask_all(pace: Pace, gateway: VirtualGateway, jobs: int) -> None:
    """Poll for so many jobs at the same time."""
    await asyncio.gather(*(ask(pace, gateway, f"job {index}") for index in range(jobs)))


async def until(at: float) -> None:
    """Wait for a second of the loop."""
    await asyncio.sleep(at - second())


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
    @settings(deadline=None, max_examples=200)
    def test_bounds(self, first: float, more: float, jitter: float, polls: int, seed: int) -> None:
        """An interval lies between first and slowest, give or take the jitter."""
        cadence = Cadence(first, first + more, jitter)
        wait = new_pace(cadence, seed=seed).interval(polls)
        assert first * (1 - jitter) * 0.999 <= wait <= (first + more) * (1 + jitter) * 1.001

    def test_growth(self) -> None:
        """It grows from the first to the slowest, and then no more."""
        waits = [new_pace().interval(polls) for polls in range(1, 12)]
        assert waits[0] == 5.0
        assert all(later > earlier for earlier, later in pairwise(waits[:8]))
        assert waits[8:] == [15.0] * 3

    def test_jitter(self) -> None:
        """Jobs that were polled together drift apart."""
        pace = new_pace(Cadence(5.0, 15.0, 0.2))
        assert len({pace.interval(1) for _ in range(20)}) == 20

    @pytest.mark.parametrize(
        ("left", "wait"),
        [(400.0, 15.0), (15.5, 15.0), (8.0, 8.0), (2.5, 2.5), (1.0, 2.5), (0.0, 2.5)],
    )
    def test_an_estimate(self, left: float, wait: float) -> None:
        """The poll comes near the expected end, never later nor much earlier than usual."""
        assert new_pace().interval(50, left) == wait

    @given(first=st.floats(0.1, 60), left=st.floats(0, 1e9), polls=st.integers(1, 99))
    @settings(deadline=None, max_examples=100)
    def test_an_estimate_never_hurries_much(self, first: float, left: float, polls: int) -> None:
        """However near the end is said to be, half of the first interval passes."""
        pace = new_pace(Cadence(first, first * 3, 0.2))
        assert first / 2 <= pace.interval(polls, left) <= first * 3 * 1.201

    @pytest.mark.parametrize(
        ("error", "waits"),
        [
            (AWAY, [10, 20, 40, 60, 60, 60]),
            (BROKEN, [10, 20, 40, 60, 60, 60]),
            (NOT_FOUND, [10, 20, 40, 80, 160, 320, 600, 600]),
            (REJECTED, [10, 20, 40, 80, 160, 320, 600, 600]),
            (REFUSED, [5, 5, 5]),  # the endpoint as a whole waits longer
            (BUSY, [30, 30, 40, 60, 60]),
        ],
    )
    def test_back_off(self, error: GatewayError, waits: list[float]) -> None:
        """Each miss lengthens the wait, to a limit that depends on what may help."""
        pace = new_pace()
        misses = range(1, len(waits) + 1)
        assert [pace.back_off(count, error) for count in misses] == waits
        assert pace.back_off(10**6, error) == waits[-1]

    def test_back_off_jitter(self) -> None:
        """Chance only makes such a wait longer, and what the gateway asks for is kept."""
        pace = new_pace(Cadence(5.0, 15.0, 0.5))
        waits = [pace.back_off(1, AWAY) for _ in range(50)]
        assert 10 <= min(waits) < max(waits) <= 15
        assert min(pace.back_off(1, BUSY) for _ in range(50)) == 30

    def test_back_off_is_never_faster_than_polls_that_succeed(self) -> None:
        """Where polls are rare by setting, tries after a fault are as rare."""
        pace = new_pace(Cadence(900.0, 3600.0, 0.0))
        assert pace.back_off(1, AWAY) == 1800.0


class TestAlarm:
    """A sleep that can be cut short."""

    @in_virtual_time
    async def test_sleeps(self) -> None:
        """Left alone, it sleeps its time."""
        await Alarm().sleep(7.5)
        assert second() == 7.5

    @pytest.mark.parametrize("seconds", [9.0, math.inf])
    @pytest.mark.parametrize("stir", [Alarm.ring, Alarm.nudge])
    def test_is_cut_short(self, stir: object, seconds: float) -> None:
        """A ring and a nudge both end a sleep, also one without end; only a ring is noted."""

        @in_virtual_time
        async def story() -> None:
            alarm = Alarm()
            asyncio.get_running_loop().call_later(3.0, stir, alarm)  # type: ignore[arg-type]
            await alarm.sleep(seconds)
            assert second() == 3.0
            assert alarm.rung == (stir is Alarm.ring)
            await alarm.sleep(4.0)
            assert second() == 7.0

        story()

    @in_virtual_time
    async def test_a_ring_before_the_sleep(self) -> None:
        """Nobody sleeps through a ring that came first, but a quieted one is forgotten."""
        alarm = Alarm()
        alarm.ring()
        await alarm.sleep(9.0)
        assert second() == 0.0
        alarm.ring()
        alarm.quiet()
        await alarm.sleep(9.0)
        assert (second(), alarm.rung) == (9.0, False)

    @in_virtual_time
    async def test_a_nudge_at_the_last_moment(self) -> None:
        """A nudge as the sleep ends by itself does not shorten the next one."""
        alarm = Alarm()
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(alarm.sleep(3.0))
        await asyncio.sleep(0)
        loop.call_at(3.0, alarm.nudge)
        await task
        await alarm.sleep(4.0)
        assert second() == 7.0


class TestTurns:
    """Who may poll when."""

    @in_virtual_time
    async def test_not_too_many_at_once(self) -> None:
        """Two endpoints together have at most so many polls in flight, and use them all."""
        slots = asyncio.Semaphore(3)
        gateway = answering(RUNNING)
        paces = [new_pace(STEADY, slots) for _ in range(2)]
        await asyncio.gather(*(ask_all(pace, gateway, 10) for pace in paces))
        assert gateway.most_in_flight == 3
        assert second() == pytest.approx(7 * 0.25)

    @in_virtual_time
    async def test_a_poll_that_is_called_off(self) -> None:
        """It gives its place to the next."""
        pace, gateway = new_pace(slots=1), answering(RUNNING)
        task = asyncio.create_task(ask(pace, gateway))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await ask(pace, gateway) == RUNNING
        assert gateway.seconds == [0.0, 0.1]

    @in_virtual_time
    async def test_paused(self) -> None:
        """While paused nothing is polled but what is rung; afterwards all go on, one by one."""
        pace, gateway, alarm = new_pace(slots=256), answering(RUNNING), Alarm()
        pace.pause(paused=True)
        rung = asyncio.create_task(pace.ask(gateway, "rung", alarm))
        held = asyncio.create_task(ask_all(pace, gateway, 50))
        await until(1000.0)
        assert not gateway.asked
        alarm.ring()
        await rung
        assert gateway.asked == [(1000.0, "rung")]
        assert not alarm.rung
        await until(2000.0)
        pace.pause(paused=False)
        await held
        assert 2002 < gateway.seconds[-1] <= 2004
        assert most_within(gateway.seconds, 0.2) < 10

    @in_virtual_time
    async def test_paused_while_waiting_for_a_slot(self) -> None:
        """A poll that waits for another to end is held back too."""
        pace, gateway = new_pace(slots=1), answering(RUNNING)
        both = asyncio.create_task(ask_all(pace, gateway, 2))
        await until(0.1)
        pace.pause(paused=True)
        await until(500.0)
        assert len(gateway.asked) == 1
        pace.pause(paused=False)
        await both


class TestAnswers:
    """How an endpoint that answers is described."""

    @in_virtual_time
    async def test_condition(self) -> None:
        """Nothing is claimed before the first answer, and the time of it is kept."""
        pace = new_pace()
        assert health(pace) is Health.UNASKED
        await until(3.0)
        await ask(pace, answering(RUNNING, takes=0.0))
        await until(9.0)
        await ask(pace, answering(RUNNING))
        assert health(pace) is Health.ANSWERS
        assert pace.condition.since
        assert (pace.condition.since - START).total_seconds() == 3.0

    @pytest.mark.parametrize("error", [NOT_FOUND, REJECTED])
    def test_faults_of_one_job(self, error: GatewayError) -> None:
        """A gateway that does not know or like one id does answer."""

        @in_virtual_time
        async def story() -> None:
            pace = new_pace()
            await ask(pace, answering(error))
            assert health(pace) is Health.ANSWERS
            await ask_all(pace, gateway := answering(error, takes=0.0), 8)
            assert gateway.seconds == [0.25] * 8

        story()

    @in_virtual_time
    async def test_trouble_is_no_reason_to_hold_others_back(self) -> None:
        """A gateway in trouble with one job is asked about the others."""
        pace, gateway = new_pace(), answering(RUNNING, BROKEN, RUNNING)
        for _ in range(3):
            await ask(pace, gateway)
        assert gateway.seconds == [0.0, 0.25, 0.5]
        assert health(pace) is Health.ANSWERS


class TestBusy:
    """What a 429 does."""

    @in_virtual_time
    async def test_all_jobs_wait(self) -> None:
        """Until Retry-After has passed no job of the endpoint is polled; then one goes ahead."""
        pace, gateway = new_pace(), answering(BUSY, RUNNING)
        await ask(pace, gateway)
        assert pace.at_peace
        assert health(pace) is Health.SLOWED
        assert pace.condition.words == BUSY.words
        assert pace.condition.until
        assert (pace.condition.until - START).total_seconds() == 30.25
        await ask_all(pace, gateway, 30)
        assert gateway.seconds[1] >= 30.25
        assert not pace.at_peace
        assert gateway.most_in_flight == 1
        assert most_within(gateway.seconds, 1.0) <= 4

    @in_virtual_time
    async def test_the_other_endpoint_goes_on(self) -> None:
        """The peace of one endpoint is not the other's."""
        slots = asyncio.Semaphore(1)
        slowed, other = (new_pace(STEADY, slots) for _ in range(2))
        await ask(slowed, answering(BUSY))
        waiting = asyncio.create_task(ask_all(slowed, answering(RUNNING), 5))
        await ask_all(other, gateway := answering(RUNNING), 4)
        assert gateway.seconds[-1] < 2.0
        assert not other.at_peace
        await waiting

    @in_virtual_time
    async def test_a_person_cannot_break_the_peace(self) -> None:
        """To ask at once is not to ask while peace was asked for, nor all together after it."""
        pace, gateway = new_pace(slots=256), answering(BUSY, RUNNING)
        await ask(pace, gateway)
        alarms = [Alarm() for _ in range(40)]
        polls = [asyncio.create_task(pace.ask(gateway, "job", alarm)) for alarm in alarms]
        await until(5.0)
        pace.retry()
        for alarm in alarms:
            alarm.ring()
        await asyncio.gather(*polls)
        assert gateway.seconds[1] >= 30.25
        assert most_within(gateway.seconds[1:], 0.5) <= 8

    @in_virtual_time
    async def test_without_a_time(self) -> None:
        """A 429 that does not say how long doubles the usual intervals."""
        pace = new_pace()
        await ask(pace, answering(GatewayError(Fault.BUSY, "busy")))
        assert pace.condition.stretch == 2.0
        assert pace.interval(1) == 10.0
        assert pace.interval(1, left=0.0) == 5.0
        await ask(pace, gateway := answering(RUNNING))
        assert gateway.seconds[0] >= 10.25

    @in_virtual_time
    async def test_one_after_another(self) -> None:
        """One 429 upon another stretches the intervals further, to a limit."""
        pace = new_pace()
        stretches = []
        for _ in range(5):
            await ask(pace, answering(BUSY))
            stretches.append(pace.condition.stretch)
        assert stretches == [2.0, 4.0, MOST_STRETCH, MOST_STRETCH, MOST_STRETCH]

    @in_virtual_time
    async def test_several_at_once_count_as_one(self) -> None:
        """Polls that were on their way together and all got a 429 stretch the intervals once."""
        pace = new_pace()
        await ask_all(pace, answering(BUSY), 8)
        assert pace.condition.stretch == 2.0

    @in_virtual_time
    async def test_it_eases(self) -> None:
        """Answers shorten the intervals again: step by step, and however many there are."""
        pace, gateway = new_pace(), answering(BUSY, RUNNING)
        stretches = {}
        while second() < 120:
            await ask(pace, gateway)
            stretches[pace.condition.stretch] = second()
        assert list(stretches) == pytest.approx([2.0, 1.6, 1.28, 1.024, 1.0])
        eased = list(stretches.values())
        assert eased[3] - eased[0] > 3 * 5.0
        assert health(pace) is Health.ANSWERS
        assert pace.condition.words == ""
        assert pace.condition.until is None


class TestRefused:
    """What a refused key, an empty account or a forbidden endpoint does."""

    @in_virtual_time
    async def test_single_rare_probes(self) -> None:
        """All jobs wait, and ever more rarely one of them finds out."""
        pace, gateway = new_pace(), answering(REFUSED)
        async with asyncio.timeout(7200):
            await ask(pace, gateway)
            assert health(pace) is Health.REFUSES
            assert pace.condition.words == REFUSED.words
            await ask_all(pace, gateway, 9)
        waits = [later - earlier for earlier, later in pairwise(gateway.seconds)]
        assert gateway.most_in_flight == 1
        expected = [60, 120, 240, 480, *[LONGEST_SLOWLY] * 5]
        assert all(least <= wait <= least + 6 for least, wait in zip(expected, waits, strict=True))

    @in_virtual_time
    async def test_at_once_when_a_person_asks(self) -> None:
        """A ring after `retry` polls on the spot, and a key that works lets all others follow."""
        pace, gateway = new_pace(slots=256), answering(REFUSED, RUNNING)
        await ask(pace, gateway)
        others = asyncio.create_task(ask_all(pace, gateway, 100))
        alarm = Alarm()
        rung = asyncio.create_task(pace.ask(gateway, "rung", alarm))
        await until(20.0)
        pace.retry()
        alarm.ring()
        await rung
        assert gateway.asked[1:] == [(20.0, "rung")]
        assert health(pace) is Health.ANSWERS
        await others
        assert gateway.seconds[-1] < 26
        assert most_within(gateway.seconds, 0.25) < 30

    @in_virtual_time
    async def test_still_refused_when_a_person_asks(self) -> None:
        """If it is still refused, nobody follows."""
        pace, gateway = new_pace(), answering(REFUSED)
        await ask(pace, gateway)
        others = asyncio.create_task(ask_all(pace, gateway, 100))
        alarm = Alarm()
        rung = asyncio.create_task(ask_with(pace, gateway, alarm))
        await until(20.0)
        pace.retry()
        alarm.ring()
        await rung
        await until(100.0)
        assert gateway.seconds == [0.0, 20.0]
        others.cancel()
        await asyncio.gather(others, return_exceptions=True)

    @in_virtual_time
    async def test_many_rings_are_one_probe(self) -> None:
        """All jobs rung at once still send one ahead, and do not follow all together."""
        pace, gateway = new_pace(slots=256), answering(REFUSED, RUNNING)
        await ask(pace, gateway)
        alarms = [Alarm() for _ in range(100)]
        polls = [asyncio.create_task(pace.ask(gateway, "job", alarm)) for alarm in alarms]
        await until(20.0)
        for alarm in alarms:
            pace.retry()
            alarm.ring()
        await asyncio.gather(*polls)
        assert gateway.seconds[1] == 20.0
        assert gateway.seconds[2] >= 20.25
        assert most_within(gateway.seconds, 0.25) < 30


class TestAway:
    """What a gateway out of reach does."""

    @in_virtual_time
    async def test_probes(self) -> None:
        """They come at growing intervals, to one a minute, and one at a time."""
        pace, gateway = new_pace(), answering(AWAY)
        await ask(pace, gateway)
        assert health(pace) is Health.AWAY
        await ask_all(pace, gateway, 9)
        waits = [later - earlier for earlier, later in pairwise(gateway.seconds)]
        assert gateway.most_in_flight == 1
        expected = [5, 10, 20, 40, *[LONGEST_SOON] * 5]
        assert all(least <= wait <= least + 6 for least, wait in zip(expected, waits, strict=True))
        assert pace.condition.since
        assert (pace.condition.since - START).total_seconds() == 0.25

    @in_virtual_time
    async def test_recovery(self) -> None:
        """After the first answer the others follow, spread over the first interval."""
        pace, gateway = new_pace(slots=256), answering(AWAY, AWAY, AWAY, RUNNING)
        await ask(pace, gateway)
        await ask_all(pace, gateway, 200)
        assert health(pace) is Health.ANSWERS
        back = gateway.seconds[3]
        assert gateway.seconds[4] > back
        assert most_within(gateway.seconds, 0.25) < 30

    @in_virtual_time
    async def test_the_next_outage(self) -> None:
        """It begins with short waits again, however long the one before was."""
        pace, gateway = new_pace(), answering(*[AWAY] * 6, RUNNING, AWAY, RUNNING)
        for _ in range(7):
            await ask(pace, gateway)
        await until(second() + 60.0)
        await ask(pace, gateway)
        await ask(pace, gateway)
        assert 5 < gateway.seconds[-1] - gateway.seconds[-2] < 11

    @in_virtual_time
    async def test_one_blip(self) -> None:
        """A gateway that answered a moment ago is not away because of one poll."""
        pace, gateway = new_pace(), answering(RUNNING, AWAY, RUNNING)
        for _ in range(3):
            await ask(pace, gateway)
        assert gateway.seconds == [0.0, 0.25, 0.5]

    @in_virtual_time
    async def test_a_time_to_come_back(self) -> None:
        """A gateway that says when it will be there again is not asked before."""
        pace = new_pace()
        gateway = answering(GatewayError(Fault.AWAY, "not available (503)", after=300.0), RUNNING)
        await ask(pace, gateway)
        await ask(pace, gateway)
        assert 300.25 <= gateway.seconds[1] <= 306

    @pytest.mark.parametrize(
        ("error", "expected"),
        [(AWAY, Health.AWAY), (REFUSED, Health.REFUSES), (BUSY, Health.SLOWED)],
    )
    def test_polls_that_were_on_their_way(self, error: GatewayError, expected: Health) -> None:
        """An answer to a poll from before the fault does not open the gate again."""

        @in_virtual_time
        async def story() -> None:
            pace = new_pace()
            slow = asyncio.create_task(ask(pace, answering(RUNNING, takes=3.0)))
            slow_error = asyncio.create_task(ask(pace, answering(AWAY, takes=4.0)))
            await until(1.0)
            await ask(pace, answering(error))
            until_then = pace.condition.until
            await asyncio.gather(slow, slow_error)
            assert health(pace) is expected
            assert pace.condition.until == until_then
            await ask(pace, gateway := answering(RUNNING))
            assert gateway.seconds[0] >= 6.25

        story()

    @in_virtual_time
    async def test_a_probe_that_is_called_off(self) -> None:
        """A probe that ends without an outcome, such as a removed job's, leaves it to the next."""
        pace = new_pace()
        await ask(pace, answering(AWAY))
        await until(60.0)
        task = asyncio.create_task(ask(pace, answering(RUNNING, takes=9.0)))
        await until(61.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await ask(pace, gateway := answering(RUNNING))
        assert 65.0 <= gateway.seconds[0] <= 70.0


async def ask_with(pace: Pace, gateway: VirtualGateway, alarm: Alarm) -> Outcome:
    """Poll once with an alarm of the test's own."""
    try:
        return await pace.ask(gateway, "rung", alarm)
    except GatewayError as error:
        return error
