"""The pane that shows everything known about one job, or about a folded batch."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.style import Style

from kling_tui.formatting.batch_details import batch_fields
from kling_tui.formatting.batches import Batch
from kling_tui.formatting.columns import RenderContext, Span
from kling_tui.formatting.details import DetailField, detail_fields
from kling_tui.jobs import Job
from kling_tui.previews import OpenClip, Specs
from kling_tui.tui.messages import ClipProbed
from kling_tui.tui.video.poster import Poster
from kling_tui.tui.widgets.responsive_text import ResponsiveText

_NAME_WIDTH = 11
"""Cells for the names on the left."""
_MIN_VALUE_WIDTH = 10


class DetailFields(ResponsiveText):
    """Names on the left, and values on the right, which wrap in their own column."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"job-detail--{style_class}"
        for style_class in (
            "queued", "running", "succeeded", "failed", "unknown", "problem", "plain", "muted",
            "link", "bar", "rest",
        )
    }  # fmt: skip

    def __init__(self, *, id: str) -> None:  # noqa: A002 - as in Widget
        super().__init__(id=id)
        self._fields: Sequence[DetailField] = ()
        self._height = 0

    def show(self, fields: Sequence[DetailField]) -> None:
        """Show fields; draws only when they change."""
        if fields != self._fields:
            self._fields = fields
            self.draw()

    def draw(self) -> None:
        """Wrap the values to the width of the widget."""
        value_width = max(_MIN_VALUE_WIDTH, self.size.width - _NAME_WIDTH)
        lines: list[Content] = []
        for name, spans in self._fields:
            value = Content("").join(map(_span_content, spans))
            for index, line in enumerate(value.wrap(value_width)):
                left = Content.styled(("" if index else name).ljust(_NAME_WIDTH), _style("muted"))
                lines.append(Content.assemble(left, line))
        height_changed = len(lines) != self._height
        self._height = len(lines)
        self.update(Content("\n").join(lines), layout=height_changed)


def _span_content(span: Span) -> Content:
    span_text, style_class = span
    content = Content.styled(span_text, _style(style_class))
    return content.stylize(Style(link=span_text)) if style_class == "link" else content


def _style(style_class: str) -> str:
    return f".job-detail--{style_class}"


class JobDetail(VerticalScroll, can_focus=True):
    """Shows the fields of one job, and the first frame of its video."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # The ids are those of the table's keys, so that remapping those remaps these.
        Binding("down,j", "scroll_down", "Down", show=False, id="down"),
        Binding("up,k", "scroll_up", "Up", show=False, id="up"),
        Binding("home,g", "scroll_home", "Top", show=False, id="first"),
        Binding("end,G", "scroll_end", "Bottom", show=False, id="last"),
        Binding("pagedown", "page_down", "Page down", show=False, id="page_down"),
        Binding("pageup", "page_up", "Page up", show=False, id="page_up"),
    ]

    def __init__(self, open_clip: OpenClip | None, *, id: str) -> None:  # noqa: A002 - as in Widget
        """`open_clip` opens video files; None where the `preview` extra is not installed."""
        super().__init__(id=id)
        self._fields = DetailFields(id="facts")
        self._poster = Poster(open_clip, id="poster") if open_clip else None
        # What the poster has reported of the files of this job, by path.
        self._clips: dict[str, Specs | str] | None = {} if open_clip else None
        self._row_id: str | None = None
        self._batch: tuple[Batch, RenderContext] | None = None
        self._title = ""

    def compose(self) -> ComposeResult:
        """Show the poster, where videos can be read, and the fields."""
        if self._poster:
            yield self._poster
        yield self._fields

    def show(self, job: Job | None, context: RenderContext, next_at: datetime | None) -> None:
        """Show a job, None for an empty pane; `next_at` is when it is polled next.

        Draws only when the text changes.
        """
        self._batch = None
        self._set_row(job.id if job else None, context.names.name(job) if job else "")
        fields = detail_fields(job, context, next_at, self._clips) if job else ()
        self._fields.show(tuple(field for field in fields if field[1]))
        if self._poster:
            self._poster.show_files(job.files if job else ())

    def show_batch(self, batch: Batch, context: RenderContext) -> None:
        """Show a batch, with as many of its jobs as fit."""
        self._batch = batch, context
        self._set_row(batch.id, batch.title)
        self._fields.show(tuple(batch_fields(batch, context, self.size.height)))
        if self._poster:
            self._poster.show_files(())

    def on_resize(self) -> None:
        """Show as many jobs of a batch as fit now."""
        if self._batch:
            self.show_batch(*self._batch)

    def _set_row(self, row_id: str | None, title: str) -> None:
        """Begin to show another row of the table, if it is one."""
        if row_id != self._row_id:
            self._row_id = row_id
            if self._clips:
                self._clips.clear()
            if row_id is not None:
                self.scroll_home(animate=False)
        if title != self._title:
            self._title = title
            self.border_title = Content(title)

    @on(ClipProbed)
    def _store_clip(self, event: ClipProbed) -> None:
        if self._clips is not None:
            self._clips[event.file] = event.found
