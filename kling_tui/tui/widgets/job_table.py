"""The table of jobs: its cursor, scrolling and mouse; the rows are rendered by `job_rows`."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kling_tui.formatting.columns import RenderContext, seconds_until_change
from kling_tui.jobs import Job
from kling_tui.tui.messages import JobHighlighted, JobOpened, SortRequested, ViewportChanged
from kling_tui.tui.widgets.job_rows import JobRows

_HEADING_HEIGHT = 1
_CURSOR_SIGN = "▌"
_MARK_SIGN = "*"
_UNREAD_SIGN = "•"
_UNREAD_STYLE = Style(bold=True)
_COLOURED_UNDER_CURSOR = frozenset({"failed"})
"""Styles that keep their colour where the row under the cursor is reversed."""


class JobTable(ScrollView, can_focus=True):
    """Shows jobs in the given order. The cursor stays on its job when the order changes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"job-table--{style_class}"
        for style_class in (
            "heading", "cursor", "queued", "running", "succeeded", "failed", "unknown", "problem",
            "name", "id", "suffix", "plain", "muted", "bar", "rest", "mark", "unread",
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
        marked: Container[str] = (),
        remembered_id: str = "",
        id: str | None = None,  # noqa: A002 - as in Widget
    ) -> None:
        """`empty` is shown where there are no jobs; `marked` holds the ids of marked jobs.

        The cursor moves to the job `remembered_id` once that is shown, if the user has not moved
        it before.
        """
        # First, as the base class calls `notify_style_update`.
        self._rows = JobRows(self._component_style)
        super().__init__(id=id)
        self._marked = marked
        self._remembered_id = remembered_id
        self.cursor_id: str | None = None
        self._empty = empty
        self._jobs: Mapping[str, Job] = {}
        self._order: list[str] = []
        self._index: dict[str, int] = {}
        self._sorted_by = ("", False)

    def show(
        self,
        jobs: Mapping[str, Job],
        order: Sequence[str],
        context: RenderContext,
        sorted_by: tuple[str, bool],
        empty: str,
    ) -> None:
        """Show the jobs whose ids are in `order`.

        `sorted_by` is the id of the sort order and whether it is reversed; `empty` is shown where
        there are no jobs.
        """
        index_before = self._index.get(self.cursor_id or "")
        self._jobs, self._order = jobs, list(order)
        self._index = {job_id: index for index, job_id in enumerate(self._order)}
        self._sorted_by, self._empty = sorted_by, empty
        self._rows.reset(context)
        self.virtual_size = Size(self.size.width, len(self._order) + _HEADING_HEIGHT)
        self._keep_cursor(index_before)
        self.refresh()

    @property
    def order(self) -> Sequence[str]:
        """The ids of the jobs that are shown, from top to bottom."""
        return self._order

    def update(self, job: Job, context: RenderContext) -> None:
        """Redraw the cells of a job that changed, its place in the order being the same."""
        self._rows.context = context
        index = self._index.get(job.id)
        if index is not None and index in self.visible_rows:
            self._refresh_changed_cells(index, self.scroll_offset.y)

    def tick(self, context: RenderContext) -> None:
        """Redraw the visible cells that change with time."""
        before, self._rows.context = self._rows.context, context
        top = self.scroll_offset.y
        for index in self.visible_rows:
            if seconds_until_change(self._jobs[self._order[index]], before) is not None:
                self._refresh_changed_cells(index, top)

    @property
    def seconds_until_change(self) -> float | None:
        """Seconds after which the visible rows change with time; None: never."""
        jobs = (self._jobs[self._order[index]] for index in self.visible_rows)
        changes = (seconds_until_change(job, self._rows.context) for job in jobs)
        return min((seconds for seconds in changes if seconds is not None), default=None)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Report that other rows are visible, and draw those."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):  # else Textual redraws nothing
            self._rows.clear()
        self.post_message(ViewportChanged())

    def _keep_cursor(self, index_before: int | None) -> None:
        """Keep the cursor on its job and on its line of the screen, or else move it to a neighbour.

        `index_before` is where the job was in the order before.
        """
        cursor = self.cursor_id
        if self._remembered_id in self._index:
            cursor, self._remembered_id = self._remembered_id, ""
        elif cursor not in self._index:
            index = min(index_before or 0, len(self._order) - 1)
            cursor = self._order[index] if self._order else None
        elif index_before is not None:
            lines = self._index[cursor] - index_before
            if lines:
                self.scroll_to(y=self.scroll_offset.y + lines, animate=False, immediate=True)
        self._move_cursor(cursor, by_user=False)

    def _select(self, job_id: str) -> None:
        """Move the cursor as the user asked for."""
        self._remembered_id = ""
        self._move_cursor(job_id)

    def _move_cursor(self, job_id: str | None, *, by_user: bool = True) -> None:
        before, self.cursor_id = self.cursor_id, job_id
        for changed_id in (before, job_id):
            if changed_id in self._index:
                self._refresh_row(self._index[changed_id])
        if job_id is not None:
            self._scroll_into_view(self._index[job_id])
        if by_user or before != job_id:
            self.post_message(JobHighlighted(job_id, by_user))

    def _scroll_into_view(self, index: int) -> None:
        rows, top = self._visible_row_count, self.scroll_offset.y
        if index < top:
            self.scroll_to(y=index, animate=False, immediate=True)
        elif index >= top + rows:
            self.scroll_to(y=index - rows + 1, animate=False, immediate=True)

    @property
    def _visible_row_count(self) -> int:
        return max(1, self.size.height - _HEADING_HEIGHT)

    @property
    def visible_rows(self) -> range:
        """The part of the order that is in view."""
        top = self.scroll_offset.y
        return range(top, min(len(self._order), top + self._visible_row_count))

    def count_outside_view(self, job_ids: Iterable[str]) -> tuple[int, int]:
        """Return how many of some jobs are above the view, and how many below it."""
        indexes = [self._index[job_id] for job_id in job_ids if job_id in self._index]
        rows = self.visible_rows
        above = sum(index < rows.start for index in indexes)
        return above, sum(index >= rows.stop for index in indexes)

    def redraw_row(self, job_id: str) -> None:
        """Redraw the whole row of a job, whose mark has changed."""
        if self._index.get(job_id, -1) in self.visible_rows:
            self._refresh_row(self._index[job_id])

    def _refresh_row(self, index: int) -> None:
        y = index - self.scroll_offset.y + _HEADING_HEIGHT
        self.refresh(Region(0, y, self.size.width, 1))

    def _refresh_changed_cells(self, index: int, top: int) -> None:
        """Redraw the cells of a row that differ from the screen; `top` is the scroll offset."""
        y = index - top + _HEADING_HEIGHT
        for x, width in self._rows.update(self._jobs[self._order[index]]):
            self.refresh(Region(x, y, width, 1))

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in view."""
        self._rows.clear()
        self.virtual_size = Size(event.size.width, len(self._order) + _HEADING_HEIGHT)
        if self.cursor_id is not None:
            self._scroll_into_view(self._index[self.cursor_id])
        self.refresh()
        self.post_message(ViewportChanged())

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render lines as wide as the room beside the scrollbar."""
        self._rows.set_width(self.scrollable_content_region.width)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Render one line of the screen: the heading, a job, the empty text or a blank line."""
        sort_id, backwards = self._sorted_by
        if y < _HEADING_HEIGHT:
            return self._rows.render_heading(sort_id, "↑" if backwards else "↓")
        index = y - _HEADING_HEIGHT + self.scroll_offset.y
        if index < len(self._order):
            return self._render_job(self._jobs[self._order[index]])
        if not self._order:
            return self._render_empty(y - _HEADING_HEIGHT - 1)
        return Strip.blank(self._rows.width, self.rich_style)

    def _render_job(self, job: Job) -> Strip:
        under_cursor = job.id == self.cursor_id
        sign = (_CURSOR_SIGN if under_cursor else " ", "plain")
        if job.id in self._marked:
            sign = (_MARK_SIGN, "mark")
        elif job.unread:
            sign = (_UNREAD_SIGN, "unread")
        strip = self._rows.render(job, sign, under_cursor=under_cursor)
        return strip.apply_style(_UNREAD_STYLE) if job.unread else strip

    def _render_empty(self, number: int) -> Strip:
        """Render a line of the text for an empty table."""
        lines = self._empty.splitlines()
        if not 0 <= number < len(lines):
            return Strip.blank(self._rows.width, self.rich_style)
        style = self._component_style("muted")
        return Strip([Segment("  " + lines[number], style)]).adjust_cell_length(
            self._rows.width, style
        )

    def _component_style(self, style_class: str, under_cursor: bool = False) -> Style:  # noqa: FBT001, FBT002
        """Return the style of a component class, on the background of its row."""
        if under_cursor and self._has_few_colours:
            coloured = style_class in _COLOURED_UNDER_CURSOR
            plain = self._component_style(style_class) if coloured else self.rich_style
            return plain + Style(reverse=True)
        names = ("cursor", style_class) if under_cursor else (style_class,)
        return self.get_visual_style(*(f"job-table--{name}" for name in names)).rich_style

    @property
    def _has_few_colours(self) -> bool:
        """Whether the terminal has no colour for the background of the cursor's row."""
        app = self.app
        few = app.console.color_system in (None, "standard")
        return few or app.no_color or app.native_ansi_color

    def notify_style_update(self) -> None:
        """Take over the colours of another theme."""
        super().notify_style_update()
        self._rows.clear_styles()

    def on_click(self, event: events.Click) -> None:
        """Sort by the heading that was clicked, or move the cursor; a double click opens."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = offset.y - _HEADING_HEIGHT + self.scroll_offset.y
        if offset.y < _HEADING_HEIGHT:
            if sort_id := self._rows.sort_id_at(offset.x):
                self.post_message(SortRequested(sort_id))
        elif index < len(self._order):
            self._select(self._order[index])
            if event.chain > 1:
                self.post_message(JobOpened())

    def move_to_job(self, job_id: str) -> None:
        """Move the cursor to a job, if it is shown."""
        if job_id in self._index:
            self._select(job_id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Return whether an action can do anything now; None to show its key greyed out."""
        return bool(self._order) or not action.startswith(("move", "page")) or None

    def action_move(self, by: int) -> None:
        """Move the cursor by a number of lines."""
        if self._order:
            index = self._index.get(self.cursor_id or "", 0) + by
            self._select(self._order[max(0, min(index, len(self._order) - 1))])

    def action_move_to(self, index: int) -> None:
        """Move the cursor to the first line (0) or the last (-1)."""
        if self._order:
            self._select(self._order[index])

    def action_page(self, pages: int) -> None:
        """Move the cursor by screenfuls."""
        self.action_move(pages * self._visible_row_count)
