"""When it is quiet, and for how long."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kling_tui.notifications.quiet_hours import QuietHours
from tests.support.in_process import process_environment

NIGHT = QuietHours(time(22), time(8))
NOON = QuietHours(time(12), time(13, 30))


def at(hour: int, minute: int = 0) -> datetime:
    """Return a time of a day."""
    return datetime(2026, 11, 20, hour, minute, tzinfo=UTC)


def test_text_of_the_config() -> None:
    """As it is validated there."""
    assert QuietHours.parse("22:00-08:00") == NIGHT
    assert QuietHours.parse("12:00-13:30") == NOON
    assert QuietHours.parse("") is None


@pytest.mark.parametrize(
    ("hours", "now", "minutes"),
    [
        (NIGHT, at(21, 59), 0),
        (NIGHT, at(22), 600),
        (NIGHT, at(0), 480),
        (NIGHT, at(7, 59), 1),
        (NIGHT, at(8), 0),
        (NOON, at(11, 59), 0),
        (NOON, at(12), 90),
        (NOON, at(13, 30), 0),
    ],
)
def test_seconds_until_it_is_no_longer_quiet(
    hours: QuietHours, now: datetime, minutes: int
) -> None:
    """The first moment is quiet, the last is not; the night lasts over midnight."""
    assert hours.seconds_left(now) == minutes * 60


@pytest.fixture
def berlin(tmp_path: Path) -> Iterator[ZoneInfo]:
    """Live in Berlin, where clocks are set back in the night to 2026-10-25."""
    with process_environment({"TZ": "Europe/Berlin"}, tmp_path):
        yield ZoneInfo("Europe/Berlin")


def test_local_time_counts_also_when_the_clocks_change(berlin: ZoneInfo) -> None:
    """That night has an hour more."""
    evening = datetime(2026, 10, 24, 22, tzinfo=berlin)
    assert NIGHT.seconds_left(evening.astimezone(UTC)) == 11 * 3600
    assert NIGHT.seconds_left(datetime(2026, 10, 26, 22, tzinfo=berlin)) == 10 * 3600


def test_in_the_hour_that_comes_twice_it_is_quiet_twice(berlin: ZoneInfo) -> None:
    """Each time until the same time of day: 2 o'clock to 3 o'clock comes twice."""
    hours, early = QuietHours(time(22), time(2, 30)), datetime(2026, 10, 25, 2, tzinfo=berlin)
    for fold in (0, 1):
        assert hours.seconds_left(early.replace(fold=fold).astimezone(UTC)) == 30 * 60
        assert hours.seconds_left(early.replace(fold=fold, minute=30).astimezone(UTC)) == 0
