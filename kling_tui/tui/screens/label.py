"""The dialog that asks for the label of one or several jobs."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints


class LabelField(Input):
    """A line of text whose Enter is shown among the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Save", tooltip="Take the new one"),
    ]


class LabelScreen(Dialog[str | None]):
    """Asks for a label; its result is None where it is to stay as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="label_cancel", tooltip="Keep the old one"),
    ]

    def __init__(self, label: str, owner: str) -> None:
        """`label` is the one there is; `owner` says of which job or jobs."""
        super().__init__()
        self._label = label
        self._owner = owner

    def compose(self) -> ComposeResult:
        """One line of text."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Label"
            dialog.border_subtitle = Content(self._owner)
            field = LabelField(
                self._label,
                placeholder="None: the id is shown",
                select_on_focus=False,
                id="label",
            )
            field.cursor_blink = False
            yield field
            yield KeyHints()

    @on(Input.Submitted)
    def save(self) -> None:
        """Take the label as it stands."""
        self.dismiss(self.query_one(Input).value)
