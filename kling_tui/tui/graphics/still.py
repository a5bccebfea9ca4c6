"""Encodes a frame of a clip for the terminal, in the best quality that its bytes allow."""

from base64 import b64encode
from math import ceil, sqrt

from kling_tui.previews import Clip, IndexedImage
from kling_tui.tui.graphics.detection import Graphics
from kling_tui.tui.graphics.image import StillImage
from kling_tui.tui.graphics.iterm2 import inline_image
from kling_tui.tui.graphics.png import png
from kling_tui.tui.graphics.sixel import sixel

_QUALITIES = ((1, 256), (1, 128), (1, 64), (2, 256), (2, 64), (3, 64), (4, 64))
"""From the best on: by what the size in pixels is divided, and how many colours there are."""
_SIXEL_QUALITIES = ((1, 256), (1, 128), (1, 64), (1, 32), (2, 32), (3, 16), (6, 8))
"""Of Sixel, the bytes grow with the colours more than with the pixels."""
_MAX_PIXELS, _MAX_SIXEL_PIXELS = 400_000, 150_000
"""Of more, encoding would take longer than a user waits."""


def encode_still(
    clip: Clip, cells: tuple[int, int], graphics: Graphics, max_bytes: int
) -> StillImage | None:
    """Return the first frame of a clip for so many columns and lines of cells.

    None if it cannot be made of so few bytes. Raises PreviewError.
    """
    columns, lines = cells
    width, height = columns * graphics.cell[0], lines * graphics.cell[1]
    if graphics.protocol == "sixel":
        qualities, max_pixels = _SIXEL_QUALITIES, _MAX_SIXEL_PIXELS
    else:
        qualities, max_pixels = _QUALITIES, _MAX_PIXELS
    least_divisor = ceil(sqrt(width * height / max_pixels))
    for factor, colours in qualities:
        divisor = factor * least_divisor
        size = ceil(width / divisor), ceil(height / divisor)
        image = clip.indexed_image_at(0.0, size, colours)
        payload = encode(image, divisor, cells, graphics)
        if len(payload) <= max_bytes:
            return StillImage(columns, lines, payload)
    return None


def encode(image: IndexedImage, divisor: int, cells: tuple[int, int], graphics: Graphics) -> str:
    """Return an image for so many columns and lines of cells, as `StillImage.payload` has it.

    `divisor` is by what the size of the cells in pixels is divided.
    """
    columns, lines = cells
    match graphics.protocol:
        case "kitty":
            return b64encode(png(image)).decode()
        case "sixel":
            width, height = graphics.cell
            return sixel(image, divisor, columns * width, lines * height)
        case "iterm2":
            return inline_image(image, columns, lines)
