"""Values in words."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.costs import Cost, Totals, totals
from kling_tui.formatting import text
from kling_tui.formatting.text import Progress
from kling_tui.jobs import Job, Price, Status, Video
from tests.support.jobs import I2V_PRICE, JOBS, NOW, O1_PRICE, a_job, after, seen

UNIT = Decimal("0.35")


def polled(status: Status, **changes: Any) -> Job:
    """Return a job that a gateway has answered for."""
    return replace(a_job(status=status, history=seen(status), checked_at=NOW), **changes)


def clip(seconds: float | None = None) -> Video:
    """Return a result of so many seconds."""
    return Video("https://cdn.test/1.mp4", duration=seconds)


@pytest.mark.parametrize(
    ("job", "glyph", "word"),
    [
        (a_job(), "○", "new"),
        (a_job(problem="no answer"), "○", "new"),
        (polled(Status.QUEUED), "○", "queued"),
        (polled(Status.RUNNING), "●", "running"),
        (polled(Status.RUNNING, queue_position=2), "○", "queued"),
        (polled(Status.SUCCEEDED, videos=(clip(),)), "✓", "done"),
        (polled(Status.SUCCEEDED), "✓", "no video"),
        (polled(Status.FAILED), "✗", "failed"),
        (polled(Status.UNKNOWN, raw_status="upscaling"), "?", "upscaling"),
        (polled(Status.UNKNOWN), "?", "unknown"),
        (a_job(status=Status.FAILED), "✗", "failed"),
        (a_job(status=Status.SUCCEEDED, videos=(clip(),)), "✓", "done"),
    ],
)
def test_state(job: Job, glyph: str, word: str) -> None:
    """A state has a sign and a word of its own, the gateway's where nobody knows it."""
    assert (text.status_symbol(job), text.status(job)) == (glyph, word)


@pytest.mark.parametrize(
    ("seconds", "words"),
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
def test_clock(seconds: float | None, words: str) -> None:
    """A duration reads as on a stopwatch."""
    assert text.clock(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
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
def test_span(seconds: float, words: str) -> None:
    """A span of time is told in its largest unit."""
    assert text.duration(seconds) == words
    assert text.age(NOW, after(seconds)) == words


def test_age_of_what_lies_ahead() -> None:
    """A clock that runs ahead makes nothing younger than now; what never was has no age."""
    assert text.age(after(60), NOW) == "0 s"
    assert text.age(None, NOW) == "—"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "now"), (0, "now"), (9.9, "now"), (10, "10 s"), (59, "50 s"), (125, "2 min")],
)
def test_rough_age(seconds: float, words: str) -> None:
    """An age that many rows show at once changes only now and then."""
    assert text.coarse_age(NOW, after(seconds)) == words
    assert text.coarse_age(None, NOW) == "—"


class TestMoment:
    """Moments in the person's own time zone."""

    @pytest.mark.parametrize(
        ("seconds", "ago"),
        [(-5, "just now"), (0, "just now"), (59, "just now"), (60, "1 min ago"), (7200, "2 h ago")],
    )
    def test_how_long_ago(self, seconds: float, ago: str) -> None:
        """A moment says how long ago it was."""
        assert text.moment(NOW, after(seconds)) == f"{text.local(NOW, after(seconds))} ({ago})"

    def test_of_today(self) -> None:
        """Of a moment of today the time is enough."""
        assert text.local(NOW, NOW) == text.time_of_day(NOW) == f"{NOW.astimezone():%H:%M:%S}"

    @pytest.mark.parametrize("days", [-400, -2, 2])
    def test_of_another_day(self, days: int) -> None:
        """Of any other moment the date is told too."""
        when = after(days * 86_400)
        assert text.local(when, NOW) == f"{when.astimezone():%Y-%m-%d %H:%M:%S}"

    def test_midnight(self) -> None:
        """The day ends at midnight where the person is."""
        last = datetime(2026, 11, 19, 23, 59, 59).astimezone()
        first = datetime(2026, 11, 20, 0, 0, 0).astimezone()
        assert text.moment(last, first) == "2026-11-19 23:59:59 (just now)"


@pytest.mark.parametrize(
    ("value", "words"), [(5.0, "5 s"), (5.1, "5.1 s"), (87.0, "87 s"), (0.0, "0 s")]
)
def test_seconds(value: float, words: str) -> None:
    """Seconds are told as the gateway gave them."""
    assert text.seconds(value) == words


@pytest.mark.parametrize(
    ("usd", "words"),
    [("0", "$0.00"), ("0.9", "$0.90"), ("1234.5", "$1,234.50"), ("1E+6", "$1,000,000.00")],
)
def test_money(usd: str, words: str) -> None:
    """Money has cents, and its thousands apart."""
    assert text.money(Decimal(usd)) == words


