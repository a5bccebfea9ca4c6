"""A pseudo-terminal that shows images, and replies to queries when the test says so."""

import re
from typing import Any

import pyte

from tests.support.image_plane import ImagePlane, ShownImage, split
from tests.support.terminal import Terminal

CELL = (10, 20)
"""Width and height of a cell in pixels."""
CELL_REPLY = b"\x1b[6;20;10t"
KITTY_REPLIES = b"\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.42.0)\x1b\\" + CELL_REPLY + b"\x1b[?62;c"
SIXEL_REPLIES = b"\x1bP>|foot(1.20.0)\x1b\\" + CELL_REPLY + b"\x1b[?62;4;22c"
ITERM2_REPLIES = b"\x1bP>|iTerm2 3.6.0\x1b\\" + CELL_REPLY + b"\x1b[?62;4c"
PLAIN_REPLIES = b"\x1bP>|XTerm(390)\x1b\\" + CELL_REPLY + b"\x1b[?64;1;2c"
QUERY = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[>q\x1b[16t\x1b[c"
CELL_QUERY = b"\x1b[16t\x1b[c"
_LEAVE_ALTERNATE = "\x1b[?1049l"
_NOT_DRAWN = re.compile(r"\x1b_G[^\x1b]*a=q[^\x1b]*\x1b\\|\x1b\[>q|\x1b\[16t|\x1b\[c|\x1b\[<u")
"""Queries, and what pyte would draw."""
_UNFINISHED = re.compile(r"\x1b([_P][^\x1b]*\x1b?|\][^\x07\x1b]*\x1b?|\[[0-?]*)?\Z")


class _Screen(pyte.Screen):
    """A screen that tells which cells are written or erased."""

    images: ImagePlane

    def draw(self, data: str) -> None:
        """Write characters."""
        for character in data:
            self.images.overwrite(self.cursor.y, min(self.cursor.x, self.columns - 1))
            super().draw(character)

    def erase_characters(self, count: int | None = None) -> None:
        """Erase cells from the cursor on."""
        for x in range(self.cursor.x, min(self.cursor.x + (count or 1), self.columns)):
            self.images.overwrite(self.cursor.y, x)
        super().erase_characters(count)

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:  # noqa: FBT001, FBT002 - as in pyte
        """Erase to the end of the line."""
        assert how == 0
        for x in range(self.cursor.x, self.columns):
            self.images.overwrite(self.cursor.y, x)
        super().erase_in_line(how, private)

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        """Erase the screen."""
        assert how == 2
        self.images.clear_cells()
        super().erase_in_display(how, *args, **kwargs)


class GraphicsTerminal(Terminal):
    """A program on a terminal that shows images."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.images = ImagePlane(CELL)
        self._screen = _Screen(self._screen.columns, self._screen.lines)
        self._screen.images = self.images
        self._stream = pyte.ByteStream(self._screen)
        self._rest = b""
        self.left_behind: list[ShownImage] = []
        """What was still shown when the program left the alternate screen."""

    def _draw(self, output: bytes) -> None:
        text = (self._rest + output).decode("utf-8", "surrogateescape")
        unfinished = _UNFINISHED.search(text)
        end = unfinished.start() if unfinished else len(text)
        self._rest = text[end:].encode("utf-8", "surrogateescape")
        for part in split(_NOT_DRAWN.sub("", text[:end])):
            if not isinstance(part, str):
                self.images.execute(part, self._screen.cursor.y, self._screen.cursor.x)
                continue
            for piece in re.split(f"({re.escape(_LEAVE_ALTERNATE)})", part):
                if piece == _LEAVE_ALTERNATE:
                    self.left_behind += self.images.shown
                self._stream.feed(piece.encode("utf-8", "surrogateescape"))

    def resize(self, columns: int, lines: int) -> None:
        """Resize the window; cells that are outside of it are gone."""
        super().resize(columns, lines)
        if hasattr(self, "images"):  # not the first time
            self.images.crop(columns, lines)

    @property
    def image(self) -> ShownImage | None:
        """The only image on the screen; None if there are several, or parts of one."""
        shown = self.images.shown
        return shown[0] if len(shown) == 1 and shown[0].whole else None

    def wait_for_query(self, query: bytes = QUERY) -> None:
        """Wait until the program has asked what the terminal supports."""
        self.until(lambda: query in self.output, "the query")

    def until_no_image(self) -> None:
        """Wait until nothing of any image is shown."""
        self.until(lambda: not self.images.shown, "a screen without images")

    def until_image(self) -> ShownImage:
        """Wait until one whole image is shown, and return it."""
        self.until(lambda: self.image, "an image")
        assert self.image
        return self.image
