"""The dialog that shows the gateway's last response about a job."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.highlight import highlight
from textual.widgets import Static

from kling_tui.formatting.exchanges import exchange_lines, full_response
from kling_tui.jobs import Job
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints


class ReplyScreen(Dialog[None]):
    """Shows the HTTP status, the time and the headers of a response, and its body as JSON."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i", "dismiss", "Back", id="reply_back", tooltip="Back to the table"),
        Binding("y", "copy_body", "Copy JSON", id="reply_copy", tooltip="Copy the JSON"),
        Binding("Y", "copy_all", "Copy all", id="reply_copy_all",
                tooltip="Copy status, headers and JSON"),
        Binding("j", "scroll(1)", "Down", show=False),
        Binding("k", "scroll(-1)", "Up", show=False),
    ]  # fmt: skip

    def __init__(self, job: Job, copy: Callable[[str], str]) -> None:
        """`copy` sends a text to the clipboard, and returns a sentence on the result."""
        super().__init__()
        self._job = job
        self._copy = copy

    def compose(self) -> ComposeResult:
        """Show the response, its body with syntax highlighting."""
        with VerticalScroll(id="reply") as pane:
            pane.border_title = Content(f"Last reply about {self._job.name}")
            if self._job.exchange:
                lines = exchange_lines(self._job.exchange)
                yield Static(Content("\n".join(lines)), id="exchange")
            yield Static(highlight(self._job.reply or "", language="json"))
        yield KeyHints()

    def action_copy_body(self) -> None:
        """Copy the JSON."""
        self._show_copied(self._copy(self._job.reply or ""))

    def action_copy_all(self) -> None:
        """Copy all that is shown."""
        self._show_copied(self._copy(full_response(self._job)))

    def _show_copied(self, result: str) -> None:
        # A toast would cover the text that is to be selected if the copy did not arrive.
        self.query_one("#reply").border_subtitle = Content(result)

    def action_scroll(self, by: int) -> None:
        """Scroll by a number of lines."""
        self.query_one("#reply").scroll_relative(y=by, animate=False)
