"""The dialog that asks for the name of a view."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from kling_tui.sanitize import sanitize_line
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.views import MAX_NAME_LENGTH, View, view_by_name
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

    def __init__(self, name: str, description: str, views: Sequence[View]) -> None:
        """Offer a `name`; `description` says what is saved, and `views` are those that exist."""
        super().__init__()
        self._name = name
        self._views = views
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
            yield Static(id="replaces")
            yield Static(Content(self._description), id="hint")
            yield KeyHints()

    def on_mount(self) -> None:
        """Say which view the name that is offered belongs to."""
        self._show_replaced()

    @property
    def _new_name(self) -> str:
        return sanitize_line(self.query_one(Input).value, MAX_NAME_LENGTH).strip()

    @on(Input.Changed)
    def _show_replaced(self) -> None:
        """Say which view has the name already."""
        replaced = view_by_name(self._views, self._new_name)
        key = f" (key {replaced.key})" if replaced and replaced.key else ""
        message = f"replaces the view {replaced.name}{key}" if replaced else ""
        line = self.query_one("#replaces", Static)
        line.update(Content(message))
        line.display = bool(message)

    @on(Input.Submitted)
    def on_name_submitted(self) -> None:
        """Close with the name, if there is one."""
        if name := self._new_name:
            self.dismiss(name)
