"""A circuit breaker for one endpoint: while it is out of order, single probes replace polls."""

import math
from enum import Enum, auto

from kling_tui.polling.backoff import exponential_delay


class State(Enum):
    """Whether polls may pass."""

    CLOSED = auto()
    OPEN = auto()
    HALF_OPEN = auto()


class CircuitBreaker:
    """Stops the polls of an endpoint that is unreachable, refuses the key or is rate limited.

    It has no clock: every `now` is a time in seconds of the caller's clock, here the event loop's.

    | State        | Event                     | Next state | The next poll may pass           |
    |--------------|---------------------------|------------|----------------------------------|
    | any          | `trip`                    | OPEN       | after a delay, doubled each time |
    | any          | `require_probe` (a 429)   | OPEN       | when the rate limiter allows it  |
    | OPEN         | `begin_poll` (a probe)    | HALF_OPEN  | after the outcome of the probe   |
    | HALF_OPEN    | `begin_poll` (the next)   | HALF_OPEN  | after the outcome of the probe   |
    | HALF_OPEN    | `end_poll`, no outcome    | HALF_OPEN  | at once, as a probe              |
    | any          | `record_success`          | CLOSED     | at once                          |
    | any          | the same, still throttled | HALF_OPEN  | at once, as a probe              |
    | any          | `allow_probe` (the user)  | the same   | at once, as a probe              |

    A probe has no outcome if it is cancelled, as when its job is removed.
    """

    def __init__(self) -> None:
        self.state = State.CLOSED
        self.blocked_until = -math.inf
        """When the next poll may pass; inf while a probe is under way."""
        self._opened_at = -math.inf
        self._probe_began = -math.inf
        self._trips = 0

    def is_outdated(self, began: float) -> bool:
        """Return whether a poll began before the breaker opened: its outcome is old by now."""
        return began < self._opened_at

    def is_tripped(self, now: float) -> bool:
        """Return whether a refused key or an outage stops all polls, the next probe too."""
        return self.state is State.OPEN and self.blocked_until > now

    def begin_poll(self, now: float) -> None:
        """Hold back all other polls while a probe is under way."""
        if self.state is not State.CLOSED:
            self.state = State.HALF_OPEN
            self.blocked_until = math.inf
            self._probe_began = now

    def end_poll(self, began: float) -> None:
        """Let the next poll be a probe if the one that began then was one without an outcome."""
        if began == self._probe_began and math.isinf(self.blocked_until):
            self.blocked_until = -math.inf

    def trip(self, now: float, delay: float, max_delay: float, retry_after: float = 0.0) -> None:
        """Stop polls for `delay` seconds, doubled each time that a probe fails.

        `max_delay` limits the doubling, but not the time that the gateway asks for.
        """
        self.state = State.OPEN
        self._opened_at = now
        self.blocked_until = now + max(
            exponential_delay(delay, self._trips, max_delay), retry_after
        )
        self._trips += 1

    def require_probe(self, now: float) -> None:
        """Let polls pass one at a time from now on, because the endpoint answered with 429."""
        self.state = State.OPEN
        self._opened_at = now
        self.blocked_until = -math.inf

    def record_success(self, *, throttled: bool) -> None:
        """Let polls pass again: all of them, or one at a time while the endpoint is throttled."""
        self.state = State.HALF_OPEN if throttled else State.CLOSED
        self.blocked_until = -math.inf
        self._trips = 0

    def allow_probe(self) -> None:
        """Let the next poll pass at once, because the user asked for one."""
        self.blocked_until = -math.inf
