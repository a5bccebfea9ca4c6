"""The line above the table with the views."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message

from kling_tui.tui.named_views import Tab
from kling_tui.tui.views import View
from kling_tui.tui.widgets.responsive_text import ResponsiveText

_GAP = "  "


@dataclass
class ViewClicked(Message):
    """The user clicked the tab of a view."""

    view: View


class ViewTabs(ResponsiveText):
    """Shows the views with their keys and how many jobs they show, as far as there is room."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {  # noqa: RUF012 - as in Widget
        f"view-tabs--{style_class}" for style_class in ("key", "name", "count", "current")
    }

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - as in Widget
        super().__init__(id=id)
        self._tabs: Sequence[Tab] = ()
        self._ends: list[tuple[int, View]] = []
        """Where the tabs end, in cells."""

    def show(self, tabs: Sequence[Tab]) -> None:
        """Show the tabs; draws only when they change."""
        if tabs != self._tabs:
            self._tabs = tabs
            self.draw()

    def draw(self) -> None:
        """Show all tabs with counts, or else without, or else only the key of all but one.

        Where that is too long, the last are left out.
        """
        lines = [
            [self._tab(tab, counts=counts, short=short and not tab.current) for tab in self._tabs]
            for counts, short in ((True, False), (False, False), (False, True))
        ]
        fitting = (
            line for line in lines if Content(_GAP).join(line).cell_length <= self.size.width
        )
        line = next(fitting, lines[-1])
        self._ends.clear()
        end = 0
        for tab, content in zip(self._tabs, line, strict=True):
            if end + content.cell_length > self.size.width:
                break
            end += content.cell_length + len(_GAP)
            self._ends.append((end, tab.view))
        self.update(Content(_GAP).join(line[: len(self._ends)]), layout=False)

    def _tab(self, tab: Tab, *, counts: bool, short: bool) -> Content:
        key, count = tab.view.key, tab.count
        parts = [
            (key, _style("key")),
            ("" if short and key else tab.title, _style("current" if tab.current else "name")),
            (str(count) if counts and count is not None else "", _style("count")),
        ]
        return Content(" ").join(Content.styled(text, style) for text, style in parts if text)

    def on_click(self, event: events.Click) -> None:
        """Select the view that was clicked."""
        offset = event.get_content_offset(self)
        if offset is not None:
            clicked = (view for end, view in self._ends if offset.x < end)
            if view := next(clicked, None):
                self.post_message(ViewClicked(view))


def _style(style_class: str) -> str:
    """Return the name of a style, which follows the theme, unlike its colours."""
    return f".view-tabs--{style_class}"
