"""Bars made of characters: each bar is stacked from amounts, in styles of their own.

Each style has another fill, so that the parts differ without colours too.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from kling_tui.formatting.spans import Span
from kling_tui.formatting.symbols import HAS_UTF8

Part = tuple[Decimal, str]
"""An amount, and its style."""
_EIGHTHS = 8
_NICE_STEPS = tuple(map(Decimal, ("1", "1.2", "1.6", "2", "3", "4", "5", "6", "8", "10")))
"""Ends of an axis, of which the half is a round number too."""


class Fills(Struct, frozen=True):
    """The characters of bars."""

    by_style: dict[str, str]
    up: str
    """The first to eighth eighth of a cell from below, of the first part; one for none."""
    right: str
    """The same from the left."""

    def of(self, style: str) -> str:
        """Return the character of a full cell."""
        return self.by_style[style]


UTF8_FILLS = Fills({"succeeded": "█", "running": "▒", "failed": "░"}, " ▁▂▃▄▅▆▇█", " ▏▎▍▌▋▊▉█")
ASCII_FILLS = Fills({"succeeded": "#", "running": "=", "failed": "."}, "        #", "        #")
FILLS = UTF8_FILLS if HAS_UTF8 else ASCII_FILLS
"""Those that the terminal can show."""


def end_of_axis(maximum: Decimal) -> Decimal:
    """Return a round number that is `maximum` or a little more; 1 if that is 0."""
    if maximum <= 0:
        return Decimal(1)
    unit = Decimal(1).scaleb(maximum.adjusted())
    return next(step * unit for step in _NICE_STEPS if step * unit >= maximum)


def horizontal_bar(parts: Sequence[Part], maximum: Decimal, cells: int, fill: Fills) -> list[Span]:
    """Return a bar whose length is its sum's share of `maximum`; it may be shorter than `cells`."""
    lengths = _lengths(parts, maximum, cells)
    spans = []
    for (_, style), eighths in zip(parts, lengths, strict=True):
        full, rest = divmod(eighths, _EIGHTHS)
        text = fill.of(style) * full + (fill.right[rest].strip() if rest else "")
        if rest and not text:
            text = fill.of(style)
        if text:
            spans.append((text, style))
    return spans


def vertical_bar(parts: Sequence[Part], maximum: Decimal, cells: int, fill: Fills) -> list[Span]:
    """Return the cells of a bar from below, each a character with its style."""
    column: list[Span] = []
    for (_, style), eighths in zip(parts, _lengths(parts, maximum, cells), strict=True):
        full, rest = divmod(eighths, _EIGHTHS)
        column += [(fill.of(style), style)] * full
        if rest and (fill.up[rest] != " " or not column):
            column.append((fill.up[rest] if fill.up[rest] != " " else fill.of(style), style))
    return column


def _lengths(parts: Sequence[Part], maximum: Decimal, cells: int) -> list[int]:
    """Return the length of each part in eighths of a cell.

    A part above nothing is seen: it has an eighth, or a whole cell in a bar of several parts. There
    every part has whole cells, as the cell between two parts can show one of them only.
    """
    present = [amount > 0 for amount, _ in parts]
    unit = 1 if sum(present) == 1 and present[0] else _EIGHTHS
    room = cells * _EIGHTHS // unit
    lengths, before, end = [], Decimal(0), 0
    for (amount, _), is_present in zip(parts, present, strict=True):
        before += amount
        share = (before * room / maximum).quantize(Decimal(1), ROUND_HALF_UP)
        length = max(int(is_present), int(share) - end) if is_present else 0
        lengths.append(length)
        end += length
    while sum(lengths) > room and max(lengths) > 1:
        lengths[lengths.index(max(lengths))] -= 1
    return [length * unit for length in lengths]
