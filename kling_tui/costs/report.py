"""The figures of the cost screen, of `cost --chart` and of `cost --json`."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from math import ceil

from msgspec import Struct

from kling_tui.costs.breakdown import GROUPINGS, Amounts, Breakdown
from kling_tui.costs.job_cost import ZERO

PERIODS = (7, 30, 90)
"""Numbers of days that a chart can show."""
FORECAST_DAYS = 7
"""The days before today whose average is expected to go on: a week has each day of the week."""
MIN_FORECAST_DAYS = 3
"""With fewer days, there is no forecast."""
_HOUR = timedelta(hours=1)
_CENT = Decimal("0.01")


class Forecast(Struct, frozen=True):
    """What will be spent by the end of the day and of the month; None while too little is known."""

    today: Decimal | None = None
    month: Decimal | None = None


class CostReport(Struct, frozen=True):
    """All figures at one moment."""

    today: date
    total: Amounts
    """All jobs."""
    days: Mapping[date, Amounts]
    """Each of the last days, today included, the oldest first; also those without jobs."""
    groups: Mapping[str, Mapping[str, Amounts]]
    """The costs of each group, in no order, by the names in `GROUPINGS`."""
    since: date | None
    """The first day that `groups` include; None if they include all jobs."""
    spent_today: Decimal
    spent_month: Decimal
    """In the calendar month of today."""
    forecast: Forecast
    seconds_until_change: float
    """Seconds after which a figure may change by time alone."""


def cost_report(
    breakdown: Breakdown, now: datetime, days: int, *, only_period: bool = False
) -> CostReport:
    """Return the figures at `now`, in the time zone of the breakdown.

    `days` are those of the chart; with `only_period`, jobs of earlier days are in no group, and
    there are no groups of labels.
    """
    zone = breakdown.zone
    today, by_day = now.astimezone(zone).date(), breakdown.by_day()
    period = [today - timedelta(days=ago) for ago in reversed(range(days))]
    since = period[0] if only_period else None
    total = breakdown.total()
    return CostReport(
        today,
        total,
        {day: by_day.get(day) or Amounts() for day in period},
        {
            by: breakdown.groups(by, since)
            for by in GROUPINGS
            if not (only_period and by == "label")
        },
        since,
        spent_on(by_day, today),
        spent_in_month(by_day, today),
        _forecast(by_day, total.in_flight, now, zone),
        _seconds_until_full_hour(now, zone),
    )


def spent_on(by_day: Mapping[date, Amounts], day: date) -> Decimal:
    """Return what was spent on a day."""
    return by_day[day].spent if day in by_day else ZERO


def spent_in_month(by_day: Mapping[date, Amounts], today: date) -> Decimal:
    """Return what was spent in a calendar month."""
    month = (today.year, today.month)
    return sum((each.spent for day, each in by_day.items() if (day.year, day.month) == month), ZERO)


def _forecast(
    by_day: Mapping[date, Amounts], in_flight: Decimal, now: datetime, zone: tzinfo | None
) -> Forecast:
    """Return what is spent and in flight, and for the time left, the average of the last days.

    The time left of today is counted in hours that have begun.
    """
    today = now.astimezone(zone).date()
    first = min(by_day, default=today)
    full_days = min(FORECAST_DAYS, (today - first).days)
    if full_days < MIN_FORECAST_DAYS:
        return Forecast()
    last = (today - timedelta(days=ago) for ago in range(1, full_days + 1))
    average = sum((spent_on(by_day, day) for day in last), ZERO) / full_days
    start, end = day_bounds(today, zone)
    rest_of_today = Decimal(ceil((end - now) / _HOUR)) / Decimal((end - start) / _HOUR)
    days_after = _days_of_month(today) - today.day
    return Forecast(
        _cents(spent_on(by_day, today) + in_flight + average * rest_of_today),
        _cents(spent_in_month(by_day, today) + in_flight + average * (rest_of_today + days_after)),
    )


def _days_of_month(day: date) -> int:
    """Return how many days a month has."""
    in_next_month = day.replace(day=28) + timedelta(days=4)
    return (in_next_month - timedelta(days=in_next_month.day)).day


def _cents(usd: Decimal) -> Decimal:
    return usd.quantize(_CENT, ROUND_HALF_UP) if usd.adjusted() < 20 else usd


def day_bounds(day: date, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """Return the first moment of a day and that of the next; `zone` as in `Breakdown`.

    Where the clock changes, 23 or 25 hours lie between them.
    """
    # In UTC: the difference of two times of one zone would ignore the change of the clock.
    midnights = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    start, end = (midnight.astimezone(UTC) for midnight in midnights)
    return start, end


def _seconds_until_full_hour(now: datetime, zone: tzinfo | None) -> float:
    """Return the seconds until the next hour of the day begins, or the next day."""
    start, end = day_bounds(now.astimezone(zone).date(), zone)
    hours = ceil((now - start) / _HOUR + 1e-9)
    return min(hours * _HOUR, end - start).total_seconds() - (now - start).total_seconds()
