"""The pace that all jobs of a source share, and how its endpoint answers at present.

The event loop is the clock and the sleeper here (its time does not jump when the machine's does);
the time of day comes from a function that is handed in.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from kling_tui.gateways import Fault, Gateway, GatewayError, Retry
from kling_tui.jobs import Report

GROWTH = 1.15
"""How much longer each interval between the polls of a job is than the one before."""
LONGEST_SOON = 60.0
"""Seconds between tries after faults that may pass at any moment."""
LONGEST_SLOWLY = 600.0
"""Seconds between tries after faults that may need a person."""
MOST_STRETCH = 8.0
"""How many times longer than usual the intervals get after one 429 upon another."""
EASE = 0.8
"""What an answer multiplies that by, once in a first interval."""


RUSH = 3.0
"""Seconds at most over which the polls that waited for the end of a pause are spread."""


class Health(StrEnum):
    """How an endpoint answers at present."""

    UNASKED = "not asked yet"
    ANSWERS = "answers"
    SLOWED = "slowed"
    REFUSES = "refuses"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Condition:
    """How an endpoint answers, why, since when, and when it is asked again."""

    health: Health = Health.UNASKED
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """When polls go on, where they are held back."""
    stretch: float = 1.0
    """How many times longer than usual the intervals are."""


class Alarm:
    """A sleep that can be cut short: by `ring` to poll now, by `nudge` to look again."""

    def __init__(self) -> None:
        self._stir = asyncio.Event()
        self.rung = False

    def ring(self) -> None:
        """Ask for a poll at once, even while polling is paused."""
        self.rung = True
        self._stir.set()

    def nudge(self) -> None:
        """Wake the sleeper, because what it waits for may have changed."""
        self._stir.set()

    def quiet(self) -> None:
        """Forget what was asked for: a poll has just answered it."""
        self.rung = False
        self._stir.clear()

    async def sleep(self, seconds: float) -> None:
        """Sleep for `seconds` (inf: until stirred)."""
        try:
            async with asyncio.timeout(None if math.isinf(seconds) else seconds):
                await self._stir.wait()
        except TimeoutError:
            pass
        self._stir.clear()


@dataclass(frozen=True, slots=True)
class Cadence:
    """Seconds between the polls of a job: `first` grows to `slowest`, give or take `jitter`."""

    first: float = 5.0
    slowest: float = 15.0
    jitter: float = 0.2


class Pace:
    """When the jobs of one endpoint may be polled: not too many at once, nor against its will."""

    def __init__(
        self,
        cadence: Cadence,
        slots: asyncio.Semaphore,
        now: Callable[[], datetime],
        random: Random,
    ) -> None:
        self.cadence = cadence
        self.now = now
        self.condition = Condition()
        self.paused = False
        self.sound_at = -math.inf
        """The loop's second of the last answer that left no doubt of how a job is."""
        self._slots = slots
        self._random = random
        self._waiting: set[Alarm] = set()
        self._closed_at = self._closed_until = self._peace_until = -math.inf
        self._answered_at = self._eased_at = -math.inf
        self._strikes = 0

    def pause(self, *, paused: bool) -> None:
        """Hold back all polls but those that a person asks for, or let them go on."""
        self.paused = paused
        self._stir()

    def retry(self) -> None:
        """Ask again at once after a refusal or an outage, but not while peace was asked for."""
        self._closed_until = -math.inf
        self._stir()

    @property
    def held_for(self) -> float:
        """The seconds for which no poll of this endpoint may go."""
        return max(0.0, max(self._closed_until, self._peace_until) - loop_time())

    @property
    def at_peace(self) -> bool:
        """Whether the endpoint has asked to be left alone for now."""
        return self._peace_until > loop_time()

    def interval(self, polls: int, left: float | None = None) -> float:
        """Return the seconds to wait after the `polls`-th answer in a row.

        `left` is the number of seconds that the gateway expects the job to take still: the poll
        is brought near that end when it would come later.
        """
        first, slowest, jitter = self.cadence.first, self.cadence.slowest, self.cadence.jitter
        stretch = self.condition.stretch
        usual = min(slowest, first * GROWTH ** min(polls - 1, 100)) * stretch
        wait = usual * self._random.uniform(1 - jitter, 1 + jitter)
        return wait if left is None else min(wait, max(left, first / 2 * stretch))

    def back_off(self, misses: int, error: GatewayError) -> float:
        """Return the seconds to wait after the `misses`-th poll in a row that failed.

        A refusal concerns the whole endpoint, which holds all its jobs back, and lets them all go
        on when it is over: a job of its own waits no longer than usual.
        """
        slowly = error.fault.retry is Retry.SLOWLY
        longest = max(LONGEST_SLOWLY if slowly else LONGEST_SOON, self.cadence.slowest)
        doublings = 0 if error.fault is Fault.REFUSED else min(misses, 20)
        wait = min(longest, self.cadence.first * 2.0**doublings)
        return max(wait * self._random.uniform(1, 1 + self.cadence.jitter), error.after or 0.0)

    async def ask(self, gateway: Gateway, job_id: str, alarm: Alarm) -> Report:
        """Poll when it is this job's turn; raises GatewayError."""
        while True:
            await self._turn(alarm)
            async with self._slots:
                if self._held(alarm):
                    continue  # polls were held back while this one waited for a slot
                began = loop_time()
                self._probe()
                try:
                    report = await gateway.poll(job_id)
                except GatewayError as error:
                    self._note_fault(error, began)
                    raise
                finally:
                    alarm.quiet()
                self._note_answer(began)
                if report.firm or not report.status.ended:
                    self.sound_at = loop_time()
                return report

    async def _turn(self, alarm: Alarm) -> None:
        while held := self._held(alarm):
            rung = alarm.rung
            self._waiting.add(alarm)
            try:
                await alarm.sleep(held)
            finally:
                self._waiting.discard(alarm)
            if not self._held(alarm) and alarm.rung == rung:
                # Those who waited together do not go together, but for one that was rung just now.
                first = self.cadence.first
                most = min(RUSH, first) if math.isinf(held) else first
                await alarm.sleep(self._random.uniform(0, most))

    def _held(self, alarm: Alarm) -> float:
        """Return the seconds for which this poll is held back."""
        if self.paused and not alarm.rung:
            return math.inf
        return self.held_for

    def _probe(self) -> None:
        """Let nobody follow a poll that finds out whether the endpoint answers again."""
        if self.condition.health not in (Health.UNASKED, Health.ANSWERS):
            self._closed_until = loop_time() + self.cadence.first

    def _note_answer(self, began: float) -> None:
        if began < self._closed_at:
            return  # asked before the endpoint was found to be slowed, away or refusing
        self._answered_at = loop_time()
        self._strikes = 0
        if self.condition.health is Health.ANSWERS:
            return
        stretch = self.condition.stretch
        if loop_time() - self._eased_at >= self.cadence.first:
            self._eased_at = loop_time()
            stretch = max(1.0, stretch * EASE)
        health = Health.ANSWERS if stretch == 1.0 else Health.SLOWED
        words = "" if health is Health.ANSWERS else self.condition.words
        self._become(health, words, None, stretch)
        self.retry()

    def _note_fault(self, error: GatewayError, began: float) -> None:
        first, stretch = self.cadence.first, self.condition.stretch
        if error.fault is Fault.BUSY:
            fresh = began >= self._closed_at
            stretch = min(MOST_STRETCH, stretch * 2) if fresh else stretch
            self._closed_at = loop_time()
            seconds = max(error.after or 0.0, first * stretch)
            self._peace_until = max(self._peace_until, loop_time() + seconds)
            until = self.now() + timedelta(seconds=self._peace_until - loop_time())
            self._become(Health.SLOWED, error.words, until, stretch)
        elif error.fault in (Fault.NOT_FOUND, Fault.REJECTED, Fault.BROKEN):
            self._note_answer(began)  # of no use for the job, but an answer
        elif began < self._closed_at:
            return
        elif error.fault is Fault.REFUSED:
            self._strike(Health.REFUSES, error, LONGEST_SLOWLY, least=12 * first)
        elif error.fault is Fault.AWAY and loop_time() - self._answered_at > 2 * first:
            self._strike(Health.AWAY, error, LONGEST_SOON, least=first)

    def _strike(self, health: Health, error: GatewayError, most: float, least: float) -> None:
        """Hold polls back for longer each time that a probe finds the same."""
        seconds = min(most, least * 2.0 ** min(self._strikes, 20))
        seconds = max(seconds, error.after or 0.0)
        self._strikes += 1
        self._closed_at = loop_time()
        self._closed_until = loop_time() + seconds
        until = self.now() + timedelta(seconds=seconds)
        self._become(health, error.words, until, self.condition.stretch)

    def _become(self, health: Health, words: str, until: datetime | None, stretch: float) -> None:
        same = health is self.condition.health
        since = self.condition.since if same else self.now()
        self.condition = Condition(health, words, since, until, stretch)

    def _stir(self) -> None:
        for alarm in self._waiting:
            alarm.nudge()


def loop_time() -> float:
    """Return the second of the running event loop, which no change of the clock can move."""
    return asyncio.get_running_loop().time()
