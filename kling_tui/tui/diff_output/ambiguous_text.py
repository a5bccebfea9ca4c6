"""Finds texts that a terminal may draw wider or narrower than Textual expects.

Terminals disagree about vowel signs, flags, and emoji with modifiers or joiners. If each character
was put in its cell, the next one would overwrite what a wider character needs. So such a text is
written as a whole after its cells and the blank cells to its right were cleared, and what else is
to its right is written after it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from unicodedata import category

from rich.cells import get_character_cell_size

from kling_tui.tui.diff_output.cells import Cell

_FIRST_EMOJI = "\U0001f000"
_ZERO_WIDTH_CATEGORIES = {"Cf", "Me", "Mn"}
_FIRST_BOX, _LAST_BOX = "─", "╿"
_BLANKS_BETWEEN_TEXTS = 2
"""Blank cells that end a text, such as those between columns."""

Line = Sequence[Cell | None]
Columns = tuple[int, int]
"""The first column, and the one after the last."""


class AmbiguousText(NamedTuple):
    """A part of a line, from its first character of ambiguous width on."""

    start: int
    end: int
    """The column after its last character."""
    reach: int
    """The column after the last one that the widest terminal needs for it."""

    def overlaps(self, columns: Columns) -> bool:
        """Whether a part of the line and the text may share a column."""
        return self.start < columns[1] and columns[0] < self.reach


def has_ambiguous_width(character: str) -> bool:
    """Return whether terminals disagree about the width of a character (a grapheme cluster)."""
    return len(character) > 1 or character >= _FIRST_EMOJI


def find_ambiguous_texts(line: Line) -> list[AmbiguousText]:
    """Return the texts of a line from left to right."""
    characters = [cell[0] for cell in line if cell]
    if max(map(len, characters), default=0) < 2 and max(characters, default="") < _FIRST_EMOJI:
        return []  # most lines, quickly
    texts: list[AmbiguousText] = []
    for column, cell in enumerate(line):
        if cell is None or not has_ambiguous_width(cell[0]):
            continue
        if not texts or column >= texts[-1].end:
            texts.append(_text_from(line, column))
    return texts


def _text_from(line: Line, start: int) -> AmbiguousText:
    end, blanks, most_cells = start, 0, 0
    for column in range(start, len(line)):
        cell = line[column]
        if cell is None or _FIRST_BOX <= cell[0] <= _LAST_BOX or blanks == _BLANKS_BETWEEN_TEXTS:
            break
        blanks = blanks + 1 if cell[0] == " " else 0
        most_cells += _most_cells(cell[0])
        end = column + 1
    end -= blanks
    return AmbiguousText(start, end, min(len(line), max(end, start + most_cells - blanks)))


def _most_cells(character: str) -> int:
    """Return the most cells that any terminal needs for a character (a grapheme cluster)."""
    return sum(map(_most_cells_of_code_point, character))


def _most_cells_of_code_point(point: str) -> int:
    if point >= _FIRST_EMOJI:
        return 2  # also a modifier, for which Rich needs none
    return max(get_character_cell_size(point), category(point) not in _ZERO_WIDTH_CATEGORIES)


def widen(columns: Iterable[Columns], texts: Sequence[AmbiguousText]) -> list[Columns]:
    """Return parts of a line, with every text whole that overlaps one of them; merged."""
    widened = set(columns)
    remaining = list(texts)
    while overlapping := [text for text in remaining if any(map(text.overlaps, widened))]:
        widened.update((text.start, text.reach) for text in overlapping)
        remaining = [text for text in remaining if text not in overlapping]
    return _merged(widened)


def _merged(columns: Iterable[Columns]) -> list[Columns]:
    merged: list[Columns] = []
    for start, stop in sorted(columns):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(stop, merged[-1][1])
        else:
            merged.append((start, stop))
    return merged
