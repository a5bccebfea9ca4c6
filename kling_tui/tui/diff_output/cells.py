"""The cells that the compositor's updates are made of."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from rich.cells import split_graphemes
from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import Strip

from kling_tui.tui.diff_output.sgr import SgrStyle, sgr_of

Cell = tuple[str, SgrStyle]
"""What stands in a cell, combining marks included; "" in the right half of a wide character."""


def size_of(update: LayoutUpdate | ChopsUpdate) -> tuple[int, int]:
    """Return the columns and lines of the screen that is updated."""
    if isinstance(update, LayoutUpdate):
        return update.region.right, update.region.bottom
    return update.chop_ends[0][-1], len(update.chops)


def painted(
    update: LayoutUpdate | ChopsUpdate, colors: ColorSystem
) -> Iterator[tuple[int, int, list[Cell]]]:
    """Yield what is painted, from top to bottom: a line, a column, and the cells from there on."""
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
    for words, style, control in strip:
        if not control:
            marks, drawn = _drawn(words, sgr_of(style, colors))
            if marks and cells:
                _combine(cells, marks)
            cells += drawn
    return cells


# Each entry takes some 2 KiB: with more entries, memory would grow for hours of changing texts.
@lru_cache(maxsize=1024)
def _drawn(words: str, pen: SgrStyle) -> tuple[str, Sequence[Cell]]:
    """Return the cells of a text, and marks that belong to what stands before it.

    Control characters have no cells, and are left out.
    """
    if words.isascii() and words.isprintable():
        return "", [(letter, pen) for letter in words]
    cells: list[Cell] = []
    marks = ""
    for start, end, width in split_graphemes(words)[0]:
        shown = "".join(each for each in words[start:end] if not _is_control(each))
        if width:
            cells.append((shown, pen))
            cells.extend([("", pen)] * (width - 1))
        elif cells:
            _combine(cells, shown)
        else:
            marks += shown
    return marks, cells


def _combine(cells: list[Cell], mark: str) -> None:
    """Put a mark without a width of its own onto the character before it."""
    index = len(cells) - 1
    while index and not cells[index][0]:
        index -= 1
    base, pen = cells[index]
    cells[index] = base + mark, pen


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character < "\xa0"
