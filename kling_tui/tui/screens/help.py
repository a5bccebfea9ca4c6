"""The dialog that lists every key."""

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints


class HelpScreen(Dialog[None]):
    """Shows the keys, as they are bound now, and what they do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss", "Back", id="help_back",
                tooltip="Back to the table"),
    ]  # fmt: skip

    def __init__(self, keys: Iterable[tuple[str, str]]) -> None:
        """`keys` are pairs: the keys of a binding as shown to the user, and what they do."""
        super().__init__()
        self._keys = list(keys)

    def compose(self) -> ComposeResult:
        """One line for each binding."""
        widest = max(cell_len(key) for key, _ in self._keys)

        def padding(key: str) -> str:
            return " " * (widest - cell_len(key))

        lines = [
            Content.assemble((padding(key) + key, "$text-accent"), "  ", tooltip)
            for key, tooltip in self._keys
        ]
        with VerticalScroll(id="dialog") as dialog:
            dialog.border_title = "Keys"
            yield Static(Content("\n").join(lines))
        yield KeyHints()
