"""The dialog that shows the end of the program's log."""

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from kling_tui.tui.log_tail import LogLine, LogTail
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints

_CHECK_INTERVAL = 1.0
"""Seconds between two looks at the file, to which other processes write too."""
_TITLES = ("Log", "Log: warnings and errors", "Log: errors")
"""By the least severity that is shown."""
_STYLES = ("", "$text-warning", "$text-error")
"""By the severity of a line."""
_NO_FILE = "No log is written, because the home folder is unknown."
_NOTHING = "Nothing is logged yet."
_NONE_SHOWN = "None of the last lines has this level."


class LogScreen(Dialog[None]):
    """Shows the end of the log, and follows it while its last line is in view."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,L", "dismiss", "Back", id="log_back", tooltip="Back to the table"),
        Binding("f", "filter", "Level", id="log_level", tooltip="Show only more severe lines"),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
        Binding("g,home", "scroll_home", "Start", show=False),
        Binding("G,end", "scroll_end", "End", show=False),
    ]

    def __init__(self, file: Path | None) -> None:
        """`file` is the log, which need not exist; None if none is written."""
        super().__init__()
        self._file = file
        self._lines: list[LogLine] = []
        self._problem = ""
        self._least_severity = 0

    def compose(self) -> ComposeResult:
        """Show the lines, wrapped where they are too long."""
        with VerticalScroll(id="log") as pane:
            pane.border_subtitle = Content(str(self._file or ""))
            yield Static(id="lines")
        yield KeyHints()

    def on_mount(self) -> None:
        """Show the end of the log, and follow it."""
        self._show()
        if self._file is not None:
            self._follow(LogTail(self._file))

    @work
    async def _follow(self, tail: LogTail) -> None:
        while True:
            problem = ""
            try:
                lines = await asyncio.to_thread(tail.read_if_changed)
            except OSError as error:
                lines, problem = [], f"The log cannot be read: {error.strerror or error}"
            if lines is not None:
                self._lines, self._problem = lines, problem
                self._show()
            await asyncio.sleep(_CHECK_INTERVAL)

    def _show(self) -> None:
        pane = self.query_one("#log", VerticalScroll)
        pane.border_title = _TITLES[self._least_severity]
        shown = [line for line in self._lines if line.severity >= self._least_severity]
        content = Content("\n").join(
            Content.styled(line.text, _STYLES[line.severity]) for line in shown
        )
        at_end = pane.is_vertical_scroll_end
        self.query_one("#lines", Static).update(content if shown else Content(self._reason()))
        if at_end:
            pane.scroll_end(animate=False)

    def _reason(self) -> str:
        """Return why no line is shown."""
        if self._file is None:
            return _NO_FILE
        return self._problem or (_NONE_SHOWN if self._lines else _NOTHING)

    def action_filter(self) -> None:
        """Show all lines, only warnings and errors, or only errors."""
        self._least_severity = (self._least_severity + 1) % len(_TITLES)
        self._show()
        self.query_one("#log").scroll_end(animate=False)

    def action_scroll(self, by: int) -> None:
        """Scroll by a number of lines."""
        self.query_one("#log").scroll_relative(y=by, animate=False)

    def action_scroll_home(self) -> None:
        """Scroll to the first line."""
        self.query_one("#log").scroll_home(animate=False)

    def action_scroll_end(self) -> None:
        """Scroll to the last line, and follow the log."""
        self.query_one("#log").scroll_end(animate=False)
