"""The dialog that asks for the new name of a batch."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from kling_tui.formatting import text
from kling_tui.gateways.job_ids import MAX_LABEL_LENGTH, clean_label
from kling_tui.jobs import Job
from kling_tui.tui.screens.confirm import ConfirmScreen
from kling_tui.tui.screens.label import LabelField
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints


class RenameBatchScreen(Dialog[str | None]):
    """Asks for the name of a batch.

    Its result is "" if the jobs are to be taken out of the batch, and None if nothing is to be
    changed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="rename_batch_cancel",
                tooltip="Keep the old name"),
    ]  # fmt: skip

    def __init__(
        self, name: str, jobs: Sequence[Job], hidden: int, sizes: Mapping[str, int]
    ) -> None:
        """`jobs` are all of the batch `name`, of which the filter hides so many.

        `sizes` is how many jobs each batch has.
        """
        super().__init__()
        self._name = name
        self._jobs = jobs
        self._hidden = hidden
        self._sizes = sizes

    def compose(self) -> ComposeResult:
        """One input field, and below it a label as it becomes, or what is wrong with the name."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Rename batch"
            count = text.count(len(self._jobs), "job")
            hidden = f", {self._hidden:,} hidden by the filter" if self._hidden else ""
            dialog.border_subtitle = Content(f"{self._name}/ · {count}{hidden}")
            field = LabelField(
                self._name,
                placeholder="No batch",
                select_on_focus=False,
                id="batch-name",
            )
            field.cursor_blink = False
            yield field
            yield Static(id="hint")
            yield KeyHints()

    @property
    def _new_name(self) -> str:
        """The name as it was typed; a slash at its end, as in the table, is not part of it."""
        return clean_label(self.query_one(Input).value).strip().removesuffix("/").rstrip()

    @property
    def _problem(self) -> str:
        """What is wrong with the name; "" if it can be used."""
        name = self._new_name
        if "/" in name:
            return "A batch name cannot contain a slash."
        longest = max(len(job.label_in_batch(name)) for job in self._jobs)
        if longest > MAX_LABEL_LENGTH:
            return f"Too long: a label can have {MAX_LABEL_LENGTH} characters."
        return ""

    @on(Input.Changed)
    def on_name_changed(self) -> None:
        """Show what the name does, or what is wrong with it."""
        if problem := self._problem:
            content = Content.styled(problem, "$text-error")
        elif (name := self._new_name) == self._name:
            content = Content("Type another name. The rest of each label stays.")
        else:
            first = self._jobs[0]
            content = Content(f"{first.label} → {first.label_in_batch(name)}")
        self.query_one("#hint", Static).update(content)

    @on(Input.Submitted)
    def on_name_submitted(self) -> None:
        """Close with the name; ask first where that removes the batch, or adds to another one."""
        name = self._new_name
        if self._problem:
            return
        if name == self._name:
            self.dismiss(None)
        elif not name:
            count = text.count(len(self._jobs), "job")
            self._confirm("Remove batch name", f"Remove {self._name}/ from the labels of {count}?")
        elif size := self._sizes.get(name, 0):
            count = text.count(size, "job")
            self._confirm("Merge batches", f"{name}/ already has {count}. Add these to it?")
        else:
            self.dismiss(name)

    def _confirm(self, title: str, question: str) -> None:
        self.app.push_screen(ConfirmScreen(title, question), self._close_if_confirmed)

    def _close_if_confirmed(self, confirmed: bool | None) -> None:  # noqa: FBT001 - as Textual calls it
        if confirmed:
            self.dismiss(self._new_name)
