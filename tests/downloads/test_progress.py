"""Rates, and the time left by them."""

from pathlib import Path

import pytest

from kling_tui.downloads.progress import Meter, Progress


def rates(*looks: tuple[float, int]) -> list[float | None]:
    """Return the rate at each look, which is a second and a size."""
    seconds = iter([second for second, _ in looks])
    meter = Meter(lambda: next(seconds))
    return [meter.rate(size) for _, size in looks]


@pytest.mark.parametrize(
    ("looks", "rate"),
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
    ids=["one look", "at once", "two", "steady", "long", "stalled", "anew", "often", "seldom"],
)
def test_rates(looks: list[tuple[float, int]], rate: float | None) -> None:
    """The rate is that of the last seconds; a download that starts over has none at first."""
    assert rates(*looks)[-1] == (rate if rate is None else pytest.approx(rate))


def test_what_is_left() -> None:
    """What is not known is not guessed."""
    here = Path("clip.mp4")
    assert Progress(here, 30, 120, rate=15.0).seconds_left == 6
    assert Progress(here, 30, 120, rate=15.0).fraction == 0.25
    assert Progress(here, 30, 120, rate=0.0).seconds_left is None
    assert Progress(here, 30, None, rate=15.0).seconds_left is None
    assert Progress(here, 30).fraction is None
