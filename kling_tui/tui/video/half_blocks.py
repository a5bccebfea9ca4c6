"""Pictures in cells: each is the upper half of a block over a coloured ground, and so two pixels.

Every terminal with colours shows them, also through tmux and over SSH. Terminals that draw true
pixels do so by sequences beside the cells, which nothing here relies on.
"""

from functools import lru_cache
from itertools import groupby

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from kling_tui.previews import Frame

Line = tuple[bytes, ...]
"""The cells of a line, each the colour of its upper half and that of its lower half."""
_UPPER = "▀"
_STEP = 9
"""The most by which a shade differs from the next."""
_STEPS = bytes(value & 0xF8 | value >> 5 for value in range(256))
"""Each shade as one of 32: neighbours that look alike are then alike, and sent as one."""


def fit_size(width: int, height: int, room: Size) -> Size:
    """Return how many columns and lines a picture takes that fits into some room."""
    scale = min(room.width / width, 2 * room.height / height)
    columns, lines = round(width * scale), round(height * scale / 2)
    return Size(max(1, min(columns, room.width)), max(1, min(lines, room.height)))


def frame_to_lines(frame: Frame) -> list[Line]:
    """Return a frame's lines of cells; its height is even."""
    pixels, width = frame.pixels.translate(_STEPS), 3 * frame.width
    starts = range(0, len(pixels), 2 * width)
    return [_line(pixels[at : at + width], pixels[at + width : at + 2 * width]) for at in starts]


def _line(upper: bytes, lower: bytes) -> Line:
    return tuple(upper[at : at + 3] + lower[at : at + 3] for at in range(0, len(upper), 3))


def keep_similar_cells(before: Line, after: Line) -> Line:
    """Return the line `after`, but with those cells of `before` that hardly differ from it."""
    if before == after:
        return before
    pairs = zip(before, after, strict=True)
    return tuple(old if old == new or _is_near(old, new) else new for old, new in pairs)


def _is_near(one: bytes, other: bytes) -> bool:
    for a, b in zip(one, other, strict=True):  # noqa: SIM110 - all() takes twice as long
        if not -_STEP <= a - b <= _STEP:
            return False
    return True


def render_line(line: Line) -> Strip:
    """Return what a line of cells looks like."""
    runs = ((cell, len(list(run))) for cell, run in groupby(line))
    return Strip([_segment(cell, count) for cell, count in runs], len(line))


def _segment(cell: bytes, count: int) -> Segment:
    blank = cell[:3] == cell[3:]
    return Segment((" " if blank else _UPPER) * count, _style(cell))


@lru_cache(maxsize=16_384)
def _style(cell: bytes) -> Style:
    upper, lower = _colour(cell[:3]), _colour(cell[3:])
    return Style.from_color(None if upper == lower else upper, lower)


@lru_cache(maxsize=32**3)
def _colour(shades: bytes) -> Color:
    return Color.from_triplet(ColorTriplet(*shades))
