"""Which results are on the clip wall, and how its tiles are laid out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Size

from kling_tui.jobs import Video
from kling_tui.tui.wall_results import Result, downloaded_results, fit_grid
from tests.support.jobs import a_job

URL = "https://cdn.test/1.mp4"
HERE, GONE, ELSEWHERE = Video(URL, file="/1.mp4"), Video(URL, missing_file="/1.mp4"), Video(URL)


def test_each_downloaded_video_is_a_result_in_the_order_of_the_jobs() -> None:
    """Also one whose file is gone since; one that was not downloaded is none."""
    jobs = {
        job.id: job
        for job in (
            a_job("one", videos=(HERE,)),
            a_job("two", videos=(GONE, ELSEWHERE, HERE)),
            a_job("three", videos=(ELSEWHERE,)),
            a_job("four"),
        )
    }
    shown = list(downloaded_results(jobs, ["two", "four", "removed", "three", "one"]))
    assert shown == [Result("two", 0), Result("two", 2), Result("one", 0)]


@pytest.mark.parametrize(
    ("room", "columns", "rows"),
    [((118, 37), 4, 4), ((78, 21), 3, 2), ((58, 17), 2, 2), ((40, 10), 1, 1), ((198, 47), 5, 4)],
)
def test_tiles_of_usual_windows(room: tuple[int, int], columns: int, rows: int) -> None:
    """From 40×10 to 200×50, without the border and the line of keys."""
    grid = fit_grid(Size(*room), 2, 2)
    assert (grid.columns, grid.rows) == (columns, rows)


@given(st.integers(1, 400), st.integers(1, 150))
def test_tiles_never_exceed_the_window(width: int, height: int) -> None:
    """However small it is, there is one."""
    grid = fit_grid(Size(width, height), 2, 2)
    assert grid.tiles >= 1
    assert grid.columns * grid.tile.width <= width
    assert grid.rows * (grid.tile.height + grid.gap) <= height
    assert min(grid.tile) >= 1
