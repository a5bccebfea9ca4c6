"""The lines of ``kling-tui list`` fit into the terminal."""

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from kling_tui.formatting.output import jobs_as_lines
from kling_tui.jobs import Status, Video
from tests.support.jobs import NOW, a_job

JOBS = [
    replace(
        a_job(status=Status.SUCCEEDED, ended_at=NOW, label="夜の街 hero shot 夜の街"),
        videos=(Video("https://cdn.example.com/" + "v" * 90),),
        profile="studio",
    ),
    a_job("a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8", status=Status.FAILED, message="sunk " * 20),
]


@pytest.mark.parametrize("cells", [10, 24, 40, 60, 80, 100, 120, 160, 300])
def test_no_line_is_wider_than_the_terminal(cells: int) -> None:
    """Wide characters count as two cells; what was cut ends with an ellipsis."""
    full = jobs_as_lines(JOBS, NOW)
    lines = jobs_as_lines(JOBS, NOW, cells=cells)
    assert len(lines) == len(full)
    assert all(cell_len(line) <= cells for line in lines)
    assert any("…" in line for line in lines) == (cells < 300)
    assert (lines == full) == (cells == 300)


def test_less_important_columns_are_left_out_first() -> None:
    """Status, id and label remain to the end."""
    titles = {cells: jobs_as_lines(JOBS, NOW, cells=cells)[0].split() for cells in (120, 80, 44)}
    assert "AGE" in titles[120]
    assert "AGE" not in titles[80]
    assert titles[80][-1] == "RESULT"
    assert titles[44] == ["STATUS", "ID", "LABEL"]


def test_the_id_is_whole_where_it_has_room() -> None:
    """At 80 cells it can be copied."""
    assert any(JOBS[1].id in line for line in jobs_as_lines(JOBS, NOW, cells=80))
