"""Writes to the terminal without blocking the loop."""

import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

_MAX_BACKLOG = 4_096
"""Characters that may be unwritten before frames are dropped."""


class OutputThread(threading.Thread):
    """Writes to the terminal in a thread, so that a terminal that does not read blocks no one."""

    def __init__(self, terminal: TextIO, on_drained: Callable[[], None]) -> None:
        """`on_drained` is called in this thread, once all is written after a backlog."""
        super().__init__(name="terminal-output", daemon=True)
        self._terminal = terminal
        self._on_drained = on_drained
        self._condition = threading.Condition()
        self._queue: list[str] = []
        self._unwritten = 0
        self._notify_when_drained = self._stopped = False

    def write(self, text: str) -> None:
        """Queue a text."""
        with self._condition:
            self._queue.append(text)
            self._unwritten += len(text)
            self._condition.notify()

    @property
    def unwritten(self) -> int:
        """Characters that wait for the terminal."""
        return self._unwritten

    def backlogged(self) -> bool:
        """Return whether the next frame should be dropped; then `on_drained` will be called."""
        with self._condition:
            self._notify_when_drained = self._unwritten > _MAX_BACKLOG
            return self._notify_when_drained

    def run(self) -> None:
        """Write until `stop` is called or the terminal is gone."""
        with suppress(OSError):
            while text := self._next():
                self._write_all(text)
                if self._count_written(len(text)):
                    self._on_drained()

    def _write_all(self, text: str) -> None:
        """Write to the terminal, also if another program has set O_NONBLOCK."""
        descriptor = self._terminal.fileno()
        remaining = text.encode(self._terminal.encoding, "replace")
        while remaining:
            try:
                remaining = remaining[os.write(descriptor, remaining) :]
            except BlockingIOError:
                select.select([], [descriptor], [])

    def _next(self) -> str:
        """Wait for queued texts and return them joined; "" when stopped."""
        with self._condition:
            self._condition.wait_for(lambda: self._queue or self._stopped)
            text = "".join(self._queue)
            self._queue.clear()
            return text

    def _count_written(self, characters: int) -> bool:
        """Subtract what was written; return whether to call `on_drained` now."""
        with self._condition:
            self._unwritten -= characters
            drained = self._notify_when_drained and not self._unwritten
            self._notify_when_drained &= not drained
            return drained

    def stop(self) -> None:
        """Wait until all is written, and end the thread."""
        with self._condition:
            self._stopped = True
            self._condition.notify()
        self.join()
