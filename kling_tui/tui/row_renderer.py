"""Draws the rows of the job table from the words and looks of their cells."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip

from kling_tui.formatting.columns import PlacedColumn, Span

MARGIN = 1
"""Cells before and after a row."""
_DRAWN = 1024
"""Cells that are kept as they were drawn."""
Row = Sequence[tuple[Span, ...]]
"""What each cell says."""


class _Slot(NamedTuple):
    """Where a cell is drawn."""

    width: int
    reach: int
    """The cells up to the next one, or to the end of the line."""
    align: str


class RowRenderer:
    """Draws rows of cells, and each cell only once for all rows and seconds in which it is so."""

    def __init__(self, style_of: Callable[[str, bool], Style]) -> None:
        """`look` returns the style of a part of the table, under the cursor or elsewhere."""
        self._style_of = style_of
        self._drawn: LRUCache[tuple[object, ...], Sequence[Segment]] = LRUCache(_DRAWN)
        self._slots: list[_Slot] = []
        self._drawn_width = self._width = 0

    def clear_cache(self) -> None:
        """Ask anew how each part looks."""
        self._drawn.clear()

    def set_columns(self, places: Sequence[PlacedColumn], width: int) -> None:
        """Draw in these places from now on, on lines of so many cells."""
        self._width = width
        starts = [place.start + MARGIN for place in places]
        ends = [*starts[1:], width]
        starts[0] = 0  # where the margin begins, in which a sign may stand
        self._slots = [
            _Slot(place.start + MARGIN + place.width - start, end - start, place.column.align)
            for place, start, end in zip(places, starts, ends, strict=True)
        ]
        # A line of less than two cells has no room for what is drawn at least.
        self._drawn_width = sum(max(slot.width, slot.reach) for slot in self._slots)

    def render(self, row: Row, sign: Span, base: str, *, under_cursor: bool = False) -> Strip:
        """Return a line with a sign in its margin; `base` is the look of its blanks."""
        first, *others = row
        drawn: list[Segment] = []
        for slot, spans in zip(self._slots, [(sign, *first), *others], strict=True):
            beside = drawn[-1].style if drawn else None
            drawn += self._cell(slot, spans, base, beside, under_cursor)
        return Strip(drawn, self._drawn_width).adjust_cell_length(self._width)

    def _cell(
        self,
        slot: _Slot,
        spans: tuple[Span, ...],
        base: str,
        beside: Style | None,
        under_cursor: bool,  # noqa: FBT001 - as in the key
    ) -> Sequence[Segment]:
        """Draw a cell; its blanks may have the look of the text `beside` them."""
        key = slot, spans, base, beside, under_cursor
        if (known := self._drawn.get(key)) is not None:
            return known
        segments = [
            Segment(
                _shortened(words, slot.width) if look == "id" else words,
                self._style_of(look, under_cursor),
            )
            for words, look in spans
        ]
        whole = _aligned(segments, slot, self._style_of(base, under_cursor))
        # Each change of colour costs some twenty bytes on the line.
        self._drawn[key] = drawn = list(Strip(_with_quiet_blanks(whole, beside)).simplify())
        return drawn


def _shortened(job_id: str, width: int) -> str:
    """Return an id with both its ends: those of one person often begin alike."""
    if len(job_id) <= width:
        return job_id
    end = (width - 1) // 2
    return f"{job_id[: width - 1 - end]}…{job_id[len(job_id) - end :]}"


def _aligned(segments: list[Segment], slot: _Slot, base: Style) -> list[Segment]:
    """Return a cell in its slot, with an ellipsis where some is missing."""
    cell = Strip(segments)
    if cell.cell_length > slot.width:
        end = Segment("…", segments[-1].style)
        cell = Strip([*cell.crop(0, slot.width - 1), end])
    left = slot.width - cell.cell_length if slot.align == "right" else 0
    right = slot.reach - left - cell.cell_length
    return [Segment(" " * left, base), *cell, Segment(" " * right, base)]


def _with_quiet_blanks(segments: Iterable[Segment], beside: Style | None) -> Iterator[Segment]:
    """Give blanks the style of the text beside them, where nobody sees a difference.

    `beside` is the style of what stands before them; None for nothing.
    """
    seen = [segment for segment in segments if segment.text]
    if beside is None:
        beside = next((segment.style for segment in seen if not segment.text.isspace()), None)
    for segment in seen:
        if not segment.text.isspace():
            beside = segment.style
        elif _alike_when_blank(segment.style, beside):
            segment = Segment(segment.text, beside)
        yield segment


@lru_cache(maxsize=256)
def _alike_when_blank(one: Style | None, other: Style | None) -> bool:
    """Return whether cells without a character look the same in both styles."""
    if one is None or other is None or one.bgcolor != other.bgcolor:
        return False
    shown = "reverse", "underline", "underline2", "overline", "strike"
    return not any(getattr(style, name) for style in (one, other) for name in shown)
