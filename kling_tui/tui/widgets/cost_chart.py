"""The chart of costs with a cursor on one of its bars; draws only lines that change."""

from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from kling_tui.formatting.blocks import Bar, Block, Line

_ROW_SIGN, _COLUMN_SIGN = "▌", "↑"
"""The signs of the cursor: before a row, and below a column."""


class BarHighlighted(Message):
    """The cursor has moved to another bar, or its bar has changed."""


class BarChosen(Message):
    """The user has chosen the bar under the cursor."""


class CostChart(ScrollView, can_focus=True):
    """Shows a block of lines; the cursor stays on its bar when the amounts change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"cost-chart--{style_class}"
        for style_class in ("plain", "muted", "title", "succeeded", "running", "failed", "warning",
                            "error", "cursor")
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move_across(-1)", "Left", show=False, tooltip="Bar on the left"),
        Binding("right,l", "move_across(1)", "Right", show=False, tooltip="Bar on the right"),
        Binding("up,k", "move_down(-1)", "Up", show=False, tooltip="Bar above"),
        Binding("down,j", "move_down(1)", "Down", show=False, tooltip="Bar below"),
        Binding("home,g", "move_to(0)", "First", show=False, tooltip="First bar"),
        Binding("end,G", "move_to(-1)", "Last", show=False, tooltip="Last bar"),
    ]

    def __init__(self, build: Callable[[Size], Block], *, id: str) -> None:  # noqa: A002
        """`build` returns what to show in so many columns and lines."""
        # First, as the base class calls `notify_style_update`.
        self._styles: dict[str, Style] = {}
        super().__init__(id=id)
        self._build = build
        self._block = Block()
        self.bar: Bar | None = None
        """The bar under the cursor; None if there are no bars."""

    @property
    def bars(self) -> Sequence[Bar]:
        """All bars."""
        return self._block.bars

    @property
    def text(self) -> str:
        """What is shown, including what is scrolled out of view."""
        return "\n".join("".join(text for text, _ in line) for line in self._block.lines)

    def on_resize(self) -> None:
        """Build for the new size."""
        self.rebuild()

    def rebuild(self) -> None:
        """Show what `build` returns now."""
        size = self.scrollable_content_region.size
        if not size.width:
            return
        before, self._block = self._block.lines, self._build(size)
        compared = enumerate(zip_longest(before, self._block.lines))
        changed = {y for y, (old, new) in compared if old != new}
        self.virtual_size = Size(size.width, len(self._block.lines))
        self._keep_cursor()
        self._refresh_lines(changed)

    def _keep_cursor(self) -> None:
        """Keep the cursor on its group or day; else it moves to the last day, which is in view."""
        before, bars = self.bar, self.bars
        same = next((each for each in bars if before and _same_jobs(each, before)), None)
        last_day = next((each for each in reversed(bars) if each.is_column), None)
        self._set_bar(same or last_day)
        if before and last_day and not same:
            self.move_to(last_day)

    def _set_bar(self, bar: Bar | None) -> None:
        before, self.bar = self.bar, bar
        if bar != before:
            self._refresh_lines(y for each in (before, bar) for y in _lines_of(each))
            self.post_message(BarHighlighted())

    def _refresh_lines(self, numbers: Iterable[int]) -> None:
        top, width = self.scroll_offset.y, self.size.width
        visible = range(top, top + self.size.height)
        if regions := [Region(0, y - top, width, 1) for y in set(numbers) if y in visible]:
            self.refresh(*regions)

    def move_to(self, bar: Bar) -> None:
        """Move the cursor to a bar, and scroll it into view."""
        self._set_bar(bar)
        # With what is above a column or the first row, as far as there is room.
        bottom = bar.y + bar.height + bar.is_column
        top = max(0 if bar.is_column else bar.y - 1, bottom - self.scrollable_content_region.height)
        region = Region(0, top, 1, bottom - top)
        self.scroll_to_region(region, animate=False, force=True, x_axis=False)

    def action_move_to(self, index: int) -> None:
        """Move to a bar by its index."""
        if self.bars:
            self.move_to(self.bars[index])

    def action_move_across(self, by: int) -> None:
        """Move to the nearest bar on the left or on the right."""
        if (bar := self.bar) is None:
            return
        beside = [
            each
            for each in self.bars
            if each.is_column == bar.is_column and (each.x - bar.x) * by > 0
        ]
        nearest = min(
            beside, key=lambda each: (abs(each.y - bar.y), abs(each.x - bar.x)), default=None
        )
        if nearest:
            self.move_to(nearest)

    def action_move_down(self, by: int) -> None:
        """Move to the nearest bar below or above."""
        if (bar := self.bar) is None:
            return
        others = [each for each in self.bars if (each.y - bar.y) * by > 0]
        in_column = [each for each in others if each.x == bar.x and not each.is_column]
        candidates = others if bar.is_column else in_column or others
        center = bar.x + bar.width / 2
        nearest = min(
            candidates,
            key=lambda each: (abs(each.y - bar.y), abs(each.x + each.width / 2 - center)),
            default=None,
        )
        if nearest:
            self.move_to(nearest)
        else:
            self.scroll_relative(y=by, animate=False)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the bar that was clicked; choose it with a double click."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        x, y = offset.x, offset.y + self.scroll_offset.y
        if bar := next((each for each in self.bars if each.contains(x, y)), None):
            self._set_bar(bar)
            if event.chain == 2:
                self.post_message(BarChosen())

    def notify_style_update(self) -> None:
        """Take over the colours of another theme."""
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        """Render one line of the screen."""
        number, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        plain = self._style("plain").rich_style
        if number >= len(self._block.lines):
            return Strip.blank(self.size.width, plain)
        strip = self._strip(self._block.lines[number]).adjust_cell_length(width, plain)
        if (bar := self.bar) and bar.contains(bar.x, number):
            strip = self._with_cursor(strip, bar, number)
        return strip.adjust_cell_length(self.size.width, plain)

    def _strip(self, line: Line) -> Strip:
        return Strip([Segment(text, self._style(name).rich_style) for text, name in line])

    def _with_cursor(self, strip: Strip, bar: Bar, number: int) -> Strip:
        """Return a line with the background of the cursor behind a bar, and its sign."""
        if bar.x >= strip.cell_length:
            return strip  # the window became narrower, and the chart is not built for it yet
        end = min(bar.x + bar.width, strip.cell_length)
        before, under, after = strip.divide([bar.x, end, strip.cell_length])
        cursor = self._style("cursor").rich_style
        if not bar.is_column:
            under = Strip([Segment(_ROW_SIGN, cursor), *under.crop(1)])
        elif number == bar.y + bar.height - 1:
            under = Strip([Segment(_COLUMN_SIGN * (end - bar.x), cursor)])
        background = RichStyle(bgcolor=cursor.bgcolor, bold=cursor.bold)
        under = Strip(Segment.apply_style(under, post_style=background))
        return Strip.join([before, under, after])

    def _style(self, style_class: str) -> Style:
        """Return the style of a component class, with the background of the widget."""
        if (style := self._styles.get(style_class)) is None:
            style = self.get_visual_style(f"cost-chart--{style_class}")
            self._styles[style_class] = style
        return style


def _same_jobs(bar: Bar, other: Bar) -> bool:
    return (bar.by, bar.name, bar.last) == (other.by, other.name, other.last)


def _lines_of(bar: Bar | None) -> range:
    return range(bar.y, bar.y + bar.height) if bar else range(0)
