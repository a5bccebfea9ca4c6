"""One live line a job at the bottom of a terminal, above it what has ended."""

import os
from collections.abc import Callable, Collection
from datetime import datetime
from typing import TextIO

from kling_tui.formatting import output
from kling_tui.formatting.ansi import Style, row
from kling_tui.formatting.columns import RenderContext
from kling_tui.jobs import Job

_CLEAR_BELOW = "\x1b[J"
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Terminals that know these show what is between them at once."""


class LiveDisplay:
    """Draws with a few control characters only, and leaves a terminal's modes as they are."""

    def __init__(self, terminal: TextIO, paint: Style, now: Callable[[], datetime]) -> None:
        self._terminal = terminal
        self._paint = paint
        self._now = now
        self._ended: list[str] = []
        self._drawn: list[str] = []

    def report(self, job: Job) -> None:
        """Have a job that has ended printed for good, above the others."""
        if job.ended:
            self._ended.append(output.job_as_line(job, self._now(), self._paint))

    def refresh(self, live: Collection[Job], context: RenderContext) -> None:
        """Draw the lines anew where anything has changed."""
        columns, height = os.get_terminal_size(self._terminal.fileno())
        room = max(1, height - 2)
        lines = [row(job, context, columns - 1, self._paint) for job in list(live)[:room]]
        if len(live) > room:
            lines.append(f"… and {len(live) - room} more"[: columns - 1])
        if lines != self._drawn or self._ended:
            up = f"\x1b[{len(self._drawn)}A" if self._drawn else ""
            text = "".join(f"{line}\n" for line in (*self._ended, *lines))
            self._terminal.write(f"{_BEGIN}\r{up}{_CLEAR_BELOW}{text}{_END}")
            self._terminal.flush()
            self._drawn, self._ended = lines, []
