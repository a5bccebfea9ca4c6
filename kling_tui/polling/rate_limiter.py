"""What a 429 does to the polls of an endpoint, and how many polls may run at once."""

import asyncio
import math

MAX_SLOWDOWN = 8.0
"""Largest factor by which 429 replies lengthen the intervals."""
RECOVERY_FACTOR = 0.8
"""What a later reply multiplies the slowdown by, once in a first interval."""


class RateLimiter:
    """Limits the rate and the concurrency of polls.

    A 429 stops all polls until its Retry-After has passed, and doubles the intervals of all jobs.
    Later replies shorten them again step by step.
    """

    def __init__(self, slots: asyncio.Semaphore, first_interval: float) -> None:
        """Start without limits but `slots`, which other endpoints of the profile may share."""
        self.slots = slots
        """Held by each poll in flight."""
        self.slowdown = 1.0
        """The factor by which intervals are longer than usual."""
        self.blocked_until = -math.inf
        """The event loop's time from which polls may pass."""
        self._first_interval = first_interval
        self._limited_at = self._recovered_at = -math.inf

    def record_429(self, now: float, retry_after: float | None, began: float) -> None:
        """Stop polls for `retry_after` seconds, and at least for one slowed first interval.

        `began` is when the poll did: polls in flight that all get a 429 count as one.
        """
        if began >= self._limited_at:
            self.slowdown = min(MAX_SLOWDOWN, self.slowdown * 2)
        self._limited_at = now
        seconds = max(retry_after or 0.0, self._first_interval * self.slowdown)
        self.hold_until(now + seconds)

    def hold_until(self, time: float) -> None:
        """Stop polls until `time`, unless they are stopped for longer."""
        self.blocked_until = max(self.blocked_until, time)

    def record_success(self, now: float) -> None:
        """Reduce the slowdown, but not more than once in a first interval."""
        if now - self._recovered_at >= self._first_interval:
            self._recovered_at = now
            self.slowdown = max(1.0, self.slowdown * RECOVERY_FACTOR)

    @property
    def throttled(self) -> bool:
        """Whether intervals are still longer than usual."""
        return self.slowdown > 1.0
