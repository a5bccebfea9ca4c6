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

from kling_tui.gateways import ErrorKind, Gateway, GatewayError, Retry
from kling_tui.jobs import Report

INTERVAL_GROWTH = 1.15
"""How much longer each interval between the polls of a job is than the one before."""
MAX_BACKOFF_TRANSIENT = 60.0
"""Seconds between tries after faults that may pass at any moment."""
MAX_BACKOFF_PERSISTENT = 600.0
"""Seconds between tries after faults that may need a person."""
MAX_SLOWDOWN = 8.0
"""How many times longer than usual the intervals get after one 429 upon another."""
RECOVERY_FACTOR = 0.8
"""What an answer multiplies that by, once in a first interval."""


MAX_RESUME_SPREAD = 3.0
"""Seconds at most over which the polls that waited for the end of a pause are spread."""


class Health(StrEnum):
    """How an endpoint answers at present."""

    UNKNOWN = "not asked yet"
    HEALTHY = "answers"
    THROTTLED = "slowed"
    UNAUTHORIZED = "refuses"
    UNREACHABLE = "away"


@dataclass(frozen=True, slots=True)
class EndpointStatus:
    """How an endpoint answers, why, since when, and when it is asked again."""

    health: Health = Health.UNKNOWN
    message: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """When polls go on, where they are held back."""
    slowdown: float = 1.0
    """How many times longer than usual the intervals are."""


