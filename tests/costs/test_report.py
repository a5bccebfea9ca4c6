"""Days of the chart, and forecasts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from kling_tui.costs import Breakdown
from kling_tui.costs.report import PERIODS, CostReport, Forecast, cost_report, day_bounds
from kling_tui.jobs import Job, Price, Status
from tests.support.jobs import NOW, a_job

BERLIN = ZoneInfo("Europe/Berlin")
DOLLAR = Price(Decimal(1))
START_OF_DAY = NOW.replace(hour=0)


def spent(ended_at: datetime, usd: int = 1) -> Job:
    """Return a job that has succeeded and cost that much."""
    return a_job(
        f"{ended_at} {usd}",
        status=Status.SUCCEEDED,
        ended_at=ended_at,
        price=Price(Decimal(usd)),
    )


def report_of(
    jobs: list[Job], now: datetime = NOW, days: int = 7, zone: ZoneInfo | None = None
) -> CostReport:
    """Return the report of jobs."""
    return cost_report(Breakdown(jobs, zone or UTC), now, days)


@pytest.mark.parametrize("days", PERIODS)
def test_a_day_without_jobs_has_its_place(days: int) -> None:
    """The last day is today; earlier jobs are in the total only."""
    report = report_of([spent(NOW), spent(NOW - timedelta(days=200))], days=days)
    assert list(report.days) == [NOW.date() - timedelta(days=ago) for ago in range(days)[::-1]]
    assert sum(each.spent for each in report.days.values()) == 1
    assert report.total.spent == 2


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 29, 23), (10, 25, 25), (6, 1, 24)])
def test_days_with_23_and_25_hours_are_one_day(month: int, day: int, hours: int) -> None:
    """Each hour of the day is in its bar, and no other is."""
    start, end = day_bounds(date(2026, month, day), BERLIN)
    assert end - start == timedelta(hours=hours)
    jobs = [spent(start + timedelta(hours=hour)) for hour in range(-1, hours + 1)]
    report = report_of(jobs, end + timedelta(hours=1), zone=BERLIN)
    assert report.days[date(2026, month, day)].spent == hours
    assert [each.spent for each in report.days.values()][-3:] == [1, hours, 1]
    assert len(report.days) == 7


class TestForecast:
    """What is spent and in flight, and the average of the last days for the time left."""

    def test_too_little_data_gives_none(self) -> None:
        """Fewer than three days before today."""
        assert report_of([]).forecast == Forecast()
        assert report_of([spent(NOW - timedelta(days=2))]).forecast == Forecast()
        assert report_of([spent(NOW - timedelta(days=3))]).forecast != Forecast()

    def test_average_of_the_last_seven_days_goes_on(self) -> None:
        """At midnight, a full day of the average is left, and ten more days of November."""
        jobs = [spent(START_OF_DAY - timedelta(days=ago)) for ago in range(1, 8)]
        jobs += [spent(START_OF_DAY - timedelta(days=8), usd=100)]
        forecast = report_of(jobs, START_OF_DAY).forecast
        assert forecast == Forecast(Decimal("1.00"), Decimal(107 + 1 + 10))

    def test_days_without_jobs_count_in_the_average(self) -> None:
        """Seven dollars on one day of seven are one dollar a day."""
        jobs = [spent(START_OF_DAY - timedelta(days=7), usd=7)]
        assert report_of(jobs, START_OF_DAY).forecast.today == 1

    def test_jobs_in_flight_are_expected_to_succeed(self) -> None:
        """They are in both sums, whenever they were tracked."""
        jobs = [spent(START_OF_DAY - timedelta(days=3), usd=3)]
        jobs.append(a_job("live", price=DOLLAR, added_at=START_OF_DAY - timedelta(days=2)))
        assert report_of(jobs, START_OF_DAY).forecast.today == 1 + 1

    @pytest.mark.parametrize(
        ("minutes", "today"), [(0, "1.00"), (1, "1.00"), (61, "0.96"), (12 * 60, "0.50")]
    )
    def test_the_time_left_is_counted_in_hours(self, minutes: int, today: str) -> None:
        """So that the figure changes once an hour."""
        jobs = [spent(START_OF_DAY - timedelta(days=7), usd=7)]
        report = report_of(jobs, START_OF_DAY + timedelta(minutes=minutes))
        assert report.forecast.today == Decimal(today)
        assert report.seconds_until_change == (60 - minutes % 60) * 60

    def test_a_day_of_25_hours_is_as_expensive_as_others(self) -> None:
        """At its midnight all of it is left; after 24 hours, one hour."""
        start, _ = day_bounds(date(2026, 10, 25), BERLIN)
        jobs = [spent(start - timedelta(days=7), usd=7)]
        assert report_of(jobs, start, zone=BERLIN).forecast.today == 1
        late = report_of(jobs, start + timedelta(hours=24), zone=BERLIN)
        assert late.forecast.today == Decimal("0.04")
        assert late.seconds_until_change == 3600

    def test_the_month_is_the_calendar_month(self) -> None:
        """Days of October are not in the sum of November."""
        jobs = [spent(NOW), spent(datetime(2026, 10, 31, 23, tzinfo=UTC))]
        report = report_of(jobs)
        assert report.spent_today == report.spent_month == 1

    @pytest.mark.parametrize(
        ("day", "left"), [(date(2026, 2, 1), 28), (date(2028, 2, 1), 29), (date(2026, 12, 31), 1)]
    )
    def test_the_days_left_of_a_month(self, day: date, left: int) -> None:
        """Of one dollar each."""
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        jobs = [spent(start - timedelta(days=ago)) for ago in range(1, 8)]
        before = report_of(jobs, start).spent_month
        assert report_of(jobs, start).forecast.month == before + left


def test_groups_of_the_period_begin_with_its_first_day() -> None:
    """Labels are only known for all times."""
    jobs = [spent(NOW), spent(NOW - timedelta(days=7))]
    report = cost_report(Breakdown(jobs, UTC), NOW, 7, only_period=True)
    assert report.since == NOW.date() - timedelta(days=6)
    assert report.groups["kind"]["i2v"].spent == 1
    assert "label" not in report.groups
    assert report_of(jobs).groups["kind"]["i2v"].spent == 2
