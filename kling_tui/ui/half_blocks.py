"""Pictures in cells: each is the upper half of a block over a coloured ground, and so two pixels.

Every terminal with colours shows them, also through tmux and over SSH. Terminals that draw true
pixels do so by sequences beside the cells, which nothing here relies on.
"""

from functools import lru_cache
from itertools import groupby

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from kling_tui.previews import Frame

Line = tuple[bytes, ...]
"""The cells of a line, each the colour of its upper half and that of its lower half."""
_UPPER = "▀"
_STEPS = bytes(value & 0xF8 | value >> 5 for value in range(256))
"""Each shade as one of 32: neighbours that look alike are then alike, and sent as one."""


def fitted(width: int, height: int, room: Size) -> Size:
    """Return how many columns and lines a picture takes that fits into some room."""
    scale = min(room.width / width, 2 * room.height / height)
    columns, lines = round(width * scale), round(height * scale / 2)
    return Size(max(1, min(columns, room.width)), max(1, min(lines, room.height)))


def lines_of(frame: Frame) -> list[Line]:
    """Return a frame's lines of cells; its height is even."""
    pixels, width = frame.pixels.translate(_STEPS), 3 * frame.width
    starts = range(0, len(pixels), 2 * width)
    return [_line(pixels[at : at + width], pixels[at + width : at + 2 * width]) for at in starts]


def _line(upper: bytes, lower: bytes) -> Line:
    return tuple(upper[at : at + 3] + lower[at : at + 3] for at in range(0, len(upper), 3))


def strip_of(line: Line) -> Strip:
    """Return what a line of cells looks like."""
    runs = ((cell, sum(1 for _ in run)) for cell, run in groupby(line))
    return Strip([_segment(cell, count) for cell, count in runs], len(line))


def _segment(cell: bytes, count: int) -> Segment:
    blank = cell[:3] == cell[3:]
    return Segment((" " if blank else _UPPER) * count, _style(cell))


@lru_cache(maxsize=16_384)
def _style(cell: bytes) -> Style:
    upper, lower = (Color.from_rgb(*half) for half in (cell[:3], cell[3:]))
    return Style(bgcolor=lower) if cell[:3] == cell[3:] else Style(color=upper, bgcolor=lower)
