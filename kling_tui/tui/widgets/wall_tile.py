"""One result on the clip wall: its poster or its clip, and two lines about it."""

from collections.abc import Iterable
from textwrap import wrap
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.strip import Strip
from textual.widget import Widget

from kling_tui.formatting.spans import Span
from kling_tui.tui.messages import ClipProbed, TileClicked
from kling_tui.tui.readable_app import has_few_colours
from kling_tui.tui.tile_content import TileContent
from kling_tui.tui.video.first_frames import FirstFrames
from kling_tui.tui.video.picture import Picture
from kling_tui.tui.video.poster import Poster
from kling_tui.tui.wall_results import Result

CAPTION_LINES = 2
"""Lines below the poster."""
MARGIN = 1
"""Cells at both sides of the poster: for the bar of the cursor, and for a gap."""
_READING = "…"
_CURSOR_BAR = "▌"


class TilePoster(Poster):
    """The first frame of a result; until it is read, or where it cannot be, a note."""

    def __init__(self, frames: FirstFrames) -> None:
        super().__init__(frames, id="poster", threads=frames.threads)
        self._note = ""

    @property
    def note(self) -> str:
        """Why there is no picture; "" if there is one."""
        return self._note

    @note.setter
    def note(self, note: str) -> None:
        if note != self._note:
            self._note = note
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Render a line of the picture, or of the note."""
        if not self._note:
            return super().render_line(y)
        return note_line(self._note, y, self.size.width, self.size.height, self.rich_style)


class Tile(Widget):
    """Shows one result, or nothing. While its clip plays, its poster is hidden."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"tile--{style_class}"
        for style_class in (
            "cursor", "bar", "mark", "unread", "name", "muted", "kept", "rejected", "note",
        )
    }  # fmt: skip

    def __init__(self, frames: FirstFrames | None) -> None:
        """`frames` reads video files; None where only text can be shown."""
        super().__init__()
        self.content: TileContent | None = None
        self.clip = Picture(id="clip", at_top=True)
        self.poster = TilePoster(frames) if frames else None
        self.display = False

    def compose(self) -> ComposeResult:
        """Put the poster over the clip, which is seen when the poster is hidden."""
        if self.poster:
            yield self.clip
            yield self.poster

    @property
    def result(self) -> Result | None:
        """The result that is shown."""
        return self.content.result if self.content else None

    @property
    def playable(self) -> bool:
        """Whether there is a file that may be played."""
        return bool(self.poster and self.content and self.content.file and not self.failed)

    @property
    def failed(self) -> bool:
        """Whether the file cannot be read."""
        return self.poster is not None and self.poster.note not in ("", _READING)

    def show(self, content: TileContent | None) -> None:
        """Show a result, or nothing; draws only what changes."""
        before, self.content = self.content, content
        if content == before:
            return
        self.display = content is not None
        if self.poster and (not before or not content or content.file != before.file):
            self.show_clip(shown=False)
            file = content.file if content else ""
            self.poster.note = _READING if file else content.note if content else ""
            self.poster.show_files((file,) if file else ())
        self.refresh()

    def show_clip(self, *, shown: bool) -> None:
        """Show the clip, or the poster again."""
        if self.poster and self.poster.visible is shown:
            self.poster.visible = not shown
            if not shown:
                self.clip.show(None)

    @on(ClipProbed)
    def show_what_was_read(self, event: ClipProbed) -> None:
        """Show why there is no picture, if there is none."""
        event.stop()
        if self.poster and self.content and event.file == self.content.file:
            self.poster.note = event.found if isinstance(event.found, str) else ""

    def on_click(self, event: events.Click) -> None:
        """Report which result was clicked."""
        if self.content:
            event.stop()
            self.post_message(TileClicked(self.content.result, twice=event.chain > 1))

    def render_line(self, y: int) -> Strip:
        """Render a line: the two about the result are the last ones."""
        content, width = self.content, self.size.width
        if content is None:
            return Strip.blank(width, self.rich_style)
        bar = (_CURSOR_BAR if content.under_cursor else " ", "bar")
        number = y - (self.size.height - CAPTION_LINES)
        if number < 0:
            style = self._style("note")
            left = self._strip([bar])
            note = note_line(content.note, y, width - 2 * MARGIN, -number + y, style)
            return Strip.join([left, note])
        if number == 0:
            sign = content.sign if content.sign[0] else bar
            return self._strip([sign, (content.title, "name")], in_caption=True)
        return self._strip([bar, *content.facts], in_caption=True)

    def _strip(self, spans: Iterable[Span], *, in_caption: bool = False) -> Strip:
        """Return a line as wide as the tile if it belongs to the caption, else as the spans."""
        segments = [
            Segment(text, self._style(style_class, in_caption=in_caption))
            for text, style_class in spans
        ]
        strip = Strip(segments)
        if not in_caption:
            return strip
        return strip.adjust_cell_length(self.size.width, self._style("muted", in_caption=True))

    def _style(self, style_class: str, *, in_caption: bool = False) -> Style:
        names = [style_class]
        if in_caption and self.content and self.content.under_cursor:
            if has_few_colours(self.app):
                return self.rich_style + Style(reverse=True)
            names.insert(0, "cursor")
        return self.get_visual_style(*(f"tile--{name}" for name in names)).rich_style


def note_line(note: str, y: int, width: int, height: int, style: Style) -> Strip:
    """Return line `y` of a text in the middle of `height` lines."""
    lines = wrap(note, max(1, width), break_on_hyphens=False)[:height]
    number = y - (height - len(lines)) // 2
    text = lines[number].center(width) if 0 <= number < len(lines) else ""
    return Strip([Segment(text, style)]).adjust_cell_length(max(0, width), style)
