"""A copy of what the terminal shows, by which it is known what need not be sent again."""

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate

from kling_tui.ui.lean_output.brush import Brush
from kling_tui.ui.lean_output.cells import Cell, painted, size_of


class ScreenCopy:
    """The cells of the terminal, as far as they are known."""

    def __init__(self, *, erases_in_colour: bool) -> None:
        """`erases_in_colour`: what the terminal erases takes the background that is set."""
        self._erases_in_colour = erases_in_colour
        self._size = (0, 0)
        self._lines: list[list[Cell | None]] = []
        self._cursor: tuple[int, int] | None = None

    def forget(self) -> None:
        """Take nothing for known, so that all is sent again."""
        self._size = (0, 0)

    def changes(
        self, update: LayoutUpdate | ChopsUpdate, cursor: tuple[int, int], colors: ColorSystem
    ) -> str:
        """Return what makes the terminal show an update, "" for nothing.

        `cursor` is the column and the line at which the terminal's cursor is left.
        """
        columns, lines = size = size_of(update)
        if size != self._size:
            self._size, self._cursor = size, None
            self._lines = [[None] * columns for _ in range(lines)]
        brush = Brush(columns, erases_in_colour=self._erases_in_colour)
        changed = cursor != self._cursor
        for y, x, cells in painted(update, colors):
            changed |= self._paint(brush, y, x, cells[: columns - x])
        self._cursor = cursor
        return brush.finish(cursor[1], cursor[0]) if changed else ""

    def _paint(self, brush: Brush, y: int, x: int, cells: list[Cell]) -> bool:
        """Paint cells where they differ, and tell whether any does."""
        line, end = self._lines[y], x + len(cells)
        known = line[x:end]
        if known == cells:
            return False
        start = 0
        while start < len(cells):
            if cells[start] == known[start]:
                start += 1
                continue
            stop = start + 1
            while stop < len(cells) and cells[stop] != known[stop]:
                stop += 1
            brush.write(y, x + start, cells[start:stop], line)
            start = stop
        line[x:end] = cells
        return True
