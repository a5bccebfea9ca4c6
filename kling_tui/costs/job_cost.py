"""What one job costs."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from msgspec import Struct

from kling_tui.jobs import Job, Price

ZERO = Decimal(0)
MAX_SECONDS = 500.0
"""Seconds of video; a longer result of one job is a mistake in its reply, and no cost."""


class Cost(Struct, frozen=True):
    """The cost of one job, or its expected cost."""

    usd: Decimal
    units: int
    known: bool
    """False while one unit is assumed because the length of the result is unknown."""
    documented: bool
    """False for several units of a length: the price list has only one."""


def cost_of(job: Job) -> Cost | None:
    """Return the cost of a job at the price it was tracked with; None if it has no price."""
    return None if job.price is None else _cost(job.price, job.seconds)


@lru_cache
def _cost(price: Price, seconds: float | None) -> Cost:
    if price.per_seconds is None:
        return Cost(price.usd, 1, known=True, documented=True)
    if seconds is None or seconds > MAX_SECONDS:
        return Cost(price.usd, 1, known=False, documented=True)
    ratio = Decimal(str(seconds)) / Decimal(str(price.per_seconds))
    units = max(1, int(ratio.quantize(Decimal(1), ROUND_HALF_UP)))
    return Cost(price.usd * units, units, known=True, documented=units == 1)
