"""The dialog that asks before something is done to several jobs."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints


class ConfirmScreen(Dialog[bool]):
    """Asks a question; its result is whether the user confirmed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "dismiss(True)", "Yes", id="confirm_yes", key_display="⏎/y",
                tooltip="Do it"),
        Binding("escape,n,q", "dismiss(False)", "No", id="confirm_no", tooltip="Change nothing"),
    ]  # fmt: skip

    def __init__(self, title: str, question: str) -> None:
        super().__init__()
        self._title = title
        self._question = question

    def compose(self) -> ComposeResult:
        """Show the question."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(self._title)
            yield Static(Content(self._question), id="question")
            yield KeyHints()
