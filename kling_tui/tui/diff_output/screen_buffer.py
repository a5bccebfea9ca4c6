"""A copy of what the terminal shows, by which it is known what need not be sent again."""

from collections.abc import Iterator

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate

from kling_tui.tui.diff_output.cells import Cell, painted, size_of
from kling_tui.tui.diff_output.encoder import FrameEncoder
from kling_tui.tui.diff_output.runs import StyledRun, group_by_style, split_runs


class ScreenBuffer:
    """The cells of the terminal, as far as they are known."""

    def __init__(self, *, erases_in_colour: bool) -> None:
        """`erases_in_colour`: what the terminal erases takes the background that is set."""
        self._erases_in_colour = erases_in_colour
        self._size = (0, 0)
        self._lines: list[list[Cell | None]] = []
        self._cursor: tuple[int, int] | None = None

    def clear(self) -> None:
        """Take nothing for known, so that all is sent again."""
        self._size = (0, 0)

    def diff(
        self, update: LayoutUpdate | ChopsUpdate, cursor: tuple[int, int], colors: ColorSystem
    ) -> str:
        """Return what makes the terminal show an update, "" for nothing.

        `cursor` is the column and the line at which the terminal's cursor is left.
        """
        columns, lines = size = size_of(update)
        if size != self._size:
            self._size, self._cursor = size, None
            self._lines = [[None] * columns for _ in range(lines)]
        strokes: list[StyledRun] = []
        for y, x, cells in painted(update, colors):
            strokes += self._update(y, x, cells[: columns - x])
        moved, self._cursor = cursor != self._cursor, cursor
        if not (strokes or moved):
            return ""
        brush = FrameEncoder(self._lines, erases_in_colour=self._erases_in_colour)
        for stroke in group_by_style(strokes):
            brush.write(stroke)
        return brush.finish(cursor[1], cursor[0])

    def _update(self, y: int, x: int, cells: list[Cell]) -> Iterator[StyledRun]:
        """Take over cells, and yield those that differ from what was known."""
        line, end = self._lines[y], x + len(cells)
        known, line[x:end] = line[x:end], cells
        if known == cells:
            return
        start = 0
        while start < len(cells):
            if cells[start] == known[start]:
                start += 1
                continue
            stop = start + 1
            while stop < len(cells) and cells[stop] != known[stop]:
                stop += 1
            yield from split_runs(y, x + start, cells[start:stop])
            start = stop
