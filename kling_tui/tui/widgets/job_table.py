"""The table of jobs: its cursor, scrolling and mouse; the rows are rendered by `job_rows`."""

from collections.abc import Callable, Collection, Container, Iterable, Sequence
from textwrap import wrap
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kling_tui.formatting import batches, columns
from kling_tui.formatting.batches import Batch
from kling_tui.formatting.render_context import RenderContext
from kling_tui.tui.batch_rows import Row, Rows
from kling_tui.tui.messages import JobHighlighted, JobOpened, SortRequested, ViewportChanged
from kling_tui.tui.widgets.job_rows import JobRows
from kling_tui.tui.widgets.row_style import row_style

_HEADING_HEIGHT = 1
_EMPTY_MARGIN = "  "
"""Before and after the lines that an empty table shows."""
_CURSOR_SIGN = "▌"
_MARK_SIGN = "*"
_PARTLY_MARKED_SIGN = "-"
_UNREAD_SIGN = "•"
_UNREAD_STYLE = Style(bold=True)


class JobTable(ScrollView, can_focus=True):
    """Shows jobs and folded batches. The cursor stays on its row when the order changes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"job-table--{style_class}"
        for style_class in (
            "heading", "cursor", "queued", "running", "succeeded", "failed", "unknown", "problem",
            "name", "id", "suffix", "plain", "muted", "bar", "rest", "mark", "unread", "kept",
            "rejected",
        )
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="down", tooltip="Next job"),
        Binding("up,k", "move(-1)", "Up", show=False, id="up", tooltip="Previous job"),
        Binding("home,g", "move_to(0)", "First", show=False, id="first", tooltip="First job"),
        Binding("end,G", "move_to(-1)", "Last", show=False, id="last", tooltip="Last job"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="page_down",
                tooltip="Page down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="page_up", tooltip="Page up"),
    ]  # fmt: skip

    def __init__(
        self,
        empty: str,
        marked: Collection[str] = (),
        remembered_id: str = "",
        on_select: Callable[[str], None] = lambda _: None,
        id: str | None = None,  # noqa: A002 - as in Widget
    ) -> None:
        """`empty` is shown where there are no jobs; `marked` holds the ids of marked jobs.

        The cursor moves to the row `remembered_id` once that is shown, if the user has not moved
        it before. `on_select` is called with the id of a row before the user moves the cursor to
        it: what depends on that is then drawn with the row.
        """
        # First, as the base class calls `notify_style_update`.
        self._renderer = JobRows(self._component_style)
        super().__init__(id=id)
        self._marked = marked
        self._remembered_id = remembered_id
        self._on_select = on_select
        self.cursor_id: str | None = None
        """The id of the row under the cursor; None if there are no rows."""
        self.rows = Rows({})
        """What is shown."""
        self._empty = empty
        self._sorted_by = ("", False)
        self._begins_at_top = False

    def begin_at_top(self) -> None:
        """With the next `show`, move the cursor to the first row if its own is not shown then."""
        self._begins_at_top = True

    def show(
        self,
        rows: Rows,
        context: RenderContext,
        sorted_by: tuple[str, bool],
        empty: str,
    ) -> None:
        """Show these rows.

        `sorted_by` is the id of the sort order and whether it is reversed; `empty` is shown where
        there are no jobs.
        """
        index_before = self.rows.index.get(self.cursor_id or "")
        if self._begins_at_top and self.cursor_id not in rows.index:
            index_before = None
        self._begins_at_top = False
        self.rows = rows
        self._sorted_by, self._empty = sorted_by, empty
        self._renderer.reset(context)
        self.virtual_size = Size(self.size.width, len(self.order) + _HEADING_HEIGHT)
        self._keep_cursor(index_before)
        self.refresh()

    @property
    def order(self) -> Sequence[str]:
        """The ids of the rows, from top to bottom."""
        return self.rows.ids

    def update(self, job_ids: Iterable[str], context: RenderContext) -> None:
        """Redraw the cells of the rows of jobs that changed, their order being the same."""
        self._renderer.context = context
        visible = self.visible_rows
        indexes = {self.rows.index.get(job_id, -1) for job_id in job_ids}
        self._refresh_cells(
            (index, self._renderer.update(self.rows.at(index)))
            for index in sorted(indexes.intersection(visible))
        )

    def tick(self, context: RenderContext) -> None:
        """Redraw the visible cells that change with time."""
        before, self._renderer.context = self._renderer.context, context
        rows = ((index, self.rows.at(index)) for index in self.visible_rows)
        self._refresh_cells(
            (index, self._renderer.tick(row))
            for index, row in rows
            if _seconds_until_change(row, before) is not None
        )

    @property
    def seconds_until_change(self) -> float | None:
        """Seconds after which the visible rows change with time; None: never."""
        rows = (self.rows.at(index) for index in self.visible_rows)
        changes = (_seconds_until_change(row, self._renderer.context) for row in rows)
        return min((seconds for seconds in changes if seconds is not None), default=None)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Report that other rows are visible, and draw those."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):  # else Textual redraws nothing
            self._renderer.clear()
        self.post_message(ViewportChanged())

    def _keep_cursor(self, index_before: int | None) -> None:
        """Keep the cursor on its row and on its line of the screen, or else move it to a neighbour.

        If the batch of its job was folded, it moves to that. `index_before` is where the row was in
        the order before.
        """
        order, index = self.order, self.rows.index.get(self.cursor_id or "")
        if self._remembered_id in self.rows.index:
            index, self._remembered_id = self.rows.index[self._remembered_id], ""
        elif index is None:
            index = min(index_before or 0, len(order) - 1)
        elif index_before is not None and index != index_before:
            self._scroll(self.scroll_offset.y + index - index_before)
        self._move_cursor(order[index] if order else None, by_user=False)

    def _select(self, row_id: str) -> None:
        """Move the cursor as the user asked for."""
        self._remembered_id = ""
        self._on_select(row_id)
        self._move_cursor(row_id)

    def _move_cursor(self, row_id: str | None, *, by_user: bool = True) -> None:
        before, self.cursor_id = self.cursor_id, row_id
        for changed_id in (before, row_id):
            if changed_id in self.rows.index:
                self._refresh_row(self.rows.index[changed_id])
        if row_id is not None:
            self._scroll_into_view(self.rows.index[row_id])
        if by_user or before != row_id:
            # Straight to the screen, which so draws the detail with the row.
            self.screen.post_message(JobHighlighted())

    def _scroll_into_view(self, index: int) -> None:
        rows, top = self._visible_row_count, self.scroll_offset.y
        if index < top:
            self._scroll(index)
        elif index >= top + rows:
            self._scroll(index - rows + 1)

    def _scroll(self, top: int) -> None:
        # Also before the layout that shows the scrollbar, when rows have just become too many.
        self.scroll_to(y=top, animate=False, immediate=True, force=True)

    @property
    def _visible_row_count(self) -> int:
        return max(1, self.size.height - _HEADING_HEIGHT)

    @property
    def visible_rows(self) -> range:
        """The part of the order that is in view."""
        top = self.scroll_offset.y
        return range(top, min(len(self.order), top + self._visible_row_count))

    def redraw_row(self, job_id: str) -> None:
        """Redraw the whole row of a job, whose mark has changed."""
        index = self.rows.index.get(job_id, -1)
        if index in self.visible_rows:
            self._refresh_row(index)

    def _refresh_row(self, index: int) -> None:
        y = index - self.scroll_offset.y + _HEADING_HEIGHT
        self.refresh(Region(0, y, self.size.width, 1))

    def _refresh_cells(self, changes: Iterable[tuple[int, Iterable[tuple[int, int]]]]) -> None:
        """Redraw cells: for the index of each row, their starts and widths."""
        top = self.scroll_offset.y - _HEADING_HEIGHT
        regions = [
            Region(x, index - top, width, 1) for index, cells in changes for x, width in cells
        ]
        if regions:  # without any, all would be redrawn
            self.refresh(*regions)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in view."""
        self._renderer.clear()
        self.virtual_size = Size(event.size.width, len(self.order) + _HEADING_HEIGHT)
        if self.cursor_id is not None:
            self._scroll_into_view(self.rows.index[self.cursor_id])
        self.refresh()
        self.post_message(ViewportChanged())

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render lines as wide as the room beside the scrollbar."""
        self._renderer.set_width(self.scrollable_content_region.width)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Render one line of the screen: the heading, a job, the empty text or a blank line."""
        sort_id, backwards = self._sorted_by
        if y < _HEADING_HEIGHT:
            return self._renderer.render_heading(sort_id, "↑" if backwards else "↓")
        index = y - _HEADING_HEIGHT + self.scroll_offset.y
        if index < len(self.order):
            return self._render_row(self.rows.at(index))
        if not self.order:
            return self._render_empty(y - _HEADING_HEIGHT - 1)
        return Strip.blank(self._renderer.width, self.rich_style)

    def _render_row(self, row: Row) -> Strip:
        under_cursor = row.id == self.cursor_id
        sign = (_CURSOR_SIGN if under_cursor else " ", "plain")
        if self._marked and (mark := _mark_sign(self._marked, self.rows.jobs_in(row.id))):
            sign = (mark, "mark")
        elif row.unread:
            sign = (_UNREAD_SIGN, "unread")
        strip = self._renderer.render(row, sign, under_cursor=under_cursor)
        return strip.apply_style(_UNREAD_STYLE) if row.unread else strip

    def _render_empty(self, number: int) -> Strip:
        """Render a line of the text for an empty table."""
        lines = _wrapped(self._empty, self._renderer.width - 2 * len(_EMPTY_MARGIN))
        if not 0 <= number < len(lines):
            return Strip.blank(self._renderer.width, self.rich_style)
        style = self._component_style("muted")
        return Strip([Segment(_EMPTY_MARGIN + lines[number], style)]).adjust_cell_length(
            self._renderer.width, style
        )

    def _component_style(self, style_class: str, under_cursor: bool = False) -> Style:  # noqa: FBT001, FBT002
        """Return the style of a component class, on the background of its row."""
        return row_style(self, "job-table", style_class, under_cursor=under_cursor)

    def notify_style_update(self) -> None:
        """Take over the colours of another theme."""
        super().notify_style_update()
        self._renderer.clear_styles()

    def on_click(self, event: events.Click) -> None:
        """Sort by the heading that was clicked, or move the cursor; a double click opens."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = offset.y - _HEADING_HEIGHT + self.scroll_offset.y
        if offset.y < _HEADING_HEIGHT:
            if sort_id := self._renderer.sort_id_at(offset.x):
                self.post_message(SortRequested(sort_id))
        elif index < len(self.order):
            self._select(self.order[index])
            if event.chain > 1:
                self.post_message(JobOpened())

    def move_to_job(self, job_id: str) -> None:
        """Move the cursor to a job or the folded batch that it is in, if that is shown."""
        if job_id in self.rows.index:
            self._select(self.order[self.rows.index[job_id]])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Return whether an action can do anything now; None to show its key greyed out."""
        return bool(self.order) or not action.startswith(("move", "page")) or None

    def action_move(self, by: int) -> None:
        """Move the cursor by a number of lines."""
        if self.order:
            index = self.rows.index.get(self.cursor_id or "", 0) + by
            self._select(self.order[max(0, min(index, len(self.order) - 1))])

    def action_move_to(self, index: int) -> None:
        """Move the cursor to the first line (0) or the last (-1)."""
        if self.order:
            self._select(self.order[index])

    def action_page(self, pages: int) -> None:
        """Move the cursor by screenfuls."""
        self.action_move(pages * self._visible_row_count)


def _wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text, of which the long ones are wrapped."""
    lines = text.splitlines()
    return [part for line in lines for part in wrap(line, max(width, 1), break_on_hyphens=False)]


def _mark_sign(marked: Container[str], job_ids: Iterable[str]) -> str:
    """Return the sign of a row with these jobs; "" if none of them is marked."""
    states = {job_id in marked for job_id in job_ids}
    return (_PARTLY_MARKED_SIGN if False in states else _MARK_SIGN) if True in states else ""


def _seconds_until_change(row: Row, context: RenderContext) -> float | None:
    """Return the seconds until a row may change by itself; None: never."""
    if isinstance(row, Batch):
        return batches.seconds_until_change(row, context)
    return columns.seconds_until_change(row, context)
