"""The images that a terminal shows, for each of the three protocols.

It knows only what the program needs of them, and fails on all else.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.decoded_images import DecodedImage, decode_png, decode_sixel

IMAGE_SEQUENCE = re.compile(
    r"\x1b_G(?P<keys>[a-zA-Z0-9=,]*)(;(?P<data>[A-Za-z0-9+/=]*))?\x1b\\"
    r"|(?P<sixel>\x1bP0;1;0q[^\x1b]*\x1b\\)"
    r"|\x1b\]1337;File=(?P<arguments>[^:\x07]*):(?P<file>[A-Za-z0-9+/=]*)\x07"
)
_MAX_CHUNK = 4096
Place = tuple[int, int]
"""A line and a column."""


@dataclass
class ShownImage:
    """An image on the screen."""

    image: DecodedImage
    y: int
    x: int
    columns: int
    lines: int
    cells: set[Place] = field(init=False)
    """Those that still show it."""

    def __post_init__(self) -> None:
        self.cells = {
            (y, x)
            for y in range(self.y, self.y + self.lines)
            for x in range(self.x, self.x + self.columns)
        }

    @property
    def whole(self) -> bool:
        """Whether all of its cells show it."""
        return len(self.cells) == self.columns * self.lines


class ImagePlane:
    """Shows images over the cells of a screen."""

    def __init__(self, cell: tuple[int, int]) -> None:
        """`cell` is the width and height of a cell in pixels."""
        self._cell = cell
        self._stored: dict[int, DecodedImage] = {}
        self._lost: set[int] = set()
        """The ids of those that were deleted because they were not placed."""
        self._placed: dict[int, ShownImage] = {}
        """The placements of Kitty's protocol, which text does not remove."""
        self._drawn: list[ShownImage] = []
        """Those of the other protocols, which are in the cells."""
        self._chunks: list[str] = []
        self._first_keys: dict[str, str] = {}
        self.received = 0
        """Images whose data arrived."""

    @property
    def shown(self) -> list[ShownImage]:
        """All images of which anything is seen."""
        return [*self._placed.values(), *(image for image in self._drawn if image.cells)]

    @property
    def stored(self) -> int:
        """Images in the terminal's memory."""
        return len(self._stored)

    def covers(self, y: int, x: int) -> bool:
        """Whether a cell shows an image."""
        return any((y, x) in image.cells for image in self.shown)

    def overwrite(self, y: int, x: int) -> None:
        """Write or erase a cell."""
        for image in self._drawn:
            image.cells.discard((y, x))

    def crop(self, columns: int, lines: int) -> None:
        """Make the screen smaller."""
        for image in self._drawn:
            image.cells = {(y, x) for y, x in image.cells if y < lines and x < columns}

    def clear_cells(self) -> None:
        """Erase the screen."""
        self._drawn.clear()

    def execute(self, sequence: re.Match[str], y: int, x: int) -> None:
        """Execute an image sequence with the cursor at a place."""
        if sequence["sixel"]:
            image = decode_sixel(sequence["sixel"])
            width, height = self._cell
            assert (image.width % width, image.height % height) == (0, 0), "a part of a cell"
            self.received += 1
            columns, lines = image.width // width, image.height // height
            self._drawn.append(ShownImage(image, y, x, columns, lines))
        elif sequence["file"]:
            self._draw_file(sequence, y, x)
        else:
            keys = dict(part.split("=") for part in sequence["keys"].split(","))
            assert keys.get("q") == "2", "the terminal would reply"
            self._execute_kitty(keys, sequence["data"] or "", y, x)

    def _draw_file(self, sequence: re.Match[str], y: int, x: int) -> None:
        arguments = dict(part.split("=") for part in sequence["arguments"].split(";"))
        file = b64decode(sequence["file"], validate=True)
        assert arguments.pop("size") == str(len(file))
        columns, lines = int(arguments.pop("width")), int(arguments.pop("height"))
        assert arguments == {"inline": "1", "preserveAspectRatio": "0"}
        self.received += 1
        self._drawn.append(ShownImage(decode_png(file), y, x, columns, lines))

    def _execute_kitty(self, keys: dict[str, str], data: str, y: int, x: int) -> None:
        if self._first_keys or keys["a"] == "T":
            self._receive(keys, data, y, x)
            return
        image_id = int(keys["i"])
        if keys["a"] == "p":
            self._place(image_id, keys, y, x)
        else:
            assert keys["a"] == "d"
            stored = self._stored.keys() | self._lost
            assert image_id in stored, "deletes an image that is not there"
            self._placed.pop(image_id, None)
            if keys["d"] == "I":
                self._delete_unplaced(image_id)
            else:
                assert keys["d"] == "i"

    def _receive(self, keys: dict[str, str], data: str, y: int, x: int) -> None:
        """Take a chunk of an image; place it after the last one."""
        assert len(data) <= _MAX_CHUNK
        if self._first_keys:
            assert set(keys) <= {"m", "q"}, "not the next chunk"
        self._first_keys = self._first_keys or keys
        self._chunks.append(data)
        if keys["m"] == "1":
            assert len(data) % 4 == 0
            return
        first, file = self._first_keys, b64decode("".join(self._chunks), validate=True)
        self._first_keys, self._chunks = {}, []
        assert first["f"] == "100"
        self._stored[int(first["i"])] = decode_png(file)
        self.received += 1
        self._place(int(first["i"]), first, y, x)

    def _delete_unplaced(self, image_id: int) -> None:
        """Delete an image, and all that are not placed, as kitty 0.26 does."""
        self._lost |= self._stored.keys() - self._placed.keys()
        self._lost.discard(image_id)
        self._stored = {each: self._stored[each] for each in self._placed}

    def _place(self, image_id: int, keys: dict[str, str], y: int, x: int) -> None:
        assert (keys["p"], keys["C"]) == ("1", "1")
        size = int(keys["c"]), int(keys["r"])
        self._placed[image_id] = ShownImage(self._stored[image_id], y, x, *size)


def split(output: str) -> Iterator[str | re.Match[str]]:
    """Yield the image sequences of an output, and what is between them."""
    at = 0
    for sequence in IMAGE_SEQUENCE.finditer(output):
        yield output[at : sequence.start()]
        yield sequence
        at = sequence.end()
    yield output[at:]
