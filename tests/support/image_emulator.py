"""The strict emulator, with images over its cells."""

import re

from tests.support.emulator import Emulator
from tests.support.image_plane import ImagePlane, split

_SYNCHRONIZED = re.compile(r"\x1b\[\?2026[hl]")


class ImageEmulator(Emulator):
    """A screen with images."""

    def __init__(self, columns: int, lines: int, images: ImagePlane) -> None:
        super().__init__(columns, lines)
        self.images = images

    def feed(self, output: str) -> None:
        """Process a frame; fails where an image is drawn over text, or reaches the last line."""
        for part in split(_SYNCHRONIZED.sub("", output)):
            if isinstance(part, str):
                super().feed(part)
                continue
            before = len(self.images.shown)
            self.images.execute(part, self.y, self.x)
            if len(self.images.shown) > before:
                image = self.images.shown[-1]
                assert image.y + image.lines < self._lines
                assert all(self.cells[y][x].text == " " for y, x in image.cells)

    def _draw(self, text: str, width: int) -> None:
        for x in range(self.x, self.x + width):
            self.images.overwrite(self.y, x)
        super()._draw(text, width)

    def _erase(self, count: int) -> None:
        for x in range(self.x, self.x + count):
            self.images.overwrite(self.y, x)
        super()._erase(count)
