"""Renders rows of the job table from the spans of their cells."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip

from kling_tui.formatting.column_layout import PlacedColumn
from kling_tui.formatting.spans import Span

MARGIN = 1
"""Blank cells before and after a row."""
_CACHED_CELLS = 1024
Cell = tuple[Span, ...]
"""The spans of a cell."""


class _Slot(NamedTuple):
    """The width of a cell and its alignment."""

    width: int
    width_with_gap: int
    """Up to the next cell, or to the end of the line."""
    align: str


class RowRenderer:
    """Renders rows, and caches each cell for all rows that show the same."""

    def __init__(self, get_style: Callable[[str, bool], Style]) -> None:
        """`get_style` returns the style of a style class, under the cursor (True) or not."""
        self._get_style = get_style
        self._cache: LRUCache[tuple[object, ...], Sequence[Segment]] = LRUCache(_CACHED_CELLS)
        self._slots: list[_Slot] = []
        self._rendered_width = self._width = 0

    def clear_cache(self) -> None:
        """Forget the rendered cells, after the theme has changed."""
        self._cache.clear()

    def set_columns(self, columns: Sequence[PlacedColumn], width: int) -> None:
        """Set the columns and the width of a line, for `render`."""
        self._width = width
        starts = [column.start + MARGIN for column in columns]
        ends = [*starts[1:], width]
        starts[0] = 0  # the first cell includes the margin, for the sign
        self._slots = [
            _Slot(placed.start + MARGIN + placed.width - start, end - start, placed.column.align)
            for placed, start, end in zip(columns, starts, ends, strict=True)
        ]
        # On a line of less than two cells, what is rendered is wider than the line.
        self._rendered_width = sum(max(slot.width, slot.width_with_gap) for slot in self._slots)

    def render(
        self, cells: Sequence[Cell], sign: Span, base: str, *, under_cursor: bool = False
    ) -> Strip:
        """Return a line with `sign` in its margin; `base` is the style class of blanks."""
        first, *others = cells
        segments: list[Segment] = []
        for slot, spans in zip(self._slots, [(sign, *first), *others], strict=True):
            preceding = segments[-1].style if segments else None
            segments += self._cell(slot, spans, base, preceding, under_cursor)
        return Strip(segments, self._rendered_width).adjust_cell_length(self._width)

    def _cell(
        self,
        slot: _Slot,
        spans: Cell,
        base: str,
        preceding: Style | None,
        under_cursor: bool,  # noqa: FBT001 - as in the key
    ) -> Sequence[Segment]:
        """Render a cell; its blanks may take the `preceding` style."""
        key = slot, spans, base, preceding, under_cursor
        if (cached := self._cache.get(key)) is not None:
            return cached
        segments = [
            Segment(
                _shorten_id(text, slot.width) if style_class == "id" else text,
                self._get_style(style_class, under_cursor),
            )
            for text, style_class in spans
        ]
        aligned = _align(segments, slot, self._get_style(base, under_cursor))
        # Each change of colour costs some twenty bytes of output.
        merged = list(Strip(_merge_blank_styles(aligned, preceding)).simplify())
        self._cache[key] = merged
        return merged


def _shorten_id(job_id: str, width: int) -> str:
    """Return both ends of an id: the ids of one account often begin with the same characters."""
    if len(job_id) <= width:
        return job_id
    end = (width - 1) // 2
    return f"{job_id[: width - 1 - end]}…{job_id[len(job_id) - end :]}"


def _align(segments: list[Segment], slot: _Slot, base: Style) -> list[Segment]:
    """Return a cell padded to its slot, or truncated with an ellipsis."""
    cell = Strip(segments)
    if cell.cell_length > slot.width:
        ellipsis = Segment("…", segments[-1].style)
        cell = Strip([*cell.crop(0, slot.width - 1), ellipsis])
    left = slot.width - cell.cell_length if slot.align == "right" else 0
    right = slot.width_with_gap - left - cell.cell_length
    return [Segment(" " * left, base), *cell, Segment(" " * right, base)]


def _merge_blank_styles(segments: Iterable[Segment], preceding: Style | None) -> Iterator[Segment]:
    """Give blanks the style of the adjacent text, where that makes no visible difference.

    `preceding` is the style before the first segment; None at the start of a line.
    """
    visible = [segment for segment in segments if segment.text]
    adjacent = preceding
    if adjacent is None:
        adjacent = next((segment.style for segment in visible if not segment.text.isspace()), None)
    for segment in visible:
        if not segment.text.isspace():
            adjacent = segment.style
        elif _same_when_blank(segment.style, adjacent):
            segment = Segment(segment.text, adjacent)
        yield segment


@lru_cache(maxsize=256)
def _same_when_blank(one: Style | None, other: Style | None) -> bool:
    """Return whether blank cells look the same in both styles."""
    if one is None or other is None or one.bgcolor != other.bgcolor:
        return False
    visible = "reverse", "underline", "underline2", "overline", "strike"
    return not any(getattr(style, name) for style in (one, other) for name in visible)
