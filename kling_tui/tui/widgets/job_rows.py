"""The rows of the job table: which columns fit, the text of each cell, and its rendering."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from rich.style import Style
from textual.strip import Strip

from kling_tui.formatting.batch_cells import render_cell
from kling_tui.formatting.batches import Batch
from kling_tui.formatting.column_layout import GAP, PlacedColumn, layout_columns
from kling_tui.formatting.columns import visible_columns
from kling_tui.formatting.render_context import RenderContext
from kling_tui.formatting.spans import Span
from kling_tui.gateways import with_not_polled_reason
from kling_tui.tui.batch_rows import Row
from kling_tui.tui.row_renderer import MARGIN, Cell, RowRenderer


class JobRows:
    """Renders rows, and keeps the text of each rendered one to find the cells that change."""

    def __init__(self, get_style: Callable[[str, bool], Style]) -> None:
        """`get_style` returns the style of a style class, under the cursor (True) or not."""
        self.context = RenderContext(datetime.now(UTC))
        self._renderer = RowRenderer(get_style)
        self._columns: Sequence[PlacedColumn] = ()
        self._timed_columns: Sequence[PlacedColumn] = ()
        self.width = 0
        """Cells of a line; 0 where the columns are to be laid out again."""
        self._rows: dict[str, dict[str, Cell]] = {}
        """The cells of each row by the title of their column, in the order of the columns."""

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
        self._timed_columns = [placed for placed in self._columns if placed.column.timed]
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
        return self._update(row, self._columns)

    def tick(self, row: Row) -> Sequence[tuple[int, int]]:
        """Do the same for a row that has changed by time alone."""
        return self._update(row, self._timed_columns)

    def _update(self, row: Row, columns: Sequence[PlacedColumn]) -> Sequence[tuple[int, int]]:
        cells = self._rows.get(row.id)
        if cells is None:
            return ()
        changed: list[tuple[int, int]] = []
        for placed, cell in zip(columns, self._cells(row, columns), strict=True):
            if cells[placed.column.title] != cell:
                cells[placed.column.title] = cell
                changed.append((placed.start + MARGIN, placed.width))
        return changed

    def render(self, row: Row, sign: Span, *, under_cursor: bool) -> Strip:
        """Return the line of a row with `sign` in its margin."""
        if (cells := self._rows.get(row.id)) is None:
            titles = (placed.column.title for placed in self._columns)
            cells = dict(zip(titles, self._cells(row, self._columns), strict=True))
            self._rows[row.id] = cells
        return self._renderer.render([*cells.values()], sign, "plain", under_cursor=under_cursor)

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

    def _cells(self, row: Row, columns: Sequence[PlacedColumn]) -> Iterator[Cell]:
        if isinstance(row, Batch):
            return (tuple(render_cell(placed, row, self.context)) for placed in columns)
        shown = with_not_polled_reason(row, self.context.endpoints, self.context.profiles)
        return (tuple(placed.render(shown, self.context)) for placed in columns)
