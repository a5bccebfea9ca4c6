"""The screen buffer: what the terminal shows, so that only differences are sent."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import cast

from rich.color import ColorSystem

from kling_tui.tui.diff_output.ambiguous_text import (
    AmbiguousText,
    Columns,
    find_ambiguous_texts,
    widen,
)
from kling_tui.tui.diff_output.cells import Cell, screen_size, updated_cells
from kling_tui.tui.diff_output.encoder import FrameEncoder
from kling_tui.tui.diff_output.image_layer import ImageLayer, Placement, without_images
from kling_tui.tui.diff_output.runs import (
    StyledRun,
    group_by_style,
    join_over_blanks,
    layered_runs,
    split_runs,
)
from kling_tui.tui.diff_output.sgr import PLAIN, can_erase
from kling_tui.tui.diff_output.textual_internals import ChopsUpdate, LayoutUpdate


class ScreenBuffer:
    """The cells that the terminal shows; None where that is unknown."""

    def __init__(self, images: ImageLayer, *, back_colour_erase: bool) -> None:
        """`back_colour_erase`: whether erased cells get the current background colour."""
        self._images = images
        self._back_colour_erase = back_colour_erase
        self._can_erase = partial(can_erase, back_colour_erase=back_colour_erase)
        self._size = (0, 0)
        self._lines: list[list[Cell | None]] = []
        self._texts: dict[int, list[AmbiguousText]] = {}
        """The texts of ambiguous width, by line."""
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
            self._texts = {}
            self._images.clear()
        changed: defaultdict[int, list[Columns]] = defaultdict(list)
        for y, x, cells in updated_cells(update, colors):
            changed[y] += self._update(y, x, cells[: columns - x])
        images = self._images.update(self._lines, (y for y, parts in changed.items() if parts))
        parts_drawn = changed if images.nothing else without_images(changed, images)
        runs = [run for y, parts in parts_drawn.items() for run in self._runs(y, parts)]
        runs += [run for place in images.added for run in self._blanks(place)]
        removals = self._images.take_deletions() + "".join(map(self._images.hide, images.removed))
        moved, self._cursor = cursor != self._cursor, cursor
        if not (runs or moved or removals):
            return ""
        encoder = FrameEncoder(self._lines, self._texts, back_colour_erase=self._back_colour_erase)
        for run in group_by_style(runs):
            encoder.write(run)
        for place in images.added:
            encoder.write_image(place.y, place.x, self._images.show(place))
        return removals + encoder.finish(cursor[1], cursor[0])

    def _blanks(self, place: Placement) -> Iterator[StyledRun]:
        """Yield what is under an image: blanks as those to its left, if there are any.

        They are seen where the pixels are a little narrower than the cells.
        """
        for y in place.rows:
            left = self._lines[y][place.x - 1] if place.x else None
            style = left[1] if left is not None and left[0] == " " else PLAIN
            yield StyledRun(y, place.x, [(" ", style)] * place.columns)

    def _update(self, y: int, x: int, cells: list[Cell]) -> Iterator[Columns]:
        """Store cells, and yield the columns of those that differ from the content before.

        The second cell of a wide character that differs is included.
        """
        line, end = self._lines[y], x + len(cells)
        before, line[x:end] = line[x:end], cells
        if before == cells:
            return
        self._forget_split_characters(line, x, end, before)
        start = 0
        while start < len(cells):
            if cells[start] == before[start]:
                start += 1
                continue
            stop = start + 1
            while stop < len(cells) and (cells[stop] != before[stop] or not cells[stop][0]):
                stop += 1
            yield x + start, x + stop
            start = stop

    def _forget_split_characters(
        self, line: list[Cell | None], x: int, end: int, before: list[Cell | None]
    ) -> None:
        """Forget the other halves of wide characters that were overwritten at `x` or before `end`.

        The terminal blanks them.
        """
        if x and before[0] is not None and not before[0][0]:
            line[x - 1] = None
        if end < len(line) and (right_half := line[end]) is not None and not right_half[0]:
            line[end] = None

    def _runs(self, y: int, changed: list[Columns]) -> Iterator[StyledRun]:
        """Yield what to write for the changed columns of a line."""
        if not changed:
            return
        line, before = self._lines[y], self._texts.pop(y, [])
        texts = find_ambiguous_texts(line)
        if not (before or texts):
            for start, stop in join_over_blanks(line, changed, self._can_erase):
                yield from split_runs(y, start, cast(list[Cell], line[start:stop]))
            return
        self._texts[y] = texts
        for columns in widen(changed, [*before, *texts]):
            yield from layered_runs(y, line, columns, texts)
