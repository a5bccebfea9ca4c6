"""The dialog that shows the gateway's last reply about a job."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.highlight import highlight
from textual.widgets import Static

from kling_tui.jobs import Job
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints


class ReplyScreen(Dialog[None]):
    """Shows the gateway's last reply about a job, as JSON."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i", "dismiss", "Back", id="reply_back", tooltip="Back to the table"),
    ]

    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job = job

    def compose(self) -> ComposeResult:
        """Show the reply with syntax highlighting."""
        with VerticalScroll(id="reply") as pane:
            pane.border_title = Content(f"Last reply about {self._job.name}")
            yield Static(highlight(self._job.reply or "", language="json"))
        yield KeyHints()
