"""The charts in the border, and the line about all jobs."""

import pytest

from kling_tui.formatting.activity import charts, overall_progress, sparkline
from kling_tui.timeline.run import Progress


@pytest.mark.parametrize(
    ("values", "utf8", "ascii_only"),
    [
        ([], "", ""),
        ([0, 0], "▁▁", "__"),
        ([0, 1, 7], "▁▂█", "_.#"),
        ([8, 4, 1], "█▅▂", "#=."),
        ([5, 5], "██", "##"),
    ],
)
def test_sparkline(values: list[int], utf8: str, ascii_only: str) -> None:
    """The lowest character is for 0 only, the highest for the most."""
    assert sparkline(values, utf8=True) == utf8
    assert sparkline(values, utf8=False) == ascii_only


def test_charts_have_a_scale() -> None:
    """Bars alone have none."""
    assert charts([0, 1200], [1, 0], utf8=True) == [
        "in flight ▁█ max 1,200",
        "ended/min █▁ max 1",
    ]


@pytest.mark.parametrize(
    ("seconds", "time_left"),
    [
        (None, ""),
        (0, ", less than a minute left"),
        (59, ", less than a minute left"),
        (61, ", about 2 min left"),
        (540, ", about 9 min left"),
        (601, ", about 15 min left"),
        (7300, ", about 2 h left"),
    ],
)
def test_progress_in_words(seconds: float | None, time_left: str) -> None:
    """In coarse steps, as each change is sent to the terminal."""
    assert overall_progress(Progress(12, 0, 38, seconds)) == f"12 of 38 done{time_left}"


def test_failed_jobs_are_not_done() -> None:
    """They are said apart."""
    assert overall_progress(Progress(1200, 3, 3800, None)) == "1,200 of 3,800 done, 3 failed"
