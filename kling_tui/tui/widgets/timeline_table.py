"""The lines of the timeline: one for each job, below the axis, the gateway and the pace."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kling_tui.formatting.batches import batch_name
from kling_tui.formatting.column_layout import PlacedColumn
from kling_tui.formatting.columns import Column
from kling_tui.tui.row_renderer import MARGIN, Cell, RowRenderer
from kling_tui.tui.widgets.job_table import JobTable
from kling_tui.tui.widgets.row_style import row_style

_CURSOR_SIGN = "▌"
_GAP = 2
_MIN_NAME_WIDTH, _MAX_NAME_WIDTH = 8, 28
_MIN_BAR_WIDTH = 10
_TIME_WIDTH, _RATIO_WIDTH = 9, 6
_WIDTH_FOR_RATIO, _WIDTH_FOR_TIMES = 50, 70
"""Cells of a line from which on these are shown beside the bar."""


@dataclass
class TimelineMoved(Message):
    """The cursor moved to another job."""


@dataclass
class TimelineResized(Message):
    """The bars have another number of cells."""


class TimelineTable(ScrollView, can_focus=True):
    """Shows the lines; draws only those in view. The cursor stays on its job."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"timeline--{style_class}"
        for style_class in (
            "heading", "cursor", "queued", "running", "late", "unseen", "succeeded", "failed",
            "unknown", "problem", "name", "id", "suffix", "plain", "muted", "batch",
        )
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = JobTable.BINDINGS

    def __init__(
        self,
        render_job: Callable[[str], Sequence[Cell]],
        render_batch: Callable[[str], Cell],
        cursor_id: str | None,
        id: str | None = None,  # noqa: A002 - as in Widget
    ) -> None:
        """Both functions return the cells of a line: name, bar, duration and ratio of a job."""
        # First, as the base class calls `notify_style_update`.
        self._renderer = RowRenderer(self._style)
        super().__init__(id=id)
        self._render_job = render_job
        self._render_batch = render_batch
        self.cursor_id = cursor_id
        """The id of the job under the cursor; None if no job is shown."""
        self.bar_width = _MIN_BAR_WIDTH
        """Cells of a bar."""
        self._head: Sequence[Sequence[Cell]] = ()
        self._lines: Sequence[str] = ()
        self._line_of: dict[str, int] = {}
        self._job_ids: Sequence[str] = ()
        self._index_of: dict[str, int] = {}
        self._strips: dict[str, Strip] = {}
        self._width = self._column_count = 0
        self._empty = ""

    def show(self, head: Sequence[Sequence[Cell]], lines: Sequence[str], empty: str) -> None:
        """Show the lines with these ids below `head`; `empty` is shown where there are none."""
        index = self._index_of.get(self.cursor_id or "", 0)
        self._head, self._lines, self._empty = head, lines, empty
        self._line_of = {line: number for number, line in enumerate(lines)}
        self._job_ids = [line for line in lines if not batch_name(line)]
        self._index_of = {job_id: number for number, job_id in enumerate(self._job_ids)}
        self._strips.clear()
        self.virtual_size = Size(self.size.width, len(lines) + len(head))
        if self.cursor_id not in self._index_of:
            last = len(self._job_ids) - 1
            self.cursor_id = self._job_ids[min(index, last)] if self._job_ids else None
        self._scroll_to_cursor()
        self.refresh()

    @property
    def visible_jobs(self) -> list[str]:
        """The ids of the jobs in view."""
        top = self.scroll_offset.y
        return [
            line
            for line in self._lines[top : top + self._visible_line_count]
            if not batch_name(line)
        ]

    def update(self, job_ids: Iterable[str]) -> None:
        """Draw the lines of jobs again, if they are in view."""
        visible = set(self.visible_jobs)
        for job_id in job_ids:
            self._strips.pop(job_id, None)
            if job_id in visible:
                self._refresh_line(job_id)

    @property
    def _visible_line_count(self) -> int:
        return max(1, self.size.height - len(self._head))

    def _refresh_line(self, line: str) -> None:
        y = self._line_of[line] - self.scroll_offset.y + len(self._head)
        self.refresh(Region(0, y, self.size.width, 1))

    def _scroll_to_cursor(self) -> None:
        if self.cursor_id is None:
            return
        line, top = self._line_of[self.cursor_id], self.scroll_offset.y
        first = line - 1 if line and batch_name(self._lines[line - 1]) else line
        if first < top:
            top = first
        elif line >= top + self._visible_line_count:
            top = line - self._visible_line_count + 1
        self.scroll_to(y=top, animate=False, immediate=True, force=True)

    def _move_to(self, index: int) -> None:
        if not self._job_ids:
            return
        before = self.cursor_id
        self.cursor_id = self._job_ids[max(0, min(index, len(self._job_ids) - 1))]
        for job_id in (before, self.cursor_id):
            if job_id in self._line_of:
                self._refresh_line(job_id)
        self._scroll_to_cursor()
        self.post_message(TimelineMoved())

    def move_to_job(self, job_id: str) -> None:
        """Move the cursor to a job, if it is shown."""
        if job_id in self._index_of:
            self._move_to(self._index_of[job_id])

    def action_move(self, by: int) -> None:
        """Move the cursor by a number of jobs."""
        self._move_to(self._index_of.get(self.cursor_id or "", 0) + by)

    def action_move_to(self, index: int) -> None:
        """Move the cursor to the first job (0) or the last (-1)."""
        self._move_to(index if index >= 0 else len(self._job_ids) + index)

    def action_page(self, pages: int) -> None:
        """Move the cursor by screenfuls."""
        self.action_move(pages * max(1, len(self.visible_jobs)))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the job that was clicked."""
        offset = event.get_content_offset(self)
        line = -1 if offset is None else offset.y - len(self._head) + self.scroll_offset.y
        if 0 <= line < len(self._lines) and self._lines[line] in self._index_of:
            self._move_to(self._index_of[self._lines[line]])

    def on_resize(self) -> None:
        """Lay the columns out for another width."""
        self._set_width(self.scrollable_content_region.width)
        self.post_message(TimelineResized())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Draw the lines that come into view."""
        super().watch_scroll_y(old_value, new_value)
        self._strips.clear()

    def notify_style_update(self) -> None:
        """Take over the colours of another theme."""
        super().notify_style_update()
        self._renderer.clear_cache()
        if hasattr(self, "_strips"):  # the base class calls it before there are any
            self._strips.clear()

    def _set_width(self, width: int) -> None:
        self._width = width
        self._strips.clear()
        columns = _columns(width)
        self.bar_width, self._column_count = columns[1].width, len(columns)
        self._renderer.set_columns(columns, width)

    def render_line(self, y: int) -> Strip:
        """Render one line of the screen."""
        width = self.scrollable_content_region.width
        if width != self._width:
            self._set_width(width)
        if y < len(self._head):
            return self._render_cells(self._head[y], " ")
        number = y - len(self._head) + self.scroll_offset.y
        if number < len(self._lines):
            return self._render_numbered(self._lines[number])
        if not self._lines and y == len(self._head) + 1:
            empty = Segment(" " * MARGIN + self._empty, self._style("muted"))
            return Strip([empty]).adjust_cell_length(width, self.rich_style)
        return Strip.blank(width, self.rich_style)

    def _render_numbered(self, line: str) -> Strip:
        if line == self.cursor_id:
            return self._render_cells(self._render_job(line), _CURSOR_SIGN, under_cursor=True)
        if line not in self._strips:
            batch = batch_name(line)
            cells = (self._render_batch(batch),) if batch else self._render_job(line)
            self._strips[line] = self._render_cells(cells, " ")
        return self._strips[line]

    def _render_cells(
        self, cells: Sequence[Cell], sign: str, *, under_cursor: bool = False
    ) -> Strip:
        """Render a line of up to four cells, at least one; the others are blank."""
        name, bar, duration, ratio = (*cells, (), (), ())[:4]
        shown = (name, bar, duration, ratio) if self._column_count > 3 else (name, bar, ratio)
        return self._renderer.render(
            shown[: self._column_count], (sign, "plain"), "plain", under_cursor=under_cursor
        )

    def _style(self, style_class: str, under_cursor: bool = False) -> Style:  # noqa: FBT001, FBT002
        return row_style(self, "timeline", style_class, under_cursor=under_cursor)


def _columns(width: int) -> list[PlacedColumn]:
    """Lay out name and bar, and where there is room, ratio and duration."""
    room = max(0, width - 2 * MARGIN)
    name = max(_MIN_NAME_WIDTH, min(_MAX_NAME_WIDTH, room // 4))
    right = [_RATIO_WIDTH] if room > _WIDTH_FOR_RATIO else []
    if room > _WIDTH_FOR_TIMES:
        right = [_TIME_WIDTH, *right]
    bar = max(_MIN_BAR_WIDTH, room - name - _GAP - sum(right))
    placed, start = [], 0
    for index, cells in enumerate((name, bar, *right)):
        column = Column("", cells, 0, lambda *_: (), align="right" if index > 1 else "left")
        placed.append(PlacedColumn(column, start, cells))
        start += cells + (_GAP if index == 0 else 0)
    return placed
