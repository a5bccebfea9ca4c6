"""The text of the detail pane, which draws only lines that change."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style

from kling_tui.formatting.details import DetailField
from kling_tui.tui.messages import LinkClicked
from kling_tui.tui.widgets.detail_lines import NAME_WIDTH, DetailLine, wrap_field


class DetailFields(ScrollView, can_focus=True):
    """Names on the left, and values on the right, which wrap in their own column.

    New text causes no layout: the size of the widget does not depend on it.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"job-detail--{style_class}"
        for style_class in (
            "queued", "running", "succeeded", "failed", "unknown", "problem", "plain", "muted",
            "link", "bar", "rest", "kept", "rejected",
        )
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        # The ids are those of the table's keys, so that remapping those remaps these.
        Binding("down,j", "scroll_down", "Down", show=False, id="down"),
        Binding("up,k", "scroll_up", "Up", show=False, id="up"),
        Binding("home,g", "scroll_home", "Top", show=False, id="first"),
        Binding("end,G", "scroll_end", "Bottom", show=False, id="last"),
        Binding("pagedown", "page_down", "Page down", show=False, id="page_down"),
        Binding("pageup", "page_up", "Page up", show=False, id="page_up"),
    ]

    virtual_size: Reactive[Size] = Reactive(Size(0, 0))
    """The size of the text. Unlike in other widgets, a new one causes no layout."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - as in Widget
        # First, as the base class calls `notify_style_update`.
        self._strips: dict[int, Strip] = {}
        """The rendered lines, by number."""
        self._styles: dict[str, Style] = {}
        super().__init__(id=id)
        self._fields: Sequence[DetailField] = ()
        self._lines: Sequence[DetailLine] = ()
        self._width = 0

    def show(self, fields: Sequence[DetailField]) -> None:
        """Show fields; draws only the lines that change."""
        if fields != self._fields:
            self._fields = fields
            self._wrap()

    @property
    def text(self) -> str:
        """What is shown, including what is scrolled out of view."""
        return "\n".join(line.text for line in self._lines)

    def _wrap(self) -> None:
        """Wrap the fields to the width, and draw the lines that differ."""
        before = self._lines
        self._lines = [line for field in self._fields for line in wrap_field(field, self._width)]
        compared = enumerate(zip_longest(before, self._lines))
        changed = [y for y, (old, new) in compared if old is not new]
        self.virtual_size = Size(self._width, len(self._lines))
        top = self.scroll_offset.y
        for y in changed:
            self._strips.pop(y, None)
        visible = range(top, top + self.size.height)
        if regions := [Region(0, y - top, self._width, 1) for y in changed if y in visible]:
            self.refresh(*regions)

    def watch_virtual_size(self, size: Size) -> None:
        """Show in the scrollbar how long the text is, and do not stay below its end."""
        self.vertical_scrollbar.window_virtual_size = size.height
        self.scroll_y = self.validate_scroll_y(self.scroll_y)

    def on_resize(self) -> None:
        """Wrap the fields to the new width."""
        width = self.scrollable_content_region.width
        if width != self._width:
            self._width = width
            self._redraw()
            self._wrap()

    def notify_style_update(self) -> None:
        """Take over the colours of another theme."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def _redraw(self) -> None:
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Render one line of the screen."""
        number = y + self.scroll_offset.y
        if (strip := self._strips.get(number)) is None:
            strip = self._strips[number] = self._render_text(number)
        return strip

    def _render_text(self, number: int) -> Strip:
        # Blanks have the style of those after names, so that fewer of them change.
        background = self._style("muted").rich_style
        if number >= len(self._lines):
            return Strip.blank(self._width, background)
        segments = [segment for segment in self._segments(number) if segment.text]
        strip = Strip(segments).apply_offsets(0, number)
        return strip.adjust_cell_length(self._width, background)

    def _segments(self, number: int) -> Iterator[Segment]:
        """Yield the parts of each span of a line: before the selection, in it, and after it."""
        line, selection = self._lines[number], self.text_selection
        start, end = (selection and selection.get_span(number)) or (0, 0)
        if end == -1:
            end = len(line.text)
        for text, style_class in line.spans:
            style = self._style(style_class)
            if style_class == "link" and line.hyperlink:
                style += Style(link=line.hyperlink)
            first, last = (max(0, min(len(text), cut)) for cut in (start, end))
            yield Segment(text[:first], style.rich_style)
            if first < last:
                selected = self.screen.get_component_styles("screen--selection")
                yield Segment(text[first:last], (style + Style.from_styles(selected)).rich_style)
            yield Segment(text[last:], style.rich_style)
            start, end = start - len(text), end - len(text)

    def _style(self, style_class: str) -> Style:
        """Return the style of a component class, with the background of the pane."""
        if (style := self._styles.get(style_class)) is None:
            style = self.get_visual_style(f"job-detail--{style_class}")
            self._styles[style_class] = style
        return style

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, and what separates it from that of the next widget."""
        if selection.start is not None and selection.start.y >= len(self._lines):
            return None  # selected in a longer text than this
        return selection.extract(self.text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 - as in Widget
        """Draw what is selected now."""
        self._redraw()

    def on_click(self, event: events.Click) -> None:
        """Follow the link that was clicked, once, and not where the mouse has selected text."""
        offset = event.get_content_offset(self)
        if offset is None or event.chain > 1 or self.text_selection is not None:
            return
        number = offset.y + self.scroll_offset.y
        if number < len(self._lines):
            line = self._lines[number]
            if line.url and NAME_WIDTH <= offset.x < cell_len(line.text):
                self.post_message(LinkClicked(line.url))
