"""How long to wait before the next poll of a job: after a reply, and after a failed poll."""

from random import Random

from msgspec import Struct

from kling_tui.gateways import ErrorKind, GatewayError, Retry

INTERVAL_GROWTH = 1.15
"""Factor between two successive intervals of a job."""
MAX_BACKOFF_TRANSIENT = 60.0
"""Seconds between retries after errors that may pass at any moment."""
MAX_BACKOFF_PERSISTENT = 600.0
"""Seconds between retries after errors that the user may have to fix."""
_MAX_DOUBLINGS = 20
_MAX_GROWTH_STEPS = 100


class PollSchedule(Struct, frozen=True):
    """Seconds between the polls of a job: `first` grows to `max_interval`, varied by `jitter`."""

    first: float = 5.0
    max_interval: float = 15.0
    jitter: float = 0.2
    """Largest random change of an interval, as a fraction of it."""


def next_interval(
    schedule: PollSchedule,
    polls: int,
    random: Random,
    slowdown: float = 1.0,
    remaining: float | None = None,
) -> float:
    """Return the seconds to wait after the `polls`-th successful poll in a row.

    `slowdown` is the rate limiter's factor. `remaining` is the gateway's estimate of the seconds
    until the job ends: a poll that would come later is moved forward to that end.
    """
    growth = INTERVAL_GROWTH ** min(polls - 1, _MAX_GROWTH_STEPS)
    usual = min(schedule.max_interval, schedule.first * growth) * slowdown
    wait = usual * random.uniform(1 - schedule.jitter, 1 + schedule.jitter)
    return wait if remaining is None else min(wait, max(remaining, schedule.first / 2 * slowdown))


def retry_delay(
    schedule: PollSchedule, failures: int, error: GatewayError, random: Random
) -> float:
    """Return the seconds to wait after the `failures`-th failed poll in a row.

    A refusal does not lengthen the delay: it concerns all jobs of the endpoint, so the circuit
    breaker holds them back, and all of them go on together once it is over. After a 429, the job
    waits one first interval longer than the endpoint: it may be the only one that is limited, and
    would hold back all others for ever if it were always polled before them.
    """
    rarely = error.kind.retry is Retry.RARELY
    maximum = MAX_BACKOFF_PERSISTENT if rarely else MAX_BACKOFF_TRANSIENT
    doublings = 0 if error.kind.is_refusal else failures
    wait = exponential_delay(schedule.first, doublings, max(maximum, schedule.max_interval))
    delay = max(wait * random.uniform(1, 1 + schedule.jitter), error.retry_after or 0.0)
    return delay + schedule.first if error.kind is ErrorKind.RATE_LIMITED else delay


def exponential_delay(first: float, doublings: int, maximum: float) -> float:
    """Return `first` doubled so many times, but at most `maximum`."""
    return min(maximum, first * 2.0 ** min(doublings, _MAX_DOUBLINGS))
