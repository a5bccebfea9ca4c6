"""Splits changed cells into runs of one style, and orders them for few changes of style."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from functools import partial
from itertools import groupby, takewhile
from operator import eq
from typing import NamedTuple

from kling_tui.tui.diff_output.ambiguous_text import AmbiguousText, Columns, Line
from kling_tui.tui.diff_output.cells import Cell
from kling_tui.tui.diff_output.sgr import SgrStyle

MIN_ERASED_CELLS = 12
"""Blank cells from which on erasing and skipping is not longer than writing."""


class Layer(IntEnum):
    """The order in which runs are written; a later one may overwrite an earlier one."""

    CLEARED = 0
    """Blank cells under and to the right of texts of ambiguous width."""
    TEXT = 1
    """Texts of ambiguous width, which may cover cells to their right."""
    REST = 2


class StyledRun(NamedTuple):
    """Adjacent cells of one style, and the position of the first."""

    y: int
    x: int
    cells: Sequence[Cell]
    layer: Layer = Layer.REST
    continues: bool = False
    """Whether it is written where the run before it has ended, wherever that is."""

    @property
    def style(self) -> SgrStyle:
        """The style of all its cells."""
        return self.cells[0][1]


def split_runs(y: int, x: int, cells: Iterable[Cell]) -> Iterator[StyledRun]:
    """Split adjacent cells, the first at `y`, `x`, wherever the style changes."""
    for _, same_style in groupby(cells, key=lambda cell: cell[1]):
        run = StyledRun(y, x, list(same_style))
        yield run
        x += len(run.cells)


def join_over_blanks(
    line: Line, changed: Iterable[Columns], can_erase: Callable[[SgrStyle], bool]
) -> Iterator[Columns]:
    """Join changed parts of a line, in order, where one erasure clears them and what is between.

    A text that disappears leaves such parts: its words, as the blanks between them do not change.
    """
    joined: Columns | None = None
    for start, stop in changed:
        if joined is None:
            joined = start, stop
        elif _can_erase_across(line, joined, (start, stop), can_erase):
            joined = joined[0], stop
        else:
            yield joined
            joined = start, stop
    if joined is not None:
        yield joined


def _can_erase_across(
    line: Line, left: Columns, right: Columns, can_erase: Callable[[SgrStyle], bool]
) -> bool:
    """Return whether the gap between two parts is in blank cells that are erased together."""
    blank = line[right[0]]
    if blank is None or blank[0] != " " or not can_erase(blank[1]):
        return False
    cells = line[left[0] : right[1]]
    gap_start, gap_stop = left[1] - left[0], right[0] - left[0]
    is_blank = partial(eq, blank)
    before = list(takewhile(is_blank, reversed(cells[:gap_start])))
    after = list(takewhile(is_blank, cells[gap_start:]))
    return (
        bool(before)
        and len(after) > gap_stop - gap_start
        and len(before) + len(after) >= MIN_ERASED_CELLS
    )


def layered_runs(
    y: int, line: Line, columns: Columns, texts: Iterable[AmbiguousText]
) -> Iterator[StyledRun]:
    """Split a part of a line that contains every one of `texts` whole or not at all."""
    start, stop = columns
    layers = dict.fromkeys(range(start, stop), Layer.REST)
    for text in texts:
        if start <= text.start < stop:
            for column in range(text.start, text.reach):
                cell = line[column]
                if column < text.end:
                    layers[column] = Layer.TEXT
                elif layers[column] is Layer.REST and cell is not None and cell[0] == " ":
                    layers[column] = Layer.CLEARED
            for run in _runs(y, line, range(text.start, text.end)):
                yield run._replace(layer=Layer.TEXT, continues=run.x > text.start)
                blanks = [(" ", run.style)] * len(run.cells)
                yield run._replace(cells=blanks, layer=Layer.CLEARED)
    for layer in Layer.CLEARED, Layer.REST:
        for run in _runs(y, line, (column for column in layers if layers[column] is layer)):
            yield run._replace(layer=layer)


def _runs(y: int, line: Line, columns: Iterable[int]) -> Iterator[StyledRun]:
    """Split the cells in some columns, in ascending order; unknown ones are left out."""
    known = [(column, cell) for column in columns if (cell := line[column]) is not None]
    for _, adjacent in groupby(enumerate(known), key=lambda item: item[1][0] - item[0]):
        part = [item for _, item in adjacent]
        yield from split_runs(y, part[0][0], (cell for _, cell in part))


def group_by_style(runs: Sequence[StyledRun]) -> list[StyledRun]:
    """Put runs of the same style together: changing the style takes more bytes than moving.

    The layers stay in order, and so do the parts of a text of ambiguous width.
    """
    rank: dict[SgrStyle, int] = {}
    for run in runs:
        rank.setdefault(run.style, len(rank))
    return sorted(
        runs, key=lambda run: (run.layer, 0 if run.layer is Layer.TEXT else rank[run.style])
    )
