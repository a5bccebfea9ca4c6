"""Splits changed cells into runs of one style, and orders them for few changes of style."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from kling_tui.tui.diff_output.cells import Cell
from kling_tui.tui.diff_output.sgr import SgrStyle

_FIRST_EMOJI = "\U0001f000"


class StyledRun(NamedTuple):
    """Adjacent cells of one style, and the position of the first."""

    y: int
    x: int
    cells: Sequence[Cell]

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


def group_by_style(runs: Sequence[StyledRun]) -> list[StyledRun]:
    """Put runs of the same style together: changing the style takes more bytes than moving.

    Runs with characters of ambiguous width come first, as these may spill into adjacent cells.
    """
    rank: dict[SgrStyle, int] = {}
    for run in runs:
        rank.setdefault(run.style, len(rank))
    return sorted(runs, key=lambda run: (not _may_spill(run), rank[run.style]))


def has_ambiguous_width(character: str) -> bool:
    """Return whether terminals disagree about the width of a character (a grapheme cluster)."""
    return len(character) > 1 or character >= _FIRST_EMOJI


def _may_spill(run: StyledRun) -> bool:
    return any(has_ambiguous_width(character) for character, _ in run.cells)
