"""Textual's driver for terminals, but one that never waits for a terminal that does not read."""

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TextIO, cast

from textual.drivers.linux_driver import LinuxDriver

_MAX_BACKLOG = 4_096
"""Characters that may wait for the terminal before frames are left out."""
_NON_DRAWING = re.compile(
    r"(\x07"
    r"|\x1b\][^\x07\x1b]*(\x07|\x1b\\)"
    r"|\x1b\[\?(?!(3|47|104[79])[hl])[0-9]+([hl]|\$p)"
    r"|\x1b\[[<>][0-9]*u"
    r"|\x1b\[2[23];[0-9]t"
    r")*"
)
"""What rings, names the window, asks a question or sets a mode, but changes no cell."""


class OutputThread(threading.Thread):
    """Writes to the terminal, for as long as that takes; whoever has something to say goes on."""

    def __init__(self, terminal: TextIO, on_drained: Callable[[], None]) -> None:
        """`caught_up` is called in this thread, once all is written after `behind` was true."""
        super().__init__(name="terminal-output", daemon=True)
        self._terminal = terminal
        self._on_drained = on_drained
        self._turn = threading.Condition()
        self._waiting: list[str] = []
        self._unwritten = 0
        self._awaited = self._stopped = False

    def write(self, text: str) -> None:
        """Have a text written."""
        with self._turn:
            self._waiting.append(text)
            self._unwritten += len(text)
            self._turn.notify()

    @property
    def unwritten(self) -> int:
        """Characters that wait for the terminal."""
        return self._unwritten

    def backlogged(self) -> bool:
        """Tell whether so much waits already that a frame is better left out."""
        with self._turn:
            self._awaited = self._unwritten > _MAX_BACKLOG
            return self._awaited

    def run(self) -> None:
        """Write until told to stop, or until the terminal is gone."""
        with suppress(OSError):
            while text := self._next():
                self._terminal.write(text)
                self._terminal.flush()
                if self._written(len(text)):
                    self._on_drained()

    def _next(self) -> str:
        """Return all that waits, together; "" at the end."""
        with self._turn:
            self._turn.wait_for(lambda: self._waiting or self._stopped)
            text = "".join(self._waiting)
            self._waiting.clear()
            return text

    def _written(self, characters: int) -> bool:
        """Tell whether someone waits for the moment at which all is written, which is now."""
        with self._turn:
            self._unwritten -= characters
            told = self._awaited and not self._unwritten
            self._awaited &= not told
            return told

    def stop(self) -> None:
        """Wait until all is written."""
        with self._turn:
            self._stopped = True
            self._turn.notify()
        self.join()


class DiffTarget(Protocol):
    """The app, as far as its driver has to know it."""

    def invalidate(self) -> None:
        """Paint all anew: something else has written on the terminal."""
        ...

    def on_drained(self) -> None:
        """Paint what was left out: the terminal reads again."""
        ...


class CountingDriver(LinuxDriver):
    """Textual's driver, but one that counts what it sends."""

    sent = 0
    """Bytes so far, those that still wait for the terminal among them."""

    @property
    def unwritten(self) -> int:
        """Characters that still wait for the terminal, as far as that is known."""
        return 0

    def write(self, data: str) -> None:
        """Write to the terminal."""
        self.sent += len(data.encode(errors="replace"))
        super().write(data)


class DiffDriver(CountingDriver):
    """Tells the app of all that may change the screen behind its back."""

    _writer: OutputThread

    @property
    def unwritten(self) -> int:
        """Characters that still wait for the terminal."""
        return self._writer.unwritten

    @property
    def backlogged(self) -> bool:
        """Whether the terminal does not read fast enough for another frame."""
        return self._writer.backlogged()

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self._writer = OutputThread(cast(TextIO, self._file), self._notify_drained)
        self._writer.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def write(self, data: str) -> None:
        """Write what is no frame."""
        if not _NON_DRAWING.fullmatch(data):
            self._target.invalidate()
        self._write(data)

    def send(self, frame: str) -> None:
        """Write a frame, which may be empty."""
        if frame:
            self._write(frame)

    def _write(self, text: str) -> None:
        self.sent += len(text.encode(errors="replace"))
        self._writer.write(text)

    def close(self) -> None:
        """Wait until all is written."""
        self._writer.stop()
        super().close()

    @property
    def _target(self) -> DiffTarget:
        return cast(DiffTarget, self._app)

    def _notify_drained(self) -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._target.on_drained)
