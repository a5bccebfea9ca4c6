"""The layout of the columns of the job table, in a table of any width."""

from itertools import pairwise

import pytest

from kling_tui.formatting.column_layout import GAP, layout_columns
from kling_tui.formatting.columns import COLUMNS, Column, optional_titles, visible_columns
from kling_tui.formatting.render_context import RenderContext
from kling_tui.gateways import BUILT_IN
from tests.support.jobs import NOW

TITLES = [column.title for column in COLUMNS]
WITHOUT_PROFILE = [title for title in TITLES if title != "Profile"]
WIDTHS = range(1, 251)


def test_columns_fill_the_width_without_overlap() -> None:
    """They keep their order and are never narrower than their minimum."""
    for width in WIDTHS:
        places = layout_columns(COLUMNS, width)
        shown = [COLUMNS.index(place.column) for place in places]
        assert shown == sorted(set(shown)), width
        assert places[0].start == 0, width
        assert all(b.start == a.start + a.width + GAP for a, b in pairwise(places)), width
        assert places[-1].start + places[-1].width == width
        if len(places) > 1:
            assert all(place.width >= place.column.min_cells for place in places), width


def test_least_important_column_is_dropped_first() -> None:
    """A wider table shows at least the columns of a narrower one."""
    for width in WIDTHS:
        shown = [place.column for place in layout_columns(COLUMNS, width)]
        least = max(column.importance for column in shown)
        hidden = [column.importance for column in COLUMNS if column not in shown]
        assert min(hidden, default=least) >= least, width
        assert set(shown) <= {place.column for place in layout_columns(COLUMNS, width + 1)}, width


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (1, ["Job"]),
        (22, ["Job"]),
        (23, ["Status", "Job"]),
        (38, ["Status", "Job", "Progress"]),
        (56, ["Status", "Job", "Elapsed", "Progress"]),
        (78, ["Status", "Job", "Elapsed", "Cost", "Progress"]),
        (109, [title for title in WITHOUT_PROFILE if title not in {"Added", "Ended"}]),
        (118, [title for title in WITHOUT_PROFILE if title != "Added"]),
        (123, WITHOUT_PROFILE),
    ],
)
def test_common_widths(width: int, titles: list[str]) -> None:
    """Narrow screens show job and progress, 120 cells show all columns."""
    columns = visible_columns(RenderContext(NOW))
    assert [place.column.title for place in layout_columns(columns, width)] == titles


def test_hidden_columns_make_room_for_others() -> None:
    """Status and Job are always shown."""
    context = RenderContext(NOW, hidden_columns=["Status", "Job", "Kind", "Checked", "odd"])
    shown = [place.column.title for place in layout_columns(visible_columns(context), 96)]
    assert shown == ["Status", "Job", "Ended", "Elapsed", "Cost", "Progress"]
    context = RenderContext(NOW, hidden_columns=optional_titles([""]))
    assert [column.title for column in visible_columns(context)] == ["Status", "Job"]
    assert "Profile" not in optional_titles([""])
    assert "Profile" in optional_titles(["", "studio"])


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (56, ["Status", "Job", "Elapsed", "Progress"]),
        (78, ["Status", "Job", "Profile", "Elapsed", "Cost", "Progress"]),
        (118, [title for title in TITLES if title not in {"Added", "Ended"}]),
        (139, TITLES),
    ],
)
def test_profile_column_appears_with_several_profiles(width: int, titles: list[str]) -> None:
    """It is wide enough for their names."""
    columns = visible_columns(RenderContext(NOW, profiles=["", "studio-two"]))
    assert [place.column.title for place in layout_columns(columns, width)] == titles
    widths = {place.column.title: place.width for place in layout_columns(columns, 160)}
    assert widths["Profile"] == len("studio-two")


def test_kind_column_grows_to_fit_configured_kinds() -> None:
    """Up to a limit."""
    for name in ("", "wan", "hailuo-02", "a-very-long-name-yet"):
        columns = visible_columns(RenderContext(NOW, endpoints={**BUILT_IN, name: BUILT_IN["o1"]}))
        widths = {place.column.title: place.width for place in layout_columns(columns, 160)}
        assert widths["Kind"] == min(max(5, len(name)), 14)


def test_last_column_takes_the_room_that_names_do_not_need() -> None:
    """It is the widest column of a wide table."""
    for width in (98, 118, 180, 250):
        columns = visible_columns(RenderContext(NOW))
        *others, last = layout_columns(columns, width)
        assert last.column.title == "Progress"
        assert last.width > max(place.width for place in others), width
        assert max(place.width for place in others) <= 36, width


def test_columns_without_growth_leave_room_empty() -> None:
    """Both columns keep their width."""
    columns = [Column("A", 3, 0, lambda _job, _context: ()) for _ in range(2)]
    assert [(place.start, place.width) for place in layout_columns(columns, 80)] == [
        (0, 3),
        (5, 3),
    ]
