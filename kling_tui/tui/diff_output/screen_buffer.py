"""The screen buffer: what the terminal shows, so that only differences are sent."""

from collections.abc import Iterator

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate

from kling_tui.tui.diff_output.cells import Cell, screen_size, updated_cells
from kling_tui.tui.diff_output.encoder import FrameEncoder
from kling_tui.tui.diff_output.runs import StyledRun, group_by_style, split_runs


class ScreenBuffer:
    """The cells that the terminal shows; None where that is unknown."""

    def __init__(self, *, back_colour_erase: bool) -> None:
        """`back_colour_erase`: whether erased cells get the current background colour."""
        self._back_colour_erase = back_colour_erase
        self._size = (0, 0)
        self._lines: list[list[Cell | None]] = []
        self._cursor: tuple[int, int] | None = None

    def clear(self) -> None:
        """Forget the content, so that the whole screen is sent again."""
        self._size = (0, 0)

    def diff(
        self, update: LayoutUpdate | ChopsUpdate, cursor: tuple[int, int], colors: ColorSystem
    ) -> str:
        """Return the escape sequence that brings the terminal up to date, "" for no change.

        `cursor` is the column and line where the sequence leaves the terminal's cursor.
        """
        columns, lines = size = screen_size(update)
        if size != self._size:
            self._size, self._cursor = size, None
            self._lines = [[None] * columns for _ in range(lines)]
        runs: list[StyledRun] = []
        for y, x, cells in updated_cells(update, colors):
            runs += self._update(y, x, cells[: columns - x])
        moved, self._cursor = cursor != self._cursor, cursor
        if not (runs or moved):
            return ""
        encoder = FrameEncoder(self._lines, back_colour_erase=self._back_colour_erase)
        for run in group_by_style(runs):
            encoder.write(run)
        return encoder.finish(cursor[1], cursor[0])

    def _update(self, y: int, x: int, cells: list[Cell]) -> Iterator[StyledRun]:
        """Store cells, and yield those that differ from the content before."""
        line, end = self._lines[y], x + len(cells)
        before, line[x:end] = line[x:end], cells
        if before == cells:
            return
        start = 0
        while start < len(cells):
            if cells[start] == before[start]:
                start += 1
                continue
            stop = start + 1
            while stop < len(cells) and cells[stop] != before[stop]:
                stop += 1
            yield from split_runs(y, x + start, cells[start:stop])
            start = stop
