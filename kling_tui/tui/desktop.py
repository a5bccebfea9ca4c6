"""The app's access to the terminal's bell, title and clipboard, and to programs of the desktop."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from textual.app import App
from textual.notifications import SeverityLevel

from kling_tui.notifications.command import ProgramError, run_with_input
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.diff_output.driver import CountingDriver
from kling_tui.tui.programs import TMUX_COPY, is_openable, open_with
from kling_tui.tui.terminal import POP_TITLE, PUSH_TITLE, TerminalError, title_sequence
from kling_tui.tui.workers import start_worker

_MAX_OPENED = 5
"""Results that are opened at once, as each may open a window."""
_TMUX_TIMEOUT = 2.0
"""Seconds that tmux may take to accept a text."""


class Desktop:
    """Rings, notifies, copies and opens on behalf of the screens."""

    def __init__(self, app: App[Any], dependencies: AppDependencies) -> None:
        self.focus_reported = False
        """Whether the terminal has ever reported its focus; many never do."""
        self._app = app
        self._dependencies = dependencies
        self._terminal = dependencies.terminal
        self._opener = dependencies.opener

    @property
    def focused(self) -> bool:
        """Whether the terminal is known to have the focus."""
        return self.focus_reported and self._app.app_focus

    @property
    def supports_notifications(self) -> bool:
        """Whether the terminal may show desktop notifications."""
        return self._terminal.supports_notifications

    @property
    def bytes_sent(self) -> int:
        """The bytes sent to the terminal so far; 0 where they are not counted."""
        driver = self._counting_driver
        return driver.bytes_sent if driver else 0

    @property
    def unwritten(self) -> int:
        """The characters that wait for the terminal."""
        driver = self._counting_driver
        return driver.unwritten if driver else 0

    @property
    def _counting_driver(self) -> CountingDriver | None:
        driver = self._app._driver  # noqa: SLF001 - the only way to the terminal
        return driver if isinstance(driver, CountingDriver) else None

    def _send(self, sequence: str) -> None:
        driver = self._app._driver  # noqa: SLF001 - the only way to the terminal
        if driver is not None and not self._app.is_headless:
            driver.write(sequence)

    def push_title(self) -> None:
        """Save the terminal's title on its stack."""
        self._send(PUSH_TITLE)

    def restore_title(self) -> None:
        """Restore the terminal's title from its stack."""
        self._send(POP_TITLE)

    def set_title(self, title: str) -> None:
        """Set the terminal's title."""
        self._send(title_sequence(title))

    def ring_bell(self) -> None:
        """Ring the terminal's bell."""
        self._app.bell()

    def notify(self, title: str, message: str) -> None:
        """Show a desktop notification, if the terminal supports it."""
        self._send(self._terminal.notification_sequence(title, message))

    def toast(self, message: str, title: str, severity: SeverityLevel = "information") -> None:
        """Show a toast in the app."""
        self._app.notify(message, title=title, severity=severity, markup=False)

    def copy(self, text: str) -> str:
        """Send text to the terminal's clipboard; return a sentence on the result for the user."""
        try:
            sequence = self._terminal.copy_sequence(text)
        except TerminalError as error:
            return f"Not copied: {error}"
        if self._terminal.multiplexer == "tmux":
            start_worker(self._app, partial(self._copy_with_tmux, text, sequence))
        else:
            self._send(sequence)
        return "Sent to the clipboard"

    async def _copy_with_tmux(self, text: str, fallback_sequence: str) -> None:
        try:
            environment = self._dependencies.environment
            await run_with_input(TMUX_COPY, text, _TMUX_TIMEOUT, environment)
        except ProgramError:
            self._send(fallback_sequence)

    def problem_of_opening(self, locations: Sequence[str]) -> str:
        """Return why files (absolute paths) and URLs cannot be opened, "" if they may be."""
        if not self._opener:
            return "No desktop on this machine"
        if len(locations) > _MAX_OPENED:
            return f"Not opened: {len(locations)} results are too many"
        if not all(location.startswith("/") or is_openable(location) for location in locations):
            return "Not opened: only https URLs are, and http on this machine"
        return ""

    async def open(self, locations: Sequence[str]) -> str:
        """Open what can be opened; return why it was not, else ""."""
        try:
            for location in locations:
                await open_with(self._opener, location, self._dependencies.environment)
        except ProgramError as error:
            return f"Not opened: {error}"
        return ""
