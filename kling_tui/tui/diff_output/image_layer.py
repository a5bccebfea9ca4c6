"""The images on the screen: which of them the terminal shows, over which cells.

A widget draws an image in cells, of half blocks, whose style names the image. One rule decides
whether the terminal shows it in pixels: all of its cells are on the screen, and above the last
line, where some terminals would scroll. A dialog, a toast or a scrolled edge takes some of the
cells away; then the others are drawn as cells.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os import getpid

from msgspec import Struct

from kling_tui.tui.diff_output.ambiguous_text import Columns, Line, find_ambiguous_texts
from kling_tui.tui.graphics import kitty
from kling_tui.tui.graphics.detection import Detection, Graphics
from kling_tui.tui.graphics.image import StillImage

_IDS_PER_PROCESS = 4096
_MAX_ID = 1 << 31
_CLEAR_SCREEN = "\x1b[m\x1b[2J"
MAX_SECONDS = 0.25
"""The time that an image may take on the line; keys may have to wait so long."""


class Placement(Struct, frozen=True):
    """Where an image is on the screen."""

    image: int
    y: int
    x: int
    columns: int
    lines: int

    @property
    def rows(self) -> range:
        """The lines of the screen that it covers."""
        return range(self.y, self.y + self.lines)

    @property
    def span(self) -> Columns:
        """The columns that it covers."""
        return self.x, self.x + self.columns


class ImageChanges(Struct, frozen=True):
    """What has to be done in a frame."""

    removed: Sequence[Placement] = ()
    added: Sequence[Placement] = ()
    shown: Sequence[Placement] = ()
    """All that are shown after the frame."""

    @property
    def nothing(self) -> bool:
        """Whether no image is, was or will be shown."""
        return not (self.removed or self.shown)


class ImageLayer:
    """The images that widgets want to show, and those that the terminal shows."""

    def __init__(self, detection: Detection, bytes_per_second: Callable[[], int]) -> None:
        """`bytes_per_second` returns the most that images may take."""
        self.detection = detection
        self.resting = False
        """Set for `MAX_SECONDS` after images were sent: no other is sent then."""
        self.sent = False
        """Whether the last frame sent an image."""
        self.postponed = False
        """Whether a later frame has to send images that could be shown."""
        self._bytes_per_second = bytes_per_second
        self._images: dict[int, StillImage] = {}
        self._last_id = getpid() * _IDS_PER_PROCESS % _MAX_ID  # other programs have ids as well
        self._spans: dict[int, dict[int, Columns]] = {}
        """By line of the screen, the columns of each image in it."""
        self._shown: dict[int, Placement] = {}
        self._sent: dict[int, None] = {}
        """The images that a terminal with Kitty's protocol has in memory."""
        self._obsolete: list[int] = []
        """Those that it should forget."""

    @property
    def graphics(self) -> Graphics | None:
        """How the terminal shows images; None if it does not."""
        return self.detection.graphics

    @property
    def max_bytes(self) -> int:
        """The most that one image may take, and all of a frame."""
        return int(self._bytes_per_second() * MAX_SECONDS)

    def add(self, image: StillImage) -> int:
        """Return the id that the cells of an image must have."""
        self._last_id = self._last_id % _MAX_ID + 1
        self._images[self._last_id] = image
        return self._last_id

    def remove(self, image_id: int) -> None:
        """Forget an image."""
        self._images.pop(image_id, None)
        self._forget_sent(image_id)

    def _forget_sent(self, image_id: int) -> None:
        if image_id in self._sent:
            del self._sent[image_id]
            self._obsolete.append(image_id)

    def _forget_hidden(self) -> None:
        """Let the terminal forget all images that it does not show; they are sent again.

        kitty 0.26 forgets these as well when any image is deleted.
        """
        for image_id in [each for each in self._sent if each not in self._shown]:
            self._forget_sent(image_id)

    def clear(self) -> None:
        """Forget what the terminal shows: all of it will be drawn again."""
        self._spans.clear()
        self._shown.clear()
        for image_id in list(self._sent):
            self._forget_sent(image_id)

    def leave(self) -> str:
        """Return the sequence that removes all images from the terminal, "" if there are none."""
        shown = bool(self._shown)
        self.clear()
        if self._is_kitty:
            return self.take_deletions()
        return _CLEAR_SCREEN if shown else ""

    @property
    def _is_kitty(self) -> bool:
        return self.graphics is not None and self.graphics.protocol == "kitty"

    def update(self, lines: Sequence[Line], changed: Iterable[int]) -> ImageChanges:
        """Find out what changes, given the cells of the screen and which lines were drawn."""
        self.sent = self.postponed = False
        if not (self._images or self._shown):
            return ImageChanges()
        if self._obsolete:
            self._forget_hidden()
        for y in changed:
            self._spans[y] = dict(_spans(lines[y]))
        wanted = {place.image: place for place in self._affordable(self._placements(len(lines)))}
        before, self._shown = self._shown, wanted
        return ImageChanges(
            removed=[place for image, place in before.items() if wanted.get(image) != place],
            added=[place for image, place in wanted.items() if before.get(image) != place],
            shown=[*wanted.values()],
        )

    def _affordable(self, places: Iterable[Placement]) -> Iterator[Placement]:
        """Yield the images that are shown already, or whose bytes the frame can have."""
        left = 0 if self.resting else self.max_bytes
        for place in places:
            cost = 0
            if self._shown.get(place.image) != place and place.image not in self._sent:
                cost = len(self._images[place.image].payload)
            if not cost or cost <= left or not (self.resting or self.sent):
                left -= cost
                self.sent |= bool(cost)
                yield place
            else:
                self.postponed = True

    def _placements(self, screen_lines: int) -> Iterator[Placement]:
        """Yield the images all of whose cells are on the screen."""
        spans: defaultdict[int, dict[int, Columns]] = defaultdict(dict)
        for y, by_image in self._spans.items():
            for image_id, columns in by_image.items():
                spans[image_id][y] = columns
        for image_id, image in self._images.items():
            if found := spans.get(image_id):
                y, x = min(found), min(found.values())[0]
                place = Placement(image_id, y, x, image.columns, image.lines)
                if place.rows.stop < screen_lines and found == dict.fromkeys(
                    place.rows, place.span
                ):
                    yield place

    def take_deletions(self) -> str:
        """Return the sequences that delete what is obsolete, once."""
        sequences = "".join(map(kitty.delete, self._obsolete))
        self._obsolete.clear()
        return sequences

    def hide(self, place: Placement) -> str:
        """Return the sequence that removes an image, "" where text over it does so."""
        return kitty.remove(place.image) if place.image in self._sent else ""

    def show(self, place: Placement) -> str:
        """Return the sequence that shows an image at the cursor."""
        image = self._images[place.image]
        if not self._is_kitty:
            return image.payload
        if place.image in self._sent:
            return kitty.place(place.image, place.columns, place.lines)
        self._sent[place.image] = None
        return kitty.send(place.image, image.payload, place.columns, place.lines)


