"""The rate of a download, and the time left."""

from pathlib import Path

import pytest

from kling_tui.downloads.progress import Meter, Progress


def rates(*samples: tuple[float, int]) -> list[float | None]:
    """Return the rate after each sample: a time in seconds and a size."""
    seconds = iter([second for second, _ in samples])
    meter = Meter(lambda: next(seconds))
    return [meter.rate(size) for _, size in samples]


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        ([(0, 500)], None),
        ([(0, 500), (0, 700)], None),
        ([(0, 500), (2, 1500)], 500),
        ([(0, 0), (1, 1000), (2, 2000), (3, 3000)], 1000),
        ([(second, second * 10) for second in range(100)], 10),
        ([(second, min(second, 50) * 10) for second in range(100)], 0),
        ([(0, 5000), (1, 9000), (2, 1000), (4, 1200)], 100),
        ([(0, 0), (0.1, 10), (0.15, 20), (1, 100)], 100),
        ([(0, 0), (3600, 3600)], 1),
    ],
    ids=["one", "same time", "two", "steady", "long", "stalled", "restarted", "often", "seldom"],
)
def test_rate(samples: list[tuple[float, int]], rate: float | None) -> None:
    """It is that of the last seconds; a restarted download has none at first."""
    assert rates(*samples)[-1] == (rate if rate is None else pytest.approx(rate))


def test_fraction_and_seconds_left() -> None:
    """Both are None while the length or the rate is unknown."""
    file = Path("clip.mp4")
    assert Progress(file, 30, 120, rate=15.0).seconds_left == 6
    assert Progress(file, 30, 120, rate=15.0).fraction == 0.25
    assert Progress(file, 30, 120, rate=0.0).seconds_left is None
    assert Progress(file, 30, None, rate=15.0).seconds_left is None
    assert Progress(file, 30).fraction is None
