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
    """An input field whose Enter key is shown in the last line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Save", tooltip="Save the label"),
    ]


class LabelScreen(Dialog[str | None]):
    """Asks for a label; its result is None if cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "dismiss(None)", "Cancel", id="label_cancel", tooltip="Keep the old label"
        ),
    ]

    def __init__(self, label: str, jobs: str) -> None:
        """`label` is the present one; `jobs` names the job, or says how many there are."""
        super().__init__()
        self._label = label
        self._jobs = jobs

    def compose(self) -> ComposeResult:
        """One input field."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Label"
            dialog.border_subtitle = Content(self._jobs)
            field = LabelField(
                self._label,
                placeholder="No label (the id is shown)",
                select_on_focus=False,
                id="label",
            )
            field.cursor_blink = False
            yield field
            yield KeyHints()

    @on(Input.Submitted)
    def on_label_submitted(self) -> None:
        """Close with the label as it was typed."""
        self.dismiss(self.query_one(Input).value)
