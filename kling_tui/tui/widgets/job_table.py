"""The table of jobs, drawn line by line from the jobs themselves."""

from collections.abc import Container, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kling_tui.formatting.columns import (
    GAP,
    PlacedColumn,
    RenderContext,
    layout_columns,
    seconds_until_change,
    visible_columns,
)
from kling_tui.gateways import with_not_polled_reason
from kling_tui.jobs import Job
from kling_tui.tui.messages import JobHighlighted, JobOpened, SortRequested, ViewportChanged
from kling_tui.tui.row_renderer import MARGIN, Row, RowRenderer

HEADING = 1
"""Lines above the first job."""
_MARK = "*"


class JobTable(ScrollView, can_focus=True):
    """Shows jobs in the order given. The cursor belongs to a job, not to a line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"job-table--{part}"
        for part in (
            "heading", "cursor", "queued", "running", "succeeded", "failed", "unknown", "problem",
            "name", "id", "plain", "muted", "bar", "rest", "mark",
        )
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="down", tooltip="Next job"),
        Binding("up,k", "move(-1)", "Up", show=False, id="up", tooltip="Previous job"),
        Binding("home,g", "move_to(0)", "First", show=False, id="first", tooltip="First job"),
        Binding("end,G", "move_to(-1)", "Last", show=False, id="last", tooltip="Last job"),
        Binding(
            "pagedown", "page(1)", "Page down", show=False, id="page_down", tooltip="A page on"
        ),
        Binding("pageup", "page(-1)", "Page up", show=False, id="page_up", tooltip="A page back"),
    ]

    def __init__(
        self,
        empty: str,
        marked: Container[str] = (),
        id: str | None = None,  # noqa: A002 - as in Widget
    ) -> None:
        """`empty` is shown where there are no jobs; `marked` holds the ids that bear a sign."""
        # First, for it is told of the styles while the widget is made.
        self._renderer = RowRenderer(self._style_of)
        super().__init__(id=id)
        self._marked = marked
        self.cursor_id: str | None = None
        self._empty = empty
        self._jobs: Mapping[str, Job] = {}
        self._order: list[str] = []
        self._line_of: dict[str, int] = {}
        self._scene = RenderContext(datetime.now(UTC))
        self._places: list[PlacedColumn] = []
        self._layout_width = 0
        # The rows on screen, as they are drawn or about to be.
        self._rows: dict[str, Row] = {}
        self._sorted_by = ("", False)

    def show(
        self,
        jobs: Mapping[str, Job],
        order: Sequence[str],
        context: RenderContext,
        sorted_by: tuple[str, bool],
        empty: str,
    ) -> None:
        """Show those of `jobs` that are in `order`; the cursor stays on its job.

        `sorted_by` is the id of an order and whether it runs backwards; `empty` is what to say
        where there is nothing to show.
        """
        before = self._line_of.get(self.cursor_id or "")
        self._jobs, self._order, self._scene = jobs, list(order), context
        self._line_of = {job_id: line for line, job_id in enumerate(self._order)}
        self._sorted_by, self._empty = sorted_by, empty
        self._layout_width = 0  # what is known of the rows is forgotten with it
        self.virtual_size = Size(self.size.width, len(self._order) + HEADING)
        self._keep_cursor(before)
        self.refresh()

    @property
    def order(self) -> Sequence[str]:
        """The ids of the jobs that are shown, from top to bottom."""
        return self._order

    def update(self, job: Job, context: RenderContext) -> None:
        """Redraw the row of a job that changed without changing its place."""
        self._scene = context
        line = self._line_of.get(job.id)
        if line is not None and line in self._visible_lines():
            self._refresh_cells(line, self.scroll_offset.y)

    @property
    def seconds_until_change(self) -> float | None:
        """The seconds after which the rows on screen change by themselves; None: never."""
        jobs = (self._jobs[self._order[line]] for line in self._visible_lines())
        changes = (seconds_until_change(job, self._scene) for job in jobs)
        return min((seconds for seconds in changes if seconds is not None), default=None)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell that other rows are on screen, and draw those."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):  # else nothing is drawn anew
            self._rows.clear()
        self.post_message(ViewportChanged())

    def tick(self, context: RenderContext) -> None:
        """Redraw the rows on screen whose text differs now that time has passed."""
        before, self._scene = self._scene, context
        top = self.scroll_offset.y
        for line in self._visible_lines():
            if seconds_until_change(self._jobs[self._order[line]], before) is not None:
                self._refresh_cells(line, top)

    def _keep_cursor(self, before: int | None) -> None:
        """Leave the cursor on its job and on its line of the screen, or else on a neighbour."""
        cursor = self.cursor_id
        if cursor not in self._line_of:
            line = min(before or 0, len(self._order) - 1)
            cursor = self._order[line] if self._order else None
        elif before is not None:
            moved = self._line_of[cursor] - before
            if moved:
                self.scroll_to(y=self.scroll_offset.y + moved, animate=False, immediate=True)
        self._move_cursor(cursor)

    def _move_cursor(self, job_id: str | None) -> None:
        before, self.cursor_id = self.cursor_id, job_id
        for each in (before, job_id):
            if each in self._line_of:
                self._refresh_row(self._line_of[each])
        if job_id is not None:
            self._bring_into_view(self._line_of[job_id])
        if before != job_id:
            self.post_message(JobHighlighted(job_id))

    def _bring_into_view(self, line: int) -> None:
        rows, top = self._rows_on_screen, self.scroll_offset.y
        if line < top:
            self.scroll_to(y=line, animate=False, immediate=True)
        elif line >= top + rows:
            self.scroll_to(y=line - rows + 1, animate=False, immediate=True)

    @property
    def _rows_on_screen(self) -> int:
        return max(1, self.size.height - HEADING)

    def _visible_lines(self) -> range:
        top = self.scroll_offset.y
        return range(top, min(len(self._order), top + self._rows_on_screen))

    def _refresh_row(self, line: int) -> None:
        self.refresh(Region(0, line - self.scroll_offset.y + HEADING, self.size.width, 1))

    def _refresh_cells(self, line: int, top: int) -> None:
        """Redraw those cells of a row on screen whose text or look differs from what is shown."""
        job = self._jobs[self._order[line]]
        before = self._rows.get(job.id)
        if before is None:
            return
        row = self._rows[job.id] = self._cells(job)
        y = line - top + HEADING
        for place, was, now in zip(self._places, before, row, strict=True):
            if was != now:
                self.refresh(Region(place.start + MARGIN, y, place.width, 1))

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in view."""
        width = event.size.width
        self._rows.clear()
        self.virtual_size = Size(width, len(self._order) + HEADING)
        if self.cursor_id is not None:
            self._bring_into_view(self._line_of[self.cursor_id])
        self.refresh()
        self.post_message(ViewportChanged())

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines of the screen, of which all are as wide as there is room."""
        width = self.scrollable_content_region.width
        if width != self._layout_width:
            self._layout(width)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen: the heading, a job, or nothing."""
        if y < HEADING:
            return self._heading()
        line = y - HEADING + self.scroll_offset.y
        if line < len(self._order):
            return self._row(self._jobs[self._order[line]])
        if not self._order and y - HEADING < len(self._empty.splitlines()) + 1 and y > HEADING:
            words = self._empty.splitlines()[y - HEADING - 1]
            style = self._style_of("muted")
            return Strip([Segment("  " + words, style)]).adjust_cell_length(
                self._layout_width, style
            )
        return Strip.blank(self._layout_width, self.rich_style)

    def _layout(self, width: int) -> None:
        """Find the places of the columns on lines of so many cells."""
        self._layout_width = width
        self._places = layout_columns(visible_columns(self._scene), width - 2 * MARGIN)
        self._rows.clear()
        self._renderer.set_columns(self._places, width)

    def _style_of(self, part: str, under_cursor: bool = False) -> Style:  # noqa: FBT001, FBT002
        """Return how a part looks; its colours may let those of the row shine through."""
        if under_cursor and self._few_colours:
            return self.rich_style + Style(reverse=True)
        names = ("cursor", part) if under_cursor else (part,)
        return self.get_visual_style(*(f"job-table--{name}" for name in names)).rich_style

    @property
    def _few_colours(self) -> bool:
        """Whether the terminal has no shades in which a row could be tinted."""
        app = self.app
        few = app.console.color_system in (None, "standard")
        return few or app.no_color or app.native_ansi_color

    def _heading(self) -> Strip:
        order_id, backwards = self._sorted_by
        sign = "↑" if backwards else "↓"
        columns = [place.column for place in self._places]
        titles = [each.title + sign * (each.sort_id == order_id) for each in columns]
        return self._renderer.render(
            [((title, "heading"),) for title in titles], (" ", "heading"), "heading"
        )

    def _cells(self, job: Job) -> Row:
        shown = with_not_polled_reason(job, self._scene.endpoints, self._scene.profiles)
        return tuple(tuple(place.column.render(shown, self._scene)) for place in self._places)

    def _row(self, job: Job) -> Strip:
        if (row := self._rows.get(job.id)) is None:
            row = self._rows[job.id] = self._cells(job)
        under_cursor = job.id == self.cursor_id
        sign = ("▌" if under_cursor else " ", "plain")
        if job.id in self._marked:
            sign = (_MARK, "mark")
        return self._renderer.render(row, sign, "plain", under_cursor=under_cursor)

    def notify_style_update(self) -> None:
        """Take over the colours of another theme."""
        super().notify_style_update()
        self._renderer.clear_cache()

    def on_click(self, event: events.Click) -> None:
        """Sort by the heading that was clicked, or move the cursor; a double click opens."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        line = offset.y - HEADING + self.scroll_offset.y
        if offset.y < HEADING:
            for place in self._places:
                inside = place.start <= offset.x - MARGIN < place.start + place.width + GAP
                if inside and place.column.sort_id:
                    self.post_message(SortRequested(place.column.sort_id))
        elif line < len(self._order):
            self._move_cursor(self._order[line])
            if event.chain > 1:
                self.post_message(JobOpened())

    def move_to_job(self, job_id: str) -> None:
        """Put the cursor on a job, where it is shown."""
        if job_id in self._line_of:
            self._move_cursor(job_id)

    def action_move(self, by: int) -> None:
        """Move the cursor by a number of lines."""
        if self._order:
            line = self._line_of.get(self.cursor_id or "", 0) + by
            self._move_cursor(self._order[max(0, min(line, len(self._order) - 1))])

    def action_move_to(self, line: int) -> None:
        """Move the cursor to the first line (0) or the last (-1)."""
        if self._order:
            self._move_cursor(self._order[line])

    def action_page(self, pages: int) -> None:
        """Move the cursor by screenfuls."""
        self.action_move(pages * self._rows_on_screen)
