"""The pane that shows everything known about one job."""

from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from kling_tui.formatting.columns import RenderContext, Span
from kling_tui.formatting.details import DetailField, detail_fields
from kling_tui.jobs import Job
from kling_tui.previews import OpenClip, Specs
from kling_tui.tui.messages import ClipProbed
from kling_tui.tui.video.poster import Poster

_NAMES = 11
"""Cells for the names on the left."""


class DetailFields(Static):
    """The text of the pane."""

    class Resized(Message):
        """There is more room for it, or less."""

    def on_resize(self) -> None:
        """Have the text wrapped anew."""
        self.post_message(self.Resized())


class JobDetail(VerticalScroll, can_focus=True):
    """Shows all of one job: names on the left, values that wrap under themselves on the right."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"job-detail--{look}"
        for look in (
            "queued", "running", "succeeded", "failed", "unknown", "problem", "plain", "muted",
            "link", "bar", "rest",
        )
    }  # fmt: skip

    BINDINGS: ClassVar[list[BindingType]] = [
        # By the ids of the table's keys, so that remapping those remaps these.
        Binding("down,j", "scroll_down", "Down", show=False, id="down"),
        Binding("up,k", "scroll_up", "Up", show=False, id="up"),
        Binding("home,g", "scroll_home", "Top", show=False, id="first"),
        Binding("end,G", "scroll_end", "Bottom", show=False, id="last"),
        Binding("pagedown", "page_down", "Page down", show=False, id="page_down"),
        Binding("pageup", "page_up", "Page up", show=False, id="page_up"),
    ]

    def __init__(self, open_clip: OpenClip | None, *, id: str) -> None:  # noqa: A002 - as in Widget
        """`open_clip` opens video files; None where the extra for that is not installed."""
        super().__init__(id=id)
        self._open_clip = open_clip
        self._clips: dict[str, Specs | str] | None = None if open_clip is None else {}
        self._job_id: str | None = None
        self._shown: tuple[DetailField, ...] = ()
        self._title = ""
        self._height = 0

    def compose(self) -> ComposeResult:
        """One text, which can be selected as a whole, and the poster where videos can be read."""
        if self._open_clip:
            yield Poster(self._open_clip, id="poster")
        yield DetailFields(id="facts")

    def show(self, job: Job | None, context: RenderContext, next_at: datetime | None) -> None:
        """Show a job, and when it is polled next; nothing where there is none.

        Draws only when the text differs from what is on screen.
        """
        if self._clips and (job is None or job.id != self._job_id):
            self._clips.clear()
        known = detail_fields(job, context, next_at, self._clips) if job else ()
        shown = tuple(fact for fact in known if fact[1])
        if job is not None and job.id != self._job_id:
            self.scroll_home(animate=False)
        self._job_id = job.id if job else None
        title = job.name if job else ""
        if title != self._title:
            self._title = title
            self.border_title = Content(title)
        if shown != self._shown:
            self._shown = shown
            self._draw()
        for poster in self.query(Poster):
            poster.show_files(job.files if job else ())

    @on(ClipProbed)
    def _take(self, event: ClipProbed) -> None:
        if self._clips is not None:
            self._clips[event.file] = event.found

    @on(DetailFields.Resized)
    def _wrap(self) -> None:
        self._draw()

    def notify_style_update(self) -> None:
        """Take over the colours of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self._draw()

    def _draw(self) -> None:
        text = self.query_one(DetailFields)
        room = max(10, text.size.width - _NAMES)
        muted = self._style("muted")
        lines: list[Content] = []
        for name, spans in self._shown:
            value = Content.assemble(
                *((words, self._span_style((words, look))) for words, look in spans)
            )
            for index, line in enumerate(value.wrap(room)):
                head = Content.styled(("" if index else name).ljust(_NAMES), muted)
                lines.append(Content.assemble(head, line))
        grown = len(lines) != self._height
        self._height = len(lines)
        text.update(Content("\n").join(lines), layout=grown)

    def _span_style(self, span: Span) -> Style:
        words, look = span
        style = self._style(look)
        return style + Style(link=words) if look == "link" else style

    def _style(self, look: str) -> Style:
        return self.get_visual_style(f"job-detail--{look}", partial=True)
