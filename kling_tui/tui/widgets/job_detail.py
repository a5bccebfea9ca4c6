"""The pane that shows everything known about one job, or about a folded batch."""

from datetime import datetime
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.geometry import Region

from kling_tui.formatting.batch_details import batch_fields
from kling_tui.formatting.batches import Batch
from kling_tui.formatting.details import detail_fields
from kling_tui.formatting.render_context import RenderContext
from kling_tui.jobs import Job
from kling_tui.previews import OpenClip, Specs
from kling_tui.tui.messages import ClipProbed
from kling_tui.tui.widgets.detail_fields import DetailFields

if TYPE_CHECKING:
    from kling_tui.tui.video.poster import Poster


class JobDetail(Container):
    """Shows the fields of one job, and the first frame of its video."""

    def __init__(self, open_clip: OpenClip | None, *, id: str) -> None:  # noqa: A002 - as in Widget
        """`open_clip` opens video files; None where the `preview` extra is not installed."""
        super().__init__(id=id)
        self._fields = DetailFields(id="facts")
        self._open_clip = open_clip
        self._poster: Poster | None = None
        """None until a job with files is shown."""
        # What the poster has reported of the files of this job, by path.
        self._clips: dict[str, Specs | str] | None = {} if open_clip else None
        self._row_id: str | None = None
        self._batch: tuple[Batch, RenderContext] | None = None
        self._title = ""

    def compose(self) -> ComposeResult:
        """Show the fields; the poster is added before them."""
        yield self._fields

    def show(self, job: Job | None, context: RenderContext, next_at: datetime | None) -> None:
        """Show a job, None for an empty pane; `next_at` is when it is polled next.

        Draws only when the text changes.
        """
        self._batch = None
        self._set_row(job.id if job else None, context.names.name(job) if job else "")
        fields = detail_fields(job, context, next_at, self._clips) if job else ()
        self._fields.show(tuple(field for field in fields if field[1]))
        self._show_files(job.files if job else ())

    def show_batch(self, batch: Batch, context: RenderContext) -> None:
        """Show a batch, with as many of its jobs as fit."""
        self._batch = batch, context
        self._set_row(batch.id, batch.title)
        self._fields.show(tuple(batch_fields(batch, context, self.size.height)))
        self._show_files(())

    def _show_files(self, files: tuple[str, ...]) -> None:
        """Show the poster of files, where videos can be read."""
        if self._poster is None:
            if not (files and self._open_clip):
                return
            from kling_tui.tui.video.poster import Poster

            self._poster = Poster(self._open_clip, id="poster")
            self.mount(self._poster, before=0)
        self._poster.show_files(files)

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
                self._fields.scroll_home(animate=False)
        if title != self._title:
            self._title = title
            # Assigning `border_title` would redraw all lines of the pane.
            self._border_title = Content(title)
            self.refresh(Region(0, 0, self.outer_size.width, 1).translate(-self.content_offset))

    @on(ClipProbed)
    def _store_clip(self, event: ClipProbed) -> None:
        if self._clips is not None:
            self._clips[event.file] = event.found
