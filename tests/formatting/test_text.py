"""Times, amounts and job states as text."""

from datetime import datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from kling_tui.costs import Cost, Totals, totals
from kling_tui.formatting import text
from kling_tui.jobs import Job, Price, Status
from tests.support.jobs import I2V_PRICE, NOW, O1_PRICE, a_job, after, clip, polled_job

UNIT = Decimal("0.35")


@pytest.mark.parametrize(
    ("job", "symbol", "status"),
    [
        (a_job(), "○", "new"),
        (a_job(problem="no answer"), "○", "new"),
        (polled_job(Status.QUEUED), "○", "queued"),
        (polled_job(Status.RUNNING), "●", "running"),
        (polled_job(Status.RUNNING, queue_position=2), "○", "queued"),
        (polled_job(Status.SUCCEEDED, videos=(clip(),)), "✓", "done"),
        (polled_job(Status.SUCCEEDED), "✓", "no video"),
        (polled_job(Status.FAILED), "✗", "failed"),
        (polled_job(Status.UNKNOWN, raw_status="upscaling"), "?", "upscaling"),
        (polled_job(Status.UNKNOWN), "?", "unknown"),
        (a_job(status=Status.FAILED), "✗", "failed"),
        (a_job(status=Status.SUCCEEDED, videos=(clip(),)), "✓", "done"),
    ],
)
def test_each_status_has_a_symbol_and_a_name(job: Job, symbol: str, status: str) -> None:
    """A status that is not known is shown as the gateway gave it."""
    assert (text.status_symbol(job), text.status(job)) == (symbol, status)


@pytest.mark.parametrize(
    ("status", "raw_status", "shown"),
    [
        (Status.FAILED, "failed", ""),
        (Status.FAILED, "ERROR", ""),
        (Status.FAILED, "Cancelled", "Cancelled"),
        (Status.RUNNING, "IN_PROGRESS", ""),
        (Status.SUCCEEDED, "COMPLETED", ""),
        (Status.UNKNOWN, "upscaling", ""),
        (Status.UNKNOWN, None, ""),
    ],
)
def test_raw_status_is_shown_only_where_it_says_more(
    status: Status, raw_status: str | None, shown: str
) -> None:
    """A synonym of the shown status is left out."""
    assert text.raw_status(polled_job(status, raw_status=raw_status)) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "—"),
        (0.0, "0:00"),
        (7.9, "0:07"),
        (59.999, "0:59"),
        (60.0, "1:00"),
        (754.0, "12:34"),
        (3599.0, "59:59"),
        (3723.0, "1:02:03"),
        (86_399.0, "23:59:59"),
        (259_200.0, "3 d 0 h"),
        (863_999.0, "9 d 23 h"),
        (864_000.0, "10 d"),
    ],
)
def test_clock_shows_a_duration_like_a_stopwatch(seconds: float | None, shown: str) -> None:
    """Hours and days appear once they are reached."""
    assert text.clock(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (0.9, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (119, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (86_399, "23 h"),
        (86_400, "1 d"),
        (30 * 86_400, "30 d"),
    ],
)
def test_duration_uses_the_largest_unit(seconds: float, shown: str) -> None:
    """An age uses the same format."""
    assert text.duration(seconds) == shown
    assert text.age(NOW, after(seconds)) == shown


def test_age_of_a_future_time_is_zero() -> None:
    """A clock that was set back gives no negative age; an unknown time gives a dash."""
    assert text.age(after(60), NOW) == "0 s"
    assert text.age(None, NOW) == "—"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-3, "now"), (0, "now"), (9.9, "now"), (10, "10 s"), (59, "50 s"), (125, "2 min")],
)
def test_coarse_age_changes_every_ten_seconds(seconds: float, shown: str) -> None:
    """Below ten seconds it is ``now``."""
    assert text.coarse_age(NOW, after(seconds)) == shown
    assert text.coarse_age(None, NOW) == "—"


