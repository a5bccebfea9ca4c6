"""The dialog that asks for the name of a view."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from kling_tui.sanitize import sanitize_line
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.views import MAX_NAME_LENGTH
from kling_tui.tui.widgets.key_hints import KeyHints


class NameField(Input):
    """An input field whose Enter key is shown in the last line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Save", tooltip="Save the view"),
    ]


class SaveViewScreen(Dialog[str]):
    """Asks for the name under which to save a view."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="save_view_cancel",
                tooltip="Save no view"),
    ]  # fmt: skip

    def __init__(self, name: str, description: str) -> None:
        """Offer a `name`; `description` says what is saved."""
        super().__init__()
        self._name = name
        self._description = description

    def compose(self) -> ComposeResult:
        """One input field, and what is saved."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Save view"
            field = NameField(
                self._name, placeholder="Name", max_length=MAX_NAME_LENGTH, id="view-name"
            )
            field.cursor_blink = False
            yield field
            yield Static(Content(self._description), id="hint")
            yield KeyHints()

    @on(Input.Submitted)
    def on_name_submitted(self) -> None:
        """Close with the name, if there is one."""
        if name := sanitize_line(self.query_one(Input).value, MAX_NAME_LENGTH).strip():
            self.dismiss(name)
