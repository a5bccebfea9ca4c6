"""The cells of the timeline."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_tui.timeline.grid import grid
from tests.support.jobs import NOW, TIMES, after

HOUR = timedelta(hours=1)


@given(TIMES, st.integers(0, 300), st.sampled_from([HOUR, timedelta(days=1), timedelta(weeks=1)]))
def test_the_present_is_in_the_last_cell(now: datetime, columns: int, period: timedelta) -> None:
    """And the whole period is in the cells."""
    cells = grid(period, columns, now)
    assert cells.cell(now) == cells.columns - 1
    assert cells.cell(now - period) >= -1
    assert cells.columns == max(1, columns)


def test_cells_move_only_when_the_present_leaves_the_last() -> None:
    """So a tick within it draws the same."""
    cells = grid(HOUR, 60, NOW)
    assert cells.seconds_until_change(NOW) == 60
    assert grid(HOUR, 60, after(59)) == cells
    assert grid(HOUR, 60, after(60)) != cells
    assert grid(HOUR, 60, after(60)).cell(NOW) == 58


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (-90, -60, range(57, 59)),
        (-30, -20, range(58, 59)),
        (-99_999, 0, range(60)),
        (-99_999, -9_999, range(0)),
        (500, 900, range(0)),
    ],
)
def test_a_period_has_at_least_one_cell(start: float, end: float, expected: range) -> None:
    """Unless it is before the first, or after the last."""
    visible = grid(HOUR, 60, NOW).visible(after(start), after(end))
    assert list(visible) == list(expected)