class TestMoment:
    """Times in the local time zone."""

    @pytest.mark.parametrize(
        ("seconds", "ago"),
        [(-5, "just now"), (0, "just now"), (59, "just now"), (60, "1 min ago"), (7200, "2 h ago")],
    )
    def test_has_its_age(self, seconds: float, ago: str) -> None:
        """The age follows in parentheses."""
        assert text.moment(NOW, after(seconds)) == f"{text.local(NOW, after(seconds))} ({ago})"

    def test_today_has_no_date(self) -> None:
        """A time of today is shown without its date."""
        assert text.local(NOW, NOW) == text.time_of_day(NOW) == f"{NOW.astimezone():%H:%M:%S}"

    @pytest.mark.parametrize("days", [-400, -2, 2])
    def test_other_days_have_a_date(self, days: int) -> None:
        """Past and future days alike."""
        when = after(days * 86_400)
        assert text.local(when, NOW) == f"{when.astimezone():%Y-%m-%d %H:%M:%S}"

    @pytest.mark.parametrize(
        ("when", "expected"),
        [
            ("2026-11-20 00:00", "00:00"),
            ("2026-11-20 14:03", "14:03"),
            ("2026-11-19 23:59", "yesterday 23:59"),
            ("2026-11-18 23:59", "18 Nov"),
            ("2026-01-02 03:04", "2 Jan"),
            ("2025-12-31 03:04", "31 Dec 2025"),
            ("2026-11-21 03:04", "21 Nov"),
        ],
    )
    def test_short_time(self, when: str, expected: str) -> None:
        """In local time; only yesterday has a shorter form."""
        now = datetime.fromisoformat("2026-11-20 18:00").astimezone()
        long, short = text.short_time(datetime.fromisoformat(when).astimezone(), now)
        assert long == expected
        assert short == expected.replace("yesterday", "yest.")

    def test_day_ends_at_local_midnight(self) -> None:
        """One second before midnight is another day."""
        last = datetime(2026, 11, 19, 23, 59, 59).astimezone()
        first = datetime(2026, 11, 20, 0, 0, 0).astimezone()
        assert text.moment(last, first) == "2026-11-19 23:59:59 (just now)"


@pytest.mark.parametrize(
    ("value", "shown"), [(5.0, "5 s"), (5.1, "5.1 s"), (87.0, "87 s"), (0.0, "0 s")]
)
def test_seconds_keep_the_precision_of_the_gateway(value: float, shown: str) -> None:
    """Whole seconds have no decimals."""
    assert text.seconds(value) == shown


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        ("0", "$0.00"),
        ("0.9", "$0.90"),
        ("1234.5", "$1,234.50"),
        ("1E+6", "$1,000,000.00"),
        ("1E-999999", "$0.00"),
        ("1E+999999", "$1.00E+999999"),
    ],
)
def test_money_has_cents_and_thousands_separators(usd: str, shown: str) -> None:
    """Also for amounts in scientific notation."""
    assert text.money(Decimal(usd)) == shown


@pytest.mark.parametrize(
    ("cost", "price", "shown", "explanation"),
    [
        (None, None, "?", "no known price"),
        (
            Cost(Decimal("0.90"), 1, known=True, documented=True),
            O1_PRICE,
            "$0.90",
            "$0.90 per generation",
        ),
        (
            Cost(UNIT, 1, known=False, documented=True),
            I2V_PRICE,
            "$0.35",
            "estimated as 5 s at $0.35",
        ),
        (Cost(UNIT, 1, known=True, documented=True), I2V_PRICE, "$0.35", "$0.35 per 5 s"),
        (
            Cost(UNIT * 2, 2, known=True, documented=False),
            I2V_PRICE,
            "≈$0.70",
            "≈ 2 × $0.35 (priced per 5 s)",
        ),
    ],
)
def test_cost_and_its_explanation(
    cost: Cost | None, price: Price | None, shown: str, explanation: str
) -> None:
    """A cost that the API document does not state is marked."""
    assert text.cost(cost) == shown
    assert text.cost_explanation(cost, price) == explanation


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0 jobs"), (1, "1 job"), (2, "2 jobs"), (1200, "1,200 jobs")]
)
def test_count_uses_the_plural(number: int, shown: str) -> None:
    """Large numbers have thousands separators."""
    assert text.count(number, "job") == shown


def test_summary_counts_jobs_and_money() -> None:
    """Jobs without a price are counted separately."""
    jobs = [
        polled_job(Status.SUCCEEDED, videos=(clip(5.1),)),
        polled_job(Status.RUNNING),
        polled_job(Status.RUNNING),
        polled_job(Status.FAILED),
    ]
    line = "4 jobs: 2 running, 1 succeeded, 1 failed; $0.35 spent, $0.70 in flight, $0.35 failed"
    assert text.summary(totals(jobs, NOW.date())) == line
    jobs = [replace(job, price=None) for job in jobs[:2]] + jobs[2:]
    line = "4 jobs: 2 running, 1 succeeded, 1 failed; $0.00 spent, $0.35 in flight, $0.35 failed"
    assert text.summary(totals(jobs, NOW.date())) == f"{line}, 2 jobs without a price"
    assert text.summary(Totals()) == "0 jobs; $0.00 spent, $0.00 in flight"


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ({"failed": 1, "done": 6}, "7 finished while you were away: 6 done, 1 failed"),
        ({"failed": 1}, "1 finished while you were away: 1 failed"),
        (
            {"no video": 1, "failed": 2, "done": 1200},
            "1,203 finished while you were away: 1,200 done, 1 no video, 2 failed",
        ),
    ],
)
def test_finished_while_away_counts_each_status(counts: dict[str, int], line: str) -> None:
    """Failures last."""
    assert text.finished_while_away(counts) == line