def _spans(line: Line) -> Iterator[tuple[int, Columns]]:
    """Yield the images of a line with the columns that they have in it, if those are adjacent.

    A text of ambiguous width may be drawn over cells to its right; those do not count.
    """
    columns: dict[int, list[int]] = {}
    for x, cell in enumerate(line):
        if cell is not None and cell[1].image:
            columns.setdefault(cell[1].image, []).append(x)
    if not columns:
        return
    texts = find_ambiguous_texts(line)
    for image_id, xs in columns.items():
        span = xs[0], xs[-1] + 1
        if len(xs) == span[1] - span[0] and not any(text.overlaps(span) for text in texts):
            yield image_id, span


def without_images(
    changed: Mapping[int, Sequence[Columns]], changes: ImageChanges
) -> dict[int, list[Columns]]:
    """Return the columns to draw as cells: those that changed, and those that an image uncovers.

    The columns under a shown image are left out.
    """
    drawn = {y: list(columns) for y, columns in changed.items()}
    for place in changes.removed:
        for y in place.rows:
            drawn.setdefault(y, []).append(place.span)
    covered: defaultdict[int, list[Columns]] = defaultdict(list)
    for place in changes.shown:
        for y in place.rows:
            covered[y].append(place.span)
    return {y: list(_subtract(columns, covered.get(y, ()))) for y, columns in drawn.items()}


def _subtract(columns: Iterable[Columns], covered: Iterable[Columns]) -> Iterator[Columns]:
    """Yield the parts of a line in `columns` but not in `covered`, in ascending order."""
    drawn = {x for start, stop in columns for x in range(start, stop)}
    drawn.difference_update(x for start, stop in covered for x in range(start, stop))
    start = previous = None
    for x in sorted(drawn):
        if previous is None or x != previous + 1:
            if start is not None and previous is not None:
                yield start, previous + 1
            start = x
        previous = x
    if start is not None and previous is not None:
        yield start, previous + 1
