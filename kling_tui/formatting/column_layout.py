"""Lays out columns in a number of cells, without the least important where there is no room."""

from collections.abc import Sequence

from msgspec import Struct

from kling_tui.formatting.columns import Column
from kling_tui.formatting.render_context import RenderContext
from kling_tui.formatting.spans import Span
from kling_tui.jobs import Job

GAP = 2
"""Blank cells between two columns."""
_MAX_ESSENTIAL = 1
"""Columns up to this importance are made narrower before they are dropped."""
_MIN_OPTIONAL = 5
"""Columns from this importance on are shown only where all columns have their wanted width."""


class PlacedColumn(Struct, frozen=True):
    """A column with its position and width, in cells from the left edge of the text."""

    column: Column
    start: int
    width: int

    def render(self, job: Job, context: RenderContext) -> Sequence[Span]:
        """Return the cell of a job; it may still be too long for the width."""
        return self.column.fit(self.column.render(job, context), self.width)


def layout_columns(columns: Sequence[Column], width: int) -> list[PlacedColumn]:
    """Lay out as many columns as fit in `width` cells; the least important are dropped first.

    Essential columns are made narrower, down to `min_cells`, before they are dropped.
    """
    shown = list(columns)
    while len(shown) > 1:
        last = max(shown, key=lambda column: column.importance)
        optional = last.importance >= _MIN_OPTIONAL
        needed = (c.wanted_width if optional and not c.shortens else 0 for c in shown)
        if sum(map(max, needed, (c.width for c in shown))) + GAP * (len(shown) - 1) <= width:
            break
        if last.importance <= _MAX_ESSENTIAL and _total(shown, narrow=True) <= width:
            break
        shown.remove(last)
    return _place(shown, _widths(shown, width))


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    """Return the widths with which columns fill `width` cells.

    The room beyond their smallest widths goes first to those that want more, in their order, and
    then to those that grow, by their shares.
    """
    narrow = _total(columns, narrow=False) > width
    widths = [column.min_cells if narrow else column.width for column in columns]
    spare = max(0, width - sum(widths) - GAP * (len(columns) - 1))
    for index, column in enumerate(columns):
        more = min(spare, max(0, column.wanted_width - widths[index]))
        widths[index], spare = widths[index] + more, spare - more
    shares = sum(column.grows for column in columns)
    for index, column in enumerate(columns):
        growth = spare * column.grows // shares if shares else 0
        if column.max_width is not None:
            growth = min(growth, max(0, column.max_width - widths[index]))
        spare, shares = spare - growth, shares - column.grows
        widths[index] = min(widths[index] + growth, max(1, width))
    return widths


def _place(columns: Sequence[Column], widths: Sequence[int]) -> list[PlacedColumn]:
    placed: list[PlacedColumn] = []
    start = 0
    for column, cells in zip(columns, widths, strict=True):
        placed.append(PlacedColumn(column, start, cells))
        start += cells + GAP
    return placed


def _total(columns: Sequence[Column], *, narrow: bool) -> int:
    widths = (column.min_cells if narrow else column.width for column in columns)
    return sum(widths) + GAP * (len(columns) - 1)