class Wakeup:
    """A sleep that can be cut short: by `ring` to poll now, by `nudge` to look again."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.forced = False

    def force_poll(self) -> None:
        """Ask for a poll at once, even while polling is paused."""
        self.forced = True
        self._event.set()

    def wake(self) -> None:
        """Wake the sleeper, because what it waits for may have changed."""
        self._event.set()

    def reset(self) -> None:
        """Forget what was asked for: a poll has just answered it."""
        self.forced = False
        self._event.clear()

    async def sleep(self, seconds: float) -> None:
        """Sleep for `seconds` (inf: until stirred)."""
        try:
            async with asyncio.timeout(None if math.isinf(seconds) else seconds):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()


@dataclass(frozen=True, slots=True)
class PollSchedule:
    """Seconds between the polls of a job: `first` grows to `slowest`, give or take `jitter`."""

    first: float = 5.0
    max_interval: float = 15.0
    jitter: float = 0.2


class EndpointLimiter:
    """When the jobs of one endpoint may be polled: not too many at once, nor against its will."""

    def __init__(
        self,
        schedule: PollSchedule,
        slots: asyncio.Semaphore,
        now: Callable[[], datetime],
        random: Random,
    ) -> None:
        self.schedule = schedule
        self.now = now
        self.status = EndpointStatus()
        self.paused = False
        self.last_conclusive_reply_at = -math.inf
        """The loop's second of the last answer that left no doubt of how a job is."""
        self._slots = slots
        self._random = random
        self._waiting: set[Wakeup] = set()
        self._tripped_at = self._tripped_until = self._rate_limited_until = -math.inf
        self._answered_at = self._eased_at = -math.inf
        self._trips = 0

    def pause(self, *, paused: bool) -> None:
        """Hold back all polls but those that a person asks for, or let them go on."""
        self.paused = paused
        self._wake_waiters()

    def allow_probe(self) -> None:
        """Ask again at once after a refusal or an outage, but not while peace was asked for."""
        self._tripped_until = -math.inf
        self._wake_waiters()

    @property
    def blocked_for(self) -> float:
        """The seconds for which no poll of this endpoint may go."""
        return max(0.0, max(self._tripped_until, self._rate_limited_until) - loop_time())

    @property
    def rate_limited(self) -> bool:
        """Whether the endpoint has asked to be left alone for now."""
        return self._rate_limited_until > loop_time()

    def interval(self, polls: int, remaining: float | None = None) -> float:
        """Return the seconds to wait after the `polls`-th answer in a row.

        `left` is the number of seconds that the gateway expects the job to take still: the poll
        is brought near that end when it would come later.
        """
        first, slowest, jitter = (
            self.schedule.first,
            self.schedule.max_interval,
            self.schedule.jitter,
        )
        stretch = self.status.slowdown
        usual = min(slowest, first * INTERVAL_GROWTH ** min(polls - 1, 100)) * stretch
        wait = usual * self._random.uniform(1 - jitter, 1 + jitter)
        return wait if remaining is None else min(wait, max(remaining, first / 2 * stretch))

    def retry_delay(self, failures: int, error: GatewayError) -> float:
        """Return the seconds to wait after the `misses`-th poll in a row that failed.

        A refusal concerns the whole endpoint, which holds all its jobs back, and lets them all go
        on when it is over: a job of its own waits no longer than usual.
        """
        slowly = error.kind.retry is Retry.RARELY
        longest = max(
            MAX_BACKOFF_PERSISTENT if slowly else MAX_BACKOFF_TRANSIENT, self.schedule.max_interval
        )
        doublings = 0 if error.kind is ErrorKind.UNAUTHORIZED else min(failures, 20)
        wait = min(longest, self.schedule.first * 2.0**doublings)
        return max(
            wait * self._random.uniform(1, 1 + self.schedule.jitter), error.retry_after or 0.0
        )

    async def poll(self, gateway: Gateway, job_id: str, wakeup: Wakeup) -> Report:
        """Poll when it is this job's turn; raises GatewayError."""
        while True:
            await self._wait_turn(wakeup)
            async with self._slots:
                if self._blocked_for(wakeup):
                    continue  # polls were held back while this one waited for a slot
                began = loop_time()
                self._enter_half_open()
                try:
                    report = await gateway.poll(job_id)
                except GatewayError as error:
                    self._note_fault(error, began)
                    raise
                finally:
                    wakeup.reset()
                self._note_answer(began)
                if report.conclusive or not report.status.ended:
                    self.last_conclusive_reply_at = loop_time()
                return report

    async def _wait_turn(self, wakeup: Wakeup) -> None:
        while held := self._blocked_for(wakeup):
            rung = wakeup.forced
            self._waiting.add(wakeup)
            try:
                await wakeup.sleep(held)
            finally:
                self._waiting.discard(wakeup)
            if not self._blocked_for(wakeup) and wakeup.forced == rung:
                # Those who waited together do not go together, but for one that was rung just now.
                first = self.schedule.first
                most = min(MAX_RESUME_SPREAD, first) if math.isinf(held) else first
                await wakeup.sleep(self._random.uniform(0, most))

    def _blocked_for(self, wakeup: Wakeup) -> float:
        """Return the seconds for which this poll is held back."""
        if self.paused and not wakeup.forced:
            return math.inf
        return self.blocked_for

    def _enter_half_open(self) -> None:
        """Let nobody follow a poll that finds out whether the endpoint answers again."""
        if self.status.health not in (Health.UNKNOWN, Health.HEALTHY):
            self._tripped_until = loop_time() + self.schedule.first

    def _note_answer(self, began: float) -> None:
        if began < self._tripped_at:
            return  # asked before the endpoint was found to be slowed, away or refusing
        self._answered_at = loop_time()
        self._trips = 0
        if self.status.health is Health.HEALTHY:
            return
        stretch = self.status.slowdown
        if loop_time() - self._eased_at >= self.schedule.first:
            self._eased_at = loop_time()
            stretch = max(1.0, stretch * RECOVERY_FACTOR)
        health = Health.HEALTHY if stretch == 1.0 else Health.THROTTLED
        words = "" if health is Health.HEALTHY else self.status.message
        self._set_status(health, words, None, stretch)
        self.allow_probe()

    def _note_fault(self, error: GatewayError, began: float) -> None:
        first, stretch = self.schedule.first, self.status.slowdown
        if error.kind is ErrorKind.RATE_LIMITED:
            fresh = began >= self._tripped_at
            stretch = min(MAX_SLOWDOWN, stretch * 2) if fresh else stretch
            self._tripped_at = loop_time()
            seconds = max(error.retry_after or 0.0, first * stretch)
            self._rate_limited_until = max(self._rate_limited_until, loop_time() + seconds)
            until = self.now() + timedelta(seconds=self._rate_limited_until - loop_time())
            self._set_status(Health.THROTTLED, error.message, until, stretch)
        elif error.kind in (ErrorKind.NOT_FOUND, ErrorKind.BAD_REQUEST, ErrorKind.SERVER_ERROR):
            self._note_answer(began)  # of no use for the job, but an answer
        elif began < self._tripped_at:
            return
        elif error.kind is ErrorKind.UNAUTHORIZED:
            self._trip(Health.UNAUTHORIZED, error, MAX_BACKOFF_PERSISTENT, least=12 * first)
        elif error.kind is ErrorKind.UNREACHABLE and loop_time() - self._answered_at > 2 * first:
            self._trip(Health.UNREACHABLE, error, MAX_BACKOFF_TRANSIENT, least=first)

    def _trip(self, health: Health, error: GatewayError, most: float, least: float) -> None:
        """Hold polls back for longer each time that a probe finds the same."""
        seconds = min(most, least * 2.0 ** min(self._trips, 20))
        seconds = max(seconds, error.retry_after or 0.0)
        self._trips += 1
        self._tripped_at = loop_time()
        self._tripped_until = loop_time() + seconds
        until = self.now() + timedelta(seconds=seconds)
        self._set_status(health, error.message, until, self.status.slowdown)

    def _set_status(
        self, health: Health, words: str, until: datetime | None, stretch: float
    ) -> None:
        same = health is self.status.health
        since = self.status.since if same else self.now()
        self.status = EndpointStatus(health, words, since, until, stretch)

    def _wake_waiters(self) -> None:
        for wakeup in self._waiting:
            wakeup.wake()


def loop_time() -> float:
    """Return the second of the running event loop, which no change of the clock can move."""
    return asyncio.get_running_loop().time()
