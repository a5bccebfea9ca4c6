"""Inline images of iTerm2 (OSC 1337), which other terminals have adopted.

See https://iterm2.com/documentation-images.html.
"""

from base64 import b64encode

from kling_tui.previews import IndexedImage
from kling_tui.tui.graphics.png import png


def inline_image(image: IndexedImage, columns: int, lines: int) -> str:
    """Return the sequence that shows an image in the cells from the cursor on."""
    file = png(image)
    size = f"width={columns};height={lines};preserveAspectRatio=0"
    return f"\x1b]1337;File=inline=1;size={len(file)};{size}:{b64encode(file).decode()}\a"
