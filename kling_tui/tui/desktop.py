"""What the app reaches beside its screen: the terminal's bell, title and clipboard, programs."""

from collections.abc import Sequence
from typing import Any

from textual.app import App
from textual.notifications import SeverityLevel

from kling_tui.jobs import Job
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.diff_output.driver import CountingDriver
from kling_tui.tui.programs import (
    TMUX_COPY,
    NotifyCommand,
    ProgramError,
    is_openable,
    open_with,
    run_with_input,
)
from kling_tui.tui.terminal import POP_TITLE, PUSH_TITLE, TerminalError, set_title_sequence

_MOST_OPENED = 5
"""Results that are opened at once; a person who marked more hardly wants so many windows."""
_TMUX_WITHIN = 2.0
"""Seconds in which tmux is expected to take a text."""


class Desktop:
    """Asks the terminal and programs of the person's for what a screen cannot do."""

    def __init__(self, app: App[Any], dependencies: AppDependencies) -> None:
        self.focus_reported = False
        """Whether the terminal has ever told of its focus; many never do."""
        self._app = app
        self._terminal = dependencies.terminal
        self._opener = dependencies.opener
        self._notify_command = dependencies.notify_command

    @property
    def focused(self) -> bool:
        """Whether the person is known to look at the app."""
        return self.focus_reported and self._app.app_focus

    @property
    def supports_notifications(self) -> bool:
        """Whether the terminal may show notifications on the desktop."""
        return self._terminal.supports_notifications

    @property
    def bytes_sent(self) -> int:
        """The bytes sent to the terminal so far."""
        driver = self._app._driver  # noqa: SLF001
        return driver.bytes_sent if isinstance(driver, CountingDriver) else 0

    @property
    def unwritten(self) -> int:
        """The characters that wait for the terminal."""
        driver = self._app._driver  # noqa: SLF001
        return driver.unwritten if isinstance(driver, CountingDriver) else 0

    def push_title(self) -> None:
        """Have the terminal keep the title that it has."""
        self._send(PUSH_TITLE)

    def restore_title(self) -> None:
        """Give the terminal back the title that it kept."""
        self._send(POP_TITLE)

    def set_title(self, words: str) -> None:
        """Set the terminal's title."""
        self._send(set_title_sequence(words))

    def _send(self, sequence: str) -> None:
        driver = self._app._driver  # noqa: SLF001 - the only way to the terminal
        if driver is not None and not self._app.is_headless:
            driver.write(sequence)

    def ring_bell(self) -> None:
        """Ring the bell."""
        self._app.bell()

    def notify(self, title: str, words: str) -> None:
        """Show a notification on the desktop, where the terminal does that."""
        self._send(self._terminal.notify(title, words))

    def toast(self, words: str, title: str, severity: SeverityLevel = "information") -> None:
        """Show words for some seconds."""
        self._app.notify(words, title=title, severity=severity, markup=False)

    def copy(self, text: str) -> str:
        """Send text to the terminal's clipboard; returns what became of it, in words."""
        try:
            sequence = self._terminal.copy(text)
        except TerminalError as error:
            return f"Not copied: {error}"
        if self._terminal.multiplexer == "tmux":
            self._app.run_worker(self._copy_by_tmux(text, sequence))
        else:
            self._send(sequence)
        return "Sent to the terminal's clipboard"

    async def _copy_by_tmux(self, text: str, sequence: str) -> None:
        try:
            await run_with_input(TMUX_COPY, text, _TMUX_WITHIN)
        except ProgramError:
            self._send(sequence)

    async def open(self, results: Sequence[str]) -> str:
        """Open files and web pages; returns why they were not, "" where they were."""
        if not self._opener:
            return "Not opened: there is no desktop here"
        if len(results) > _MOST_OPENED:
            return f"Not opened: {len(results)} results are too many"
        if not all(each.startswith("/") or is_openable(each) for each in results):
            return "Not opened: only https is, and http on this machine"
        try:
            for each in results:
                await open_with(self._opener, each)
        except ProgramError as error:
            return f"Not opened: {error}"
        return ""

    def run_notify_command(self, job: Job) -> None:
        """Tell the person's program of a job that ended."""
        if self._notify_command is not None:
            self._app.run_worker(self._run(self._notify_command, job))

    async def _run(self, command: NotifyCommand, job: Job) -> None:
        try:
            await command.run(job)
        except ProgramError as error:
            self.toast(str(error), "notify.command", "error")
