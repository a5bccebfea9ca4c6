"""Encodes images as Sixel (DEC STD 070): bands of six lines, one run of a band for each colour."""

import re

from kling_tui.previews import IndexedImage

_BAND = 6
_FIRST_CHARACTER = 63
"""The character `?`: none of the six pixels of a column is set."""
_LONG_RUN = re.compile(rb"(.)\1{3,}")
"""A run that is shorter with a repeat count."""
_TO_CHARACTERS = bytes(min(value + _FIRST_CHARACTER, 255) for value in range(256))
_MAX_SHARE = 100
"""The value of a channel that is 255."""


def sixel(image: IndexedImage) -> str:
    """Return the sequence that draws an image with its top left corner at the cursor."""
    colours = len(image.palette) // 3
    header = f'\x1bP0;1;0q"1;1;{image.width};{image.height}'
    definitions = "".join(_definition(image.palette, number) for number in range(colours))
    bands = b"-".join(_band(image, top) for top in range(0, image.height, _BAND))
    return f"{header}{definitions}{bands.decode()}\x1b\\"


def enlarged(image: IndexedImage, factor: int, width: int, height: int) -> IndexedImage:
    """Return an image with each pixel repeated, cropped to a size: Sixel cannot scale."""
    lines: list[bytes] = []
    for start in range(0, len(image.pixels), image.width):
        line = bytearray(image.width * factor)
        for offset in range(factor):
            line[offset::factor] = image.pixels[start : start + image.width]
        lines += [bytes(line[:width])] * factor
    return IndexedImage(width, height, image.palette, b"".join(lines[:height]))


def _definition(palette: bytes, number: int) -> str:
    shares = (round(value * _MAX_SHARE / 255) for value in palette[3 * number : 3 * number + 3])
    return f"#{number};2;{';'.join(map(str, shares))}"


def _band(image: IndexedImage, top: int) -> bytes:
    """Return up to six lines: the columns of each colour, one colour over the other."""
    width = image.width
    lines = [
        image.pixels[y * width : (y + 1) * width]
        for y in range(top, min(top + _BAND, image.height))
    ]
    return b"$".join(b"#%d" % colour + _columns(lines, colour) for colour in set(b"".join(lines)))


def _columns(lines: list[bytes], colour: int) -> bytes:
    """Return the columns of one colour in a band.

    Whole lines are handled as large integers: a loop over the pixels takes ten times as long.
    """
    columns = 0
    for bit, line in enumerate(lines):
        if colour in line:
            is_colour = bytes(colour) + bytes((1 << bit,)) + bytes(255 - colour)
            columns |= int.from_bytes(line.translate(is_colour))
    characters = columns.to_bytes(len(lines[0])).translate(_TO_CHARACTERS)
    return _LONG_RUN.sub(_repeat, characters.rstrip(b"?"))


def _repeat(run: re.Match[bytes]) -> bytes:
    return b"!%d%s" % (len(run[0]), run[1])
