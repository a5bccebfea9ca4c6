"""The rows of the job table: which columns fit, the text of each cell, and its rendering."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from rich.style import Style
from textual.strip import Strip

from kling_tui.formatting.batch_cells import render_cell
from kling_tui.formatting.batches import Batch
from kling_tui.formatting.columns import (
    GAP,
    PlacedColumn,
    RenderContext,
    Span,
    layout_columns,
    visible_columns,
)
from kling_tui.gateways import with_not_polled_reason
from kling_tui.tui.batch_rows import Row
from kling_tui.tui.row_renderer import MARGIN, Cells, RowRenderer


class JobRows:
    """Renders rows, and keeps the text of each rendered one to find the cells that change."""

    def __init__(self, get_style: Callable[[str, bool], Style]) -> None:
        """`get_style` returns the style of a style class, under the cursor (True) or not."""
        self.context = RenderContext(datetime.now(UTC))
        self._renderer = RowRenderer(get_style)
        self._columns: Sequence[PlacedColumn] = ()
        self.width = 0
        """Cells of a line; 0 where the columns are to be laid out again."""
        self._rows: dict[str, Cells] = {}

    def reset(self, context: RenderContext) -> None:
        """Lay the columns out again at the next `set_width`."""
        self.context = context
        self.width = 0

    def set_width(self, width: int) -> None:
        """Lay the columns out for lines of `width` cells, if that is another width than before."""
        if width == self.width:
            return
        self.width = width
        self._columns = layout_columns(visible_columns(self.context), width - 2 * MARGIN)
        self._rows.clear()
        self._renderer.set_columns(self._columns, width)

    def clear(self) -> None:
        """Forget the rows, because others are about to be rendered."""
        self._rows.clear()

    def clear_styles(self) -> None:
        """Forget the styles, after the theme has changed."""
        self._renderer.clear_cache()

    def update(self, row: Row) -> Sequence[tuple[int, int]]:
        """Take over the text of a row; return the start and width of each cell that changes.

        A row that was not rendered has none.
        """
        before = self._rows.get(row.id)
        if before is None:
            return ()
        cells = self._rows[row.id] = self._cells(row)
        return [
            (placed.start + MARGIN, placed.width)
            for placed, old, new in zip(self._columns, before, cells, strict=True)
            if old != new
        ]

    def render(self, row: Row, sign: Span, *, under_cursor: bool) -> Strip:
        """Return the line of a row with `sign` in its margin."""
        if (cells := self._rows.get(row.id)) is None:
            cells = self._rows[row.id] = self._cells(row)
        return self._renderer.render(cells, sign, "plain", under_cursor=under_cursor)

    def render_heading(self, sort_id: str, arrow: str) -> Strip:
        """Return the line of the titles, with `arrow` at the column that is sorted by."""
        columns = [placed.column for placed in self._columns]
        titles = [column.title + arrow * (column.sort_id == sort_id) for column in columns]
        return self._renderer.render(
            [((title, "heading"),) for title in titles], (" ", "heading"), "heading"
        )

    def sort_id_at(self, x: int) -> str | None:
        """Return what a click on the heading at column `x` of the line sorts by."""
        for placed in self._columns:
            if placed.start <= x - MARGIN < placed.start + placed.width + GAP:
                return placed.column.sort_id
        return None

    def _cells(self, row: Row) -> Cells:
        if isinstance(row, Batch):
            return tuple(tuple(render_cell(each, row, self.context)) for each in self._columns)
        shown = with_not_polled_reason(row, self.context.endpoints, self.context.profiles)
        return tuple(tuple(placed.render(shown, self.context)) for placed in self._columns)
