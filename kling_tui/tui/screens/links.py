"""The dialog that shows URLs or ids in full, to select, copy or follow them."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints


class LinksScreen(Dialog[None]):
    """Shows lines that were copied or could not be opened; URLs are hyperlinks (OSC 8)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,y,Y,o", "dismiss", "Back", id="links_back",
                tooltip="Back to the table"),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
    ]  # fmt: skip

    def __init__(self, title: str, lines: Sequence[str], hint: str) -> None:
        """`hint` says what the user can do with the lines."""
        super().__init__()
        self._title = title
        self._lines = lines
        self._hint = hint

    def compose(self) -> ComposeResult:
        """Show each line in full, wrapped if it is too long."""
        with VerticalScroll(id="dialog", can_focus=False) as dialog:
            dialog.border_title = Content(self._title)
            yield Static(Content("\n").join(map(_hyperlink, self._lines)), id="links")
            yield Static(Content(self._hint), id="hint")
        yield KeyHints()

    def action_scroll(self, by: int) -> None:
        """Scroll by a number of lines."""
        self.query_one("#dialog").scroll_relative(y=by, animate=False)


def _hyperlink(line: str) -> Content:
    is_link = line.startswith(("https://", "http://"))
    return Content.styled(line, Style(link=line)) if is_link else Content(line)
