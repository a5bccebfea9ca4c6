"""The dialog that asks for the label of one or several jobs."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from kling_tui.formatting import text
from kling_tui.gateways.job_ids import clean_label
from kling_tui.jobs import Job
from kling_tui.tui.screens.confirm import ConfirmScreen
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints

_DIFFERENT = "Type one for all of them; a space erases them."


class LabelField(Input):
    """An input field whose Enter key is shown in the last line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Save", tooltip="Save the label"),
    ]


class LabelScreen(Dialog[str | None]):
    """Asks for the label of jobs; its result is None if nothing is to be changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "dismiss(None)", "Cancel", id="label_cancel", tooltip="Keep the old label"
        ),
    ]

    def __init__(self, jobs: Sequence[Job]) -> None:
        """`jobs` are those that get the label."""
        super().__init__()
        self._jobs = jobs
        labels = {job.label for job in jobs}
        self._different = len(labels) > 1
        self._label = "" if self._different else labels.pop()
        self._edited = False

    def compose(self) -> ComposeResult:
        """One input field, with the label that all jobs have."""
        several = len(self._jobs) > 1
        with Vertical(id="dialog") as dialog:
            count = text.count(len(self._jobs), "job")
            dialog.border_title = f"Label of {count}" if several else "Label"
            dialog.border_subtitle = "" if several else Content(self._jobs[0].name)
            field = LabelField(
                self._label,
                placeholder="Different labels" if self._different else "No label (the id is shown)",
                select_on_focus=False,
                id="label",
            )
            field.cursor_blink = False
            yield field
            if self._different:
                yield Static(Content(_DIFFERENT), id="hint")
            yield KeyHints()

    @on(Input.Changed)
    def on_label_changed(self, event: Input.Changed) -> None:
        """Note whether the user has typed anything, even if it was deleted again."""
        self._edited = self._edited or event.value != self._label

    @on(Input.Submitted)
    def on_label_submitted(self) -> None:
        """Close with the label as it was typed; ask before many labels are erased."""
        label = clean_label(self.query_one(Input).value)
        erased = sum(bool(job.label) for job in self._jobs)
        if not self._edited:
            self.dismiss(None)
        elif label or len(self._jobs) == 1 or not erased:
            self.dismiss(label)
        else:
            question = f"Erase the labels of {text.count(erased, 'job')}? Their ids are shown then."
            self.app.push_screen(ConfirmScreen("Erase labels", question), self._erase)

    def _erase(self, confirmed: bool | None) -> None:  # noqa: FBT001 - as Textual calls it
        if confirmed:
            self.dismiss("")
