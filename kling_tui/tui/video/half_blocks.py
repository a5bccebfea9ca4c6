"""Pictures in cells: the upper half block in one colour on a background of another is two pixels.

Every terminal with colours shows them, also through tmux and SSH. No graphics protocol is needed.
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
"""The cells of a line, each as six bytes: RGB of its upper and of its lower half."""
_UPPER_HALF_BLOCK = "▀"
_MAX_SIMILAR_DIFFERENCE = 9
"""The largest difference between two adjacent values of a quantized channel."""
_QUANTIZED = bytes(value & 0xF8 | value >> 5 for value in range(256))
"""Each channel value as one of 32, so that similar neighbours become equal, and one segment."""


def fit_size(width: int, height: int, room: Size, cell_ratio: float = 2.0) -> Size:
    """Return the columns and lines of a picture of `width` × `height` pixels that fits in `room`.

    A cell is `cell_ratio` times as high as it is wide.
    """
    scale = min(room.width / width, cell_ratio * room.height / height)
    columns, lines = round(width * scale), round(height * scale / cell_ratio)
    return Size(max(1, min(columns, room.width)), max(1, min(lines, room.height)))


def frame_to_lines(frame: Frame) -> list[Line]:
    """Convert a frame, whose height is even, to lines of cells."""
    pixels, row_size = frame.pixels.translate(_QUANTIZED), 3 * frame.width
    return [
        _line(pixels[at : at + row_size], pixels[at + row_size : at + 2 * row_size])
        for at in range(0, len(pixels), 2 * row_size)
    ]


def _line(upper: bytes, lower: bytes) -> Line:
    return tuple(upper[at : at + 3] + lower[at : at + 3] for at in range(0, len(upper), 3))


def keep_similar_cells(before: Line, after: Line) -> Line:
    """Return the line `after`, with those cells of `before` that hardly differ from it."""
    if before == after:
        return before
    pairs = zip(before, after, strict=True)
    return tuple(old if old == new or _is_similar(old, new) else new for old, new in pairs)


def _is_similar(one: bytes, other: bytes) -> bool:
    # A loop, as all() takes twice as long.
    for a, b in zip(one, other, strict=True):
        if not -_MAX_SIMILAR_DIFFERENCE <= a - b <= _MAX_SIMILAR_DIFFERENCE:
            return False
    return True


def line_to_strip(line: Line) -> Strip:
    """Render a line of cells."""
    runs = ((cell, len(list(run))) for cell, run in groupby(line))
    return Strip([_segment(cell, count) for cell, count in runs], len(line))


def _segment(cell: bytes, count: int) -> Segment:
    is_plain = cell[:3] == cell[3:]
    return Segment((" " if is_plain else _UPPER_HALF_BLOCK) * count, _style(cell))


@lru_cache(maxsize=16_384)
def _style(cell: bytes) -> Style:
    upper, lower = _colour(cell[:3]), _colour(cell[3:])
    return Style.from_color(None if upper == lower else upper, lower)


@lru_cache(maxsize=32**3)
def _colour(rgb: bytes) -> Color:
    return Color.from_triplet(ColorTriplet(*rgb))
