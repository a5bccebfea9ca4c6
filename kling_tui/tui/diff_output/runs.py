"""The cells that differ, cut into strokes of one pen, and put in the order that is cheapest."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from kling_tui.tui.diff_output.cells import Cell
from kling_tui.tui.diff_output.sgr import SgrStyle

_EMOJI = "\U0001f000"


class StyledRun(NamedTuple):
    """Cells of one pen beside each other, and where they begin."""

    y: int
    x: int
    cells: Sequence[Cell]

    @property
    def pen(self) -> SgrStyle:
        """The look of all its cells."""
        return self.cells[0][1]


def split_runs(y: int, x: int, cells: Iterable[Cell]) -> Iterator[StyledRun]:
    """Cut the cells from a place on wherever their pen changes."""
    for _, alike in groupby(cells, key=lambda cell: cell[1]):
        stroke = StyledRun(y, x, list(alike))
        yield stroke
        x += len(stroke.cells)


def group_by_style(strokes: Sequence[StyledRun]) -> list[StyledRun]:
    """Put strokes of the same pen together: to change it takes more bytes than to move.

    First come those with characters of a doubtful width, which may spill into cells beside them.
    """
    first: dict[SgrStyle, int] = {}
    for stroke in strokes:
        first.setdefault(stroke.pen, len(first))
    return sorted(strokes, key=lambda stroke: (not _spills(stroke), first[stroke.pen]))


def has_ambiguous_width(words: str) -> bool:
    """Tell whether terminals disagree about how wide a character is."""
    return len(words) > 1 or words >= _EMOJI


def _spills(stroke: StyledRun) -> bool:
    return any(has_ambiguous_width(words) for words, _ in stroke.cells)
