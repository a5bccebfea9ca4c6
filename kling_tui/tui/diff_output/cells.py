"""Converts the compositor's updates to cells."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from rich.cells import split_graphemes
from rich.color import ColorSystem
from textual.strip import Strip

from kling_tui.tui.diff_output.sgr import SgrStyle, sgr_of
from kling_tui.tui.diff_output.textual_internals import ChopsUpdate, LayoutUpdate

Cell = tuple[str, SgrStyle]
"""A character with its combining marks, "" in the right half of a wide one; and its style."""


def screen_size(update: LayoutUpdate | ChopsUpdate) -> tuple[int, int]:
    """Return the columns and lines of the screen that an update belongs to."""
    if isinstance(update, LayoutUpdate):
        return update.region.right, update.region.bottom
    return update.chop_ends[0][-1], len(update.chops)


def updated_cells(
    update: LayoutUpdate | ChopsUpdate, colors: ColorSystem
) -> Iterator[tuple[int, int, list[Cell]]]:
    """Yield the updated parts from top to bottom: line, first column, and the cells from there."""
    for y, x, strip in _strips(update):
        yield y, x, _cells(strip, colors)


def _strips(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in line:
                yield y, x, strip
                x += strip.cell_length
        return
    for y, left, right in update.spans:
        for end, (x, chop) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if chop is not None and x < right and end > left:
                yield y, x, chop.crop(0, min(end, right) - x)


def _cells(strip: Strip, colors: ColorSystem) -> list[Cell]:
    cells: list[Cell] = []
    for text, style, control in strip:
        if not control:
            leading_marks, text_cells = _cells_of_text(text, sgr_of(style, colors))
            if leading_marks and cells:
                _combine(cells, leading_marks)
            cells += text_cells
    return cells


# Each entry takes about 2 KiB: with more entries, memory would grow for hours of changing texts.
@lru_cache(maxsize=1024)
def _cells_of_text(text: str, style: SgrStyle) -> tuple[str, Sequence[Cell]]:
    """Return the marks that combine with the character before the text, and the text's cells.

    Control characters have no cells, and are left out.
    """
    if text.isascii() and text.isprintable():
        return "", [(character, style) for character in text]
    cells: list[Cell] = []
    leading_marks = ""
    for start, end, width in split_graphemes(text)[0]:
        grapheme = "".join(character for character in text[start:end] if not _is_control(character))
        if width:
            cells.append((grapheme, style))
            cells.extend([("", style)] * (width - 1))
        elif cells:
            _combine(cells, grapheme)
        else:
            leading_marks += grapheme
    return leading_marks, cells


def _combine(cells: list[Cell], marks: str) -> None:
    """Add zero-width marks to the last character."""
    index = len(cells) - 1
    while index and not cells[index][0]:
        index -= 1
    character, style = cells[index]
    cells[index] = character + marks, style


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character < "\xa0"
