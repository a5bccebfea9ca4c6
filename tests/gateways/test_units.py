"""Reading durations and times in every unit and form."""

from datetime import UTC, datetime

import pytest

from kling_tui.costs import MAX_SECONDS
from kling_tui.gateways.units import clip_seconds, read_times, timestamp, wait_seconds

HUGE = 10**400
TIME = datetime(2024, 11, 13, 11, 53, 14, tzinfo=UTC)
EPOCH = 1_731_498_794


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (5, 5.0),
        ("5.1", 5.1),
        (" 10 ", 10.0),
        ("10,04", 10.04),
        (5100, 5.1),
        (10_041, 10.041),
        ("10041", 10.041),
        ("5100,0", 5.1),
        (MAX_SECONDS, MAX_SECONDS),
        ("10s", 10.0),
        ("10 s", 10.0),
        ("5.1s", 5.1),
        ("10,04 Sec", 10.04),
        ("10 seconds", 10.0),
        ("5100ms", 5.1),
        ("5100 milliseconds", 5.1),
        ("1m 5s", 65.0),
        ("1m5s", 65.0),
        ("2 min", 120.0),
        ("PT10S", 10.0),
        ("PT1M5.5S", 65.5),
        ("0:10", 10.0),
        ("00:10", 10.0),
        ("00:00:10", 10.0),
        ("00:01:05.04", 65.04),
        ("00:00:10,040", 10.04),
    ],
)
def test_length_of_a_clip_in_every_form(value: object, seconds: float) -> None:
    """In seconds, in milliseconds and as text."""
    assert clip_seconds(value) == pytest.approx(seconds, abs=1e-9)


@pytest.mark.parametrize(
    "value",
    [
        0, -1, "-5", 501, 999, 500_001, 1e9, 1e300, HUGE, "1h", "9999s", "99:99:99", "00:00:00",
        float("nan"), float("inf"), "NaN", True, None, "", "five", "5-10", "s", "10 parsecs",
        "1:2:3:4", "10" * 100, [5], {}, {"seconds": 5},
    ],
)  # fmt: skip
def test_absurd_length_is_unknown(value: object) -> None:
    """It never becomes money."""
    assert clip_seconds(value) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (0, 0.0),
        (87, 87.0),
        (3_600, 3600.0),
        ("45", 45.0),
        ("87.5s", 87.5),
        ("2 min", 120.0),
        ("00:01:27", 87.0),
        (1e9, None),
        (-1, None),
        ("soon", None),
        (None, None),
    ],
)
def test_how_long_something_takes(value: object, seconds: float | None) -> None:
    """A number is in seconds, up to 30 days."""
    assert wait_seconds(value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        EPOCH,
        str(EPOCH),
        float(EPOCH),
        EPOCH * 1_000,
        str(EPOCH * 1_000),
        EPOCH * 1_000_000,
        EPOCH * 1_000_000_000,
        "2024-11-13T11:53:14Z",
        "2024-11-13T11:53:14",
        "2024-11-13T11:53:14+00:00",
        "2024-11-13T11:53:14.000000000Z",
        " 2024-11-13 13:53:14+02:00 ",
        "20241113T115314Z",
        "2024-11-13 11:53:14 UTC",
        "2024/11/13 11:53:14",
        "Wed, 13 Nov 2024 11:53:14 GMT",
    ],
)
def test_time_in_every_form(value: object) -> None:
    """A Unix timestamp of any unit, ISO 8601, or an HTTP date."""
    assert timestamp(value) == TIME


def test_time_keeps_its_fraction() -> None:
    """Milliseconds are documented."""
    assert timestamp(EPOCH * 1_000 + 172) == TIME.replace(microsecond=172_000)
    assert timestamp("2024-11-13T11:53:14.125Z") == TIME.replace(microsecond=125_000)


@pytest.mark.parametrize(
    "value",
    [
        0, -1, 1, 1e300, HUGE, 10**18, 1_500_000_000, 4_200_000_000, "1970-01-21T10:00:00Z",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2019-12-31T23:59:59Z",
        "yesterday", "", True, None, [EPOCH], {}, "9" * 5_000,
    ],
)  # fmt: skip
def test_time_that_no_job_can_have_is_unknown(value: object) -> None:
    """Before 2020, after 2099, or no time at all."""
    assert timestamp(value) is None


@pytest.mark.parametrize("updated", ["updated_at", "completed_at", "completedAt", "finished_at"])
@pytest.mark.parametrize("created", ["created_at", "createdAt"])
def test_times_in_the_fields_of_siblings(created: str, updated: str) -> None:
    """In any spelling."""
    assert read_times({created: EPOCH, updated: EPOCH + 1}) == (
        TIME,
        TIME.replace(second=15),
    )
    assert read_times({}) == (None, None)


def test_end_wins_over_the_last_update() -> None:
    """A result may be updated after the job's end."""
    assert read_times({"updated_at": EPOCH + 1, "completed_at": EPOCH}) == (None, TIME)
