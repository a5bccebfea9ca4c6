"""Encodes images as Sixel (DEC STD 070): bands of six lines, one run of a band for each colour."""

import re
from collections.abc import Iterator

from kling_tui.previews import IndexedImage

_BAND = 6
_FIRST_CHARACTER = 63
"""The character `?`: none of the six pixels of a column is set."""
_RUN = re.compile(rb"(.)\1*")
_TO_CHARACTERS = bytes(min(value + _FIRST_CHARACTER, 255) for value in range(256))
_MIN_COUNTED = 4
"""Columns from which on a run is shorter with a repeat count."""
_MAX_SHARE = 100
"""The value of a channel that is 255."""


def sixel(image: IndexedImage, factor: int, width: int, height: int) -> str:
    """Return the sequence that draws an image with its top left corner at the cursor.

    Each pixel is repeated `factor` times in both directions, as Sixel cannot scale, and the result
    is cropped to `width` and `height`.
    """
    colours = len(image.palette) // 3
    header = f'\x1bP0;1;0q"1;1;{width};{height}'
    definitions = "".join(_definition(image.palette, number) for number in range(colours))
    surplus = image.width * factor - width
    bands = b"-".join(
        b"$".join(
            b"#%d%s" % (colour, _repeat(columns, factor, image.width, surplus))
            for colour, columns in _columns(image, range(top, min(top + _BAND, height)), factor)
        )
        for top in range(0, height, _BAND)
    )
    return f"{header}{definitions}{bands.decode()}\x1b\\"


def _definition(palette: bytes, number: int) -> str:
    shares = (round(value * _MAX_SHARE / 255) for value in palette[3 * number : 3 * number + 3])
    return f"#{number};2;{';'.join(map(str, shares))}"


def _columns(image: IndexedImage, rows: range, factor: int) -> Iterator[tuple[int, bytes]]:
    """Yield the colours of a band of `rows`, with a character for each pixel of its width.

    Whole lines are handled as large integers: a loop over the pixels takes ten times as long.
    """
    lines: dict[bytes, int] = {}  # with the bits of the rows that show each
    for bit, row in enumerate(rows):
        start = row // factor * image.width
        line = image.pixels[start : start + image.width]
        lines[line] = lines.get(line, 0) | 1 << bit
    for colour in set(b"".join(lines)):
        is_colour = bytearray(256)
        columns = 0
        for line, mask in lines.items():
            if colour in line:
                is_colour[colour] = mask
                columns |= int.from_bytes(line.translate(is_colour))
        yield colour, columns.to_bytes(image.width).translate(_TO_CHARACTERS)


def _repeat(columns: bytes, factor: int, width: int, surplus: int) -> bytes:
    """Return characters repeated `factor` times, as runs; the last of `width` is cropped."""
    parts: list[bytes] = []
    for run in _RUN.finditer(columns.rstrip(b"?")):
        count = len(run[0]) * factor - (surplus if run.end() == width else 0)
        parts.append(b"!%d%s" % (count, run[1]) if count >= _MIN_COUNTED else run[1] * count)
    return b"".join(parts)
