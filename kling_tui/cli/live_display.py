"""What `watch` draws on a terminal: ended jobs scroll by, live jobs are redrawn below them."""

import os
import sys
from collections.abc import Callable, Collection
from datetime import datetime
from typing import TextIO

from kling_tui.cli.exit_status import print_error
from kling_tui.formatting import output
from kling_tui.formatting.ansi import Style, job_row
from kling_tui.formatting.cells import truncate
from kling_tui.formatting.render_context import RenderContext
from kling_tui.jobs import Job

_CLEAR_BELOW = "\x1b[J"
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Synchronized output (mode 2026): the terminal shows the text between them at once."""


class LiveDisplay:
    """Reporter that redraws in place; it changes no terminal mode."""

    live = True

    def __init__(
        self,
        terminal: TextIO,
        style: Style,
        now: Callable[[], datetime],
        is_behind: Callable[[], bool],
    ) -> None:
        """While `is_behind` returns True, nothing is redrawn."""
        self._is_behind = is_behind
        self._terminal = terminal
        self._style = style
        self._now = now
        self._ended: list[str] = []
        self._drawn: list[str] = []

    def report(self, job: Job, _: str, /) -> None:
        """Print a job that has ended above the live ones, at the next refresh."""
        if job.ended:
            self._ended.append(output.job_as_line(job, self._now(), self._style))

    def refresh(self, live: Collection[Job], context: RenderContext) -> None:
        """Redraw the lines if any has changed."""
        if self._is_behind():
            return
        columns, height = os.get_terminal_size(self._terminal.fileno())
        max_lines = max(1, height - 2)
        lines = [job_row(job, context, columns - 1, self._style) for job in list(live)[:max_lines]]
        if len(live) > max_lines:
            lines.append(truncate(f"… and {len(live) - max_lines} more", columns - 1))
        if lines != self._drawn or self._ended:
            up = f"\x1b[{len(self._drawn)}A" if self._drawn else ""
            body = "".join(f"{line}\n" for line in (*self._ended, *lines))
            self._terminal.write(f"{_BEGIN}\r{up}{_CLEAR_BELOW}{body}{_END}")
            self._terminal.flush()
            self._drawn, self._ended = lines, []

    def notice(self, message: str) -> None:
        """Print the message above the live jobs, or to standard error if that is a file."""
        if sys.stderr.isatty():
            self._ended.append(f"kling-tui: {message}")
        else:
            print_error(message)
