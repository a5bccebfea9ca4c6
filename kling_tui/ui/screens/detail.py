"""All of one job on the whole screen, and the last reply as it came."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.highlight import highlight
from textual.screen import ModalScreen
from textual.widgets import Footer, Static

from kling_tui.jobs import Job
from kling_tui.ui.columns import Scene
from kling_tui.ui.widgets.job_detail import JobDetail

_CLOSE = Binding("escape,q,enter", "dismiss", "Back", id="back", tooltip="Back to the table")


class DetailScreen(ModalScreen[None]):
    """Shows one job large, and goes on showing it as it changes."""

    BINDINGS: ClassVar[list[BindingType]] = [_CLOSE]

    def __init__(self, seen: Callable[[], tuple[Job | None, Scene, datetime | None]]) -> None:
        """`seen` returns what to show at this moment."""
        super().__init__()
        self._seen = seen

    def compose(self) -> ComposeResult:
        """Show the same pane as below the table."""
        yield JobDetail()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Show it now and once a second."""
        self._show()
        self.set_interval(1.0, self._show)

    def _show(self) -> None:
        self.query_one(JobDetail).show(*self._seen())


class ReplyScreen(ModalScreen[None]):
    """Shows the gateway's last reply about a job, as JSON."""

    BINDINGS: ClassVar[list[BindingType]] = [_CLOSE]

    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job = job

    def compose(self) -> ComposeResult:
        """Show the reply in colours."""
        with VerticalScroll(id="reply") as pane:
            pane.border_title = Content(f"Last reply about {self._job.name}")
            yield Static(highlight(self._job.reply or "", language="json"))
        yield Footer(show_command_palette=False)
