"""The dialog that lists every key, in groups."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content

from kling_tui.tui.screens.key_lists import KeyHelp
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints
from kling_tui.tui.widgets.responsive_text import ResponsiveText

_GAP = 2
"""Cells between the keys and what they do."""
_MIN_TEXT_WIDTH = 10


class KeyGroup(ResponsiveText):
    """A title, and a line for each binding; long texts wrap in their own column."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-group--title", "key-group--key"}

    def __init__(self, title: str, keys: Sequence[KeyHelp], key_width: int) -> None:
        """`key_width` is the number of cells for the keys."""
        super().__init__()
        self._title = title
        self._keys = keys
        self._key_width = key_width

    def draw(self) -> None:
        """Wrap the texts to the width of the widget."""
        text_width = max(_MIN_TEXT_WIDTH, self.size.width - self._key_width - _GAP)
        lines = [Content.styled(self._title, ".key-group--title")]
        for keys, tooltip in self._keys:
            left = " " * (self._key_width - cell_len(keys)) + keys
            for line in Content(tooltip).wrap(text_width):
                shown = Content.styled(left, ".key-group--key")
                lines.append(Content.assemble(shown, " " * _GAP, line))
                left = " " * self._key_width
        self.update(Content("\n").join(lines))


class HelpScreen(Dialog[None]):
    """Shows the keys, as they are bound now, and what they do; in two columns where they fit."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-two-columns")]  # noqa: RUF012 - as in Screen
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss", "Back", id="help_back",
                tooltip="Back to the table"),
        Binding("j", "scroll(1)", "Down", show=False),
        Binding("k", "scroll(-1)", "Up", show=False),
    ]  # fmt: skip

    def __init__(self, groups: Iterable[tuple[str, Sequence[KeyHelp]]]) -> None:
        """Show `groups`: their titles with their keys."""
        super().__init__()
        self._groups = list(groups)

    def compose(self) -> ComposeResult:
        """Put the first half of the lines on the left, the others on the right or below."""
        key_width = max(cell_len(keys) for _, group in self._groups for keys, _ in group)
        widgets = [KeyGroup(title, keys, key_width) for title, keys in self._groups]
        half = _first_half([len(keys) for _, keys in self._groups])
        with VerticalScroll(id="dialog") as dialog:
            dialog.border_title = "Keys"
            with Container(id="key-columns"):
                yield Vertical(*widgets[:half])
                yield Vertical(*widgets[half:])
        yield KeyHints()

    def action_scroll(self, by: int) -> None:
        """Scroll by a number of lines."""
        self.query_one("#dialog").scroll_relative(y=by, animate=False)


def _first_half(heights: Sequence[int]) -> int:
    """Return how many groups belong into the first of two columns of similar height."""
    return min(
        range(len(heights) + 1), key=lambda count: abs(sum(heights[:count]) - sum(heights[count:]))
    )
