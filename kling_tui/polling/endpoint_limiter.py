"""Decides when the jobs of one endpoint may be polled, and polls them.

Waits are measured by the event loop's clock, which changes of the system clock do not move.
"""

import asyncio
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from kling_tui.gateways import ErrorKind, Gateway, GatewayError
from kling_tui.jobs import Report
from kling_tui.polling import backoff
from kling_tui.polling.backoff import PollSchedule
from kling_tui.polling.circuit_breaker import CircuitBreaker
from kling_tui.polling.clock import loop_time
from kling_tui.polling.endpoint_status import EndpointStatus, Health
from kling_tui.polling.rate_limiter import RateLimiter
from kling_tui.polling.wakeup import Wakeup

MAX_RESUME_SPREAD = 1.5
"""Seconds at most over which polls are spread that waited for the end of a pause."""
_REFUSED_INTERVALS = 12
"""First intervals to wait after the first refusal of the key."""
_OUTAGE_INTERVALS = 2
"""First intervals without a reply after which a failed connection counts as an outage."""


class EndpointLimiter:
    """Limits polling of one endpoint: concurrency, rate limits (429) and a circuit breaker."""

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
        self.last_conclusive_reply_at = -math.inf
        """The event loop's time of the last reply that left no doubt about its job."""
        self._rate_limiter = RateLimiter(slots, schedule.first)
        self._breaker = CircuitBreaker()
        self._random = random
        self._allowed_until = math.inf
        self._waiting: set[Wakeup] = set()
        self._replied_at = -math.inf
        self._rate_limit_message = ""

    def allow_polls(self, until: float) -> None:
        """Let polls begin before `until` by the event loop's time: inf is always, -inf is never.

        Polls that the user forces are always allowed.
        """
        resumed = self._allowed_until <= loop_time() < until
        self._allowed_until = until
        if resumed:
            self._wake_waiters()

    def allow_probe(self) -> None:
        """End the wait after a refusal or an outage, but not one that a 429 asked for."""
        self._breaker.allow_probe()
        self._wake_waiters()

    @property
    def blocked_for(self) -> float:
        """The seconds until a poll of this endpoint may pass, as far as that is known."""
        seconds = self._seconds_blocked()
        return 0.0 if math.isinf(seconds) else seconds

    @property
    def is_tripped(self) -> bool:
        """Whether a refused key or an outage holds back all polls, the next probe too."""
        return self._breaker.is_tripped(loop_time())

    @property
    def rate_limit_ends_at(self) -> float:
        """The event loop's time until which a 429 holds back all polls."""
        return self._rate_limiter.blocked_until

    @property
    def rate_limited_until(self) -> datetime | None:
        """When the time ends for which a 429 holds back all polls; None where none does."""
        seconds = self._rate_limiter.blocked_until - loop_time()
        return self.now() + timedelta(seconds=seconds) if seconds > 0 else None

    def hold_until(self, time: float) -> None:
        """Hold back all polls until `time` by the event loop's time: another process got a 429."""
        self._rate_limiter.hold_until(time)

    def interval(self, polls: int, remaining: float | None = None) -> float:
        """Return the seconds to wait after the `polls`-th successful poll of a job in a row.

        `remaining` is the gateway's estimate of the seconds until the job ends.
        """
        slowdown = self._rate_limiter.slowdown
        return backoff.next_interval(self.schedule, polls, self._random, slowdown, remaining)

    def retry_delay(self, failures: int, error: GatewayError) -> float:
        """Return the seconds to wait after the `failures`-th failed poll of a job in a row."""
        return backoff.retry_delay(self.schedule, failures, error, self._random)

    async def poll(self, gateway: Gateway, job_id: str, wakeup: Wakeup) -> Report:
        """Poll a job as soon as it may be; raises GatewayError."""
        while True:
            await self._wait_turn(wakeup)
            async with self._rate_limiter.slots:
                if self._blocked_for(wakeup):
                    continue  # polls were held back while this one waited for a slot
                began = loop_time()
                self._breaker.begin_poll(began)
                try:
                    report = await gateway.poll(job_id)
                except GatewayError as error:
                    self._record_error(error, began)
                    raise
                else:
                    self._record_reply(began)
                finally:
                    self._breaker.end_poll(began)
                    self._wake_waiters()
                    wakeup.reset()
                if report.conclusive or not report.status.ended:
                    self.last_conclusive_reply_at = loop_time()
                return report

    async def _wait_turn(self, wakeup: Wakeup) -> None:
        while seconds := self._blocked_for(wakeup):
            forced_before, allowed = wakeup.forced, self._is_allowed(wakeup)
            self._waiting.add(wakeup)
            try:
                await wakeup.sleep(seconds)
            finally:
                self._waiting.discard(wakeup)
            if not self._blocked_for(wakeup) and wakeup.forced == forced_before:
                # Polls that waited together are spread, except one that was forced just now.
                first = self.schedule.first
                spread = first if allowed else min(MAX_RESUME_SPREAD, first)
                await wakeup.sleep(self._random.uniform(0, spread))

    def _is_allowed(self, wakeup: Wakeup) -> bool:
        return wakeup.forced or loop_time() < self._allowed_until

    def _blocked_for(self, wakeup: Wakeup) -> float:
        """Return the seconds for which this job's poll is held back; inf: until it is woken."""
        return self._seconds_blocked() if self._is_allowed(wakeup) else math.inf

    def _seconds_blocked(self) -> float:
        until = max(self._breaker.blocked_until, self._rate_limiter.blocked_until)
        return max(0.0, until - loop_time())

    def _record_reply(self, began: float) -> None:
        if self._breaker.is_outdated(began):
            return
        self._replied_at = loop_time()
        if self.status.health is Health.HEALTHY:
            return
        self._rate_limiter.record_success(loop_time())
        throttled = self._rate_limiter.throttled
        self._breaker.record_success(throttled=throttled)
        if throttled:
            self._set_status(Health.THROTTLED, self._rate_limit_message)
        else:
            self._set_status(Health.HEALTHY, "")

    def _record_error(self, error: GatewayError, began: float) -> None:
        outdated = self._breaker.is_outdated(began)
        match error.kind:
            case ErrorKind.RATE_LIMITED:
                self._record_429(error, began)
            case ErrorKind.NOT_FOUND | ErrorKind.BAD_REQUEST | ErrorKind.SERVER_ERROR:
                self._record_reply(began)  # an error of this job; the endpoint does answer
            case kind if kind.is_refusal and not outdated:
                delay = _REFUSED_INTERVALS * self.schedule.first
                self._trip(Health.UNAUTHORIZED, error, delay, backoff.MAX_BACKOFF_PERSISTENT)
            case ErrorKind.UNREACHABLE if not outdated and self._is_outage():
                delay = self.schedule.first
                self._trip(Health.UNREACHABLE, error, delay, backoff.MAX_BACKOFF_TRANSIENT)

    def _record_429(self, error: GatewayError, began: float) -> None:
        self._rate_limiter.record_429(loop_time(), error.retry_after, began)
        self._rate_limit_message = error.message
        status, tripped = self.status, (Health.UNAUTHORIZED, Health.UNREACHABLE)
        if self._breaker.is_outdated(began) and status.health in tripped:
            # A refused key or an outage was found since: that is what the next probe is about.
            self._set_status(status.health, status.message, status.refusal)
        else:
            self._breaker.require_probe(loop_time())
            self._set_status(Health.THROTTLED, error.message)

    def _is_outage(self) -> bool:
        return loop_time() - self._replied_at > _OUTAGE_INTERVALS * self.schedule.first

    def _trip(self, health: Health, error: GatewayError, delay: float, max_delay: float) -> None:
        self._breaker.trip(loop_time(), delay, max_delay, error.retry_after or 0.0)
        refusal = error.kind if error.kind.is_refusal else None
        self._set_status(health, error.message, refusal)

    def _set_status(self, health: Health, message: str, refusal: ErrorKind | None = None) -> None:
        since = self.status.since if health is self.status.health else self.now()
        until = self.now() + timedelta(seconds=self.blocked_for) if self.blocked_for else None
        slowdown = self._rate_limiter.slowdown
        self.status = EndpointStatus(health, message, since, until, refusal, slowdown)

    def _wake_waiters(self) -> None:
        for wakeup in self._waiting:
            wakeup.wake()