@pytest.mark.parametrize(
    ("cost", "price", "words", "story"),
    [
        (None, None, "?", "no price is known for this job"),
        (
            Cost(Decimal("0.90"), 1, known=True, documented=True),
            O1_PRICE,
            "$0.90",
            "$0.90 a generation",
        ),
        (
            Cost(UNIT, 1, known=False, documented=True),
            I2V_PRICE,
            "$0.35",
            "$0.35 for 5 s, while the length is not known",
        ),
        (Cost(UNIT, 1, known=True, documented=True), I2V_PRICE, "$0.35", "$0.35 for 5 s"),
        (
            Cost(UNIT * 2, 2, known=True, documented=False),
            I2V_PRICE,
            "≈$0.70",
            "2 × $0.35 for 5 s; the price list has only 5 s",
        ),
    ],
)
def test_cost(cost: Cost | None, price: Price | None, words: str, story: str) -> None:
    """A cost is marked where the document does not say it, and tells how it came about."""
    assert text.cost(cost) == words
    assert text.cost_explanation(cost, price) == story


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 jobs"), (1, "1 job"), (2, "2 jobs"), (1200, "1,200 jobs")]
)
def test_count(number: int, words: str) -> None:
    """A number of things is grammatical."""
    assert text.count(number, "job") == words


def test_summary() -> None:
    """The last line of a run counts the jobs and the money."""
    jobs = [
        polled(Status.SUCCEEDED, videos=(clip(5.1),)),
        polled(Status.RUNNING),
        polled(Status.RUNNING),
        polled(Status.FAILED),
    ]
    line = "4 jobs: 2 running, 1 succeeded, 1 failed; $0.35 spent, $0.70 in flight"
    assert text.summary(totals(jobs, NOW.date())) == line
    jobs = [replace(each, price=None) for each in jobs[:2]] + jobs[2:]
    line = "4 jobs: 2 running, 1 succeeded, 1 failed; $0.00 spent, $0.35 in flight"
    assert text.summary(totals(jobs, NOW.date())) == f"{line}, 2 jobs without a price"
    assert text.summary(Totals()) == "0 jobs; $0.00 spent, $0.00 in flight"


class TestProgress:
    """How far a job is."""

    @pytest.mark.parametrize(
        ("videos", "words"),
        [
            ((), "no link was given"),
            ((clip(),), "video"),
            ((clip(5.1),), "5.1 s video"),
            ((clip(), clip()), "2 videos"),
            ((clip(5.1), clip()), "2 videos, 5.1 s"),
            ((clip(5.1), clip(5.0)), "2 videos, 5.1 s + 5 s"),
        ],
    )
    def test_done(self, videos: tuple[Video, ...], words: str) -> None:
        """A job that is done tells of its result."""
        assert text.progress(polled(Status.SUCCEEDED, videos=videos), NOW, 80) == Progress(words)

    @pytest.mark.parametrize(
        ("message", "words"), [("bad image", "bad image"), (None, "no reason given")]
    )
    def test_failed(self, message: str | None, words: str) -> None:
        """A job that failed tells why."""
        job = polled(Status.FAILED, message=message)
        assert text.progress(job, NOW, 80) == Progress(words)

    @pytest.mark.parametrize(
        ("changes", "usual", "progress"),
        [
            ({"queue_position": 2}, None, Progress("2nd in queue")),
            ({"queue_position": 1, "eta_seconds": 45.0}, 80, Progress("1st in queue, 25 s left")),
            (
                {"queue_position": 113, "eta_seconds": 400.0},
                80,
                Progress("113th in queue, 6 min left"),
            ),
            ({"eta_seconds": 40.0}, 80, Progress("20 s left", 0.5)),
            ({"queue_position": 0, "eta_seconds": 40.0}, None, Progress("20 s left", 0.5)),
            ({"eta_seconds": 5.0}, 80, Progress("0 s left", 1.0)),
            ({}, 80, Progress("~1 min left", 0.25)),
            ({}, 30, Progress("~10 s left", 20 / 30)),
            ({}, 20, Progress("longer than usual", 1.0)),
            ({}, 5, Progress("slow, usually 5 s")),
            ({"added_at": after(-3000)}, None, Progress("slow")),
            ({"eta_seconds": 40.0}, 5, Progress("slow, 20 s left", 0.5)),
            ({"queue_position": 2}, 5, Progress("slow, 2nd in queue")),
            ({"percent": 40.0, "eta_seconds": 30.0}, 80, Progress("10 s left", 0.4)),
            ({"percent": 40.0}, 80, Progress("40%", 0.4)),
            ({"percent": 0.0}, 5, Progress("slow, 0%", 0.0)),
            ({"percent": 40.0, "queue_position": 2}, 80, Progress("2nd in queue")),
            ({}, None, Progress("")),
            ({"status": Status.QUEUED}, 80, Progress("")),
            ({"status": Status.UNKNOWN, "history": ()}, 80, Progress("")),
            ({"status": Status.UNKNOWN}, 80, Progress("~1 min left", 0.25)),
        ],
    )
    def test_live(self, changes: dict[str, Any], usual: float | None, progress: Progress) -> None:
        """The queue comes first, then the gateway's estimate, then what is usual, then nothing."""
        job = replace(polled(Status.RUNNING), **changes)
        assert text.progress(job, after(20), usual) == progress

    def test_at_its_start(self) -> None:
        """A job that has just begun has done nothing yet."""
        job = polled(Status.RUNNING, eta_seconds=0.0)
        assert text.progress(job, NOW, None) == Progress("0 s left", 0.0)

    @settings(max_examples=100)
    @given(JOBS, st.none() | st.floats(0, 1e6))
    def test_any_job(self, job: Job, usual: float | None) -> None:
        """Of any job a bar is between empty and full, and all is in words that print."""
        progress = text.progress(job, NOW, usual)
        assert progress.fraction is None or 0 <= progress.fraction <= 1
        assert len(text.status_symbol(job)) == 1
        assert text.status(job)
