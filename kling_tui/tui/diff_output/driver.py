"""Terminal drivers: one that accepts any input and counts bytes, and one that never blocks."""

import fcntl
import os
import re
import select
import struct
import termios
from contextlib import suppress
from typing import Protocol, TextIO, cast

from textual.drivers.linux_driver import LinuxDriver

from kling_tui.tui.diff_output.image_layer import ImageLayer
from kling_tui.tui.diff_output.output_thread import OutputThread
from kling_tui.tui.terminal_input import IDLE_SECONDS, TerminalInput

_MAX_READ = 4_096
_NON_DRAWING = re.compile(
    r"(\x07"
    r"|\x1b\][^\x07\x1b]*(\x07|\x1b\\)"
    r"|\x1b\[\?(?!(3|47|104[79])[hl])[0-9]+([hl]|\$p)"
    r"|\x1b\[[<>][0-9]*u"
    r"|\x1b\[2[23];[0-9]t"
    r")*"
)
"""Sequences that change no cell: bell, OSC, queries and modes."""


class Target(Protocol):
    """The app, as its driver sees it."""

    images: ImageLayer

    def terminal_lost(self) -> None:
        """End: the terminal can no longer be read. Called in any thread."""
        ...

    def invalidate(self) -> None:
        """Redraw the whole screen: something else has written to the terminal."""
        ...

    def on_drained(self) -> None:
        """Draw what was dropped: the terminal reads again."""
        ...


class CountingDriver(LinuxDriver):
    """Textual's driver, with a count of the bytes sent."""

    bytes_sent = 0
    """Since the start, including those that still wait for the terminal."""
    _interrupt: tuple[int, ...] = ()
    """The ends of a pipe, to be read and written; a byte in it ends the input thread."""
    _terminal_input: TerminalInput

    @property
    def unwritten(self) -> int:
        """Characters that wait for the terminal; 0, as this driver blocks while it writes."""
        return 0

    def write(self, data: str) -> None:
        """Write to the terminal."""
        self.bytes_sent += len(data.encode(errors="replace"))
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().write(data)
        else:  # it has crashed: leave the alternate screen all the same
            self._write_directly(data)

    def _write_directly(self, text: str) -> None:
        with suppress(OSError, ValueError):
            os.write(cast(TextIO, self._file).fileno(), text.encode(errors="replace"))

    def close(self) -> None:
        """Wait until all is written; Textual would wait for ever for a thread that has crashed."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().close()

    def _run_input_thread(self) -> None:
        """Let an exception end the app as any other does.

        `LinuxDriver._run_input_thread` shows it with `App.panic`, after which the app exits with
        status 0.
        """
        self.run_input_thread()

    def start_application_mode(self) -> None:
        """Set the terminal's modes and start to read it."""
        self._interrupt = os.pipe()
        self._terminal_input = TerminalInput()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def disable_input(self) -> None:
        """End the input thread, which may be waiting for input."""
        if self._interrupt:
            os.write(self._interrupt[1], b"\0")
        super().disable_input()
        for descriptor in self._interrupt:
            os.close(descriptor)
        self._interrupt = ()

    def run_input_thread(self) -> None:
        """Read the terminal until the app leaves it, or it is gone; see `TerminalInput`.

        It sleeps until there is input, unless that may be the beginning of a longer sequence.
        """
        sources = [self.fileno, *self._interrupt[:1]]
        terminal_input = self._terminal_input
        while not self.exit_event.is_set():
            timeout = IDLE_SECONDS if terminal_input.pending else None
            readable, _, _ = select.select(sources, [], [], timeout)
            if set(readable) - {self.fileno}:
                self.exit_event.wait(IDLE_SECONDS)  # set next, by `disable_input`
                continue
            data = self._read() if readable else None
            if data == b"":
                self._target.terminal_lost()
                return
            for message in terminal_input.feed(data) if data else terminal_input.idle():
                self.process_message(message)

    def _read(self) -> bytes | None:
        """Return the input that has arrived; None if it is gone, b"" if the terminal is."""
        try:
            return os.read(self.fileno, _MAX_READ)
        except BlockingIOError:  # another program has set O_NONBLOCK, and read it before
            return None
        except OSError:
            return b""

    @property
    def _target(self) -> "Target":
        return cast(Target, self._app)


class DiffDriver(CountingDriver):
    """Writes in a thread, and reports to the app what may change the screen behind its back."""

    _output_thread: OutputThread

    @property
    def unwritten(self) -> int:
        """Characters that wait for the terminal."""
        return self._output_thread.unwritten

    @property
    def backlogged(self) -> bool:
        """Whether the terminal reads too slowly for another frame."""
        return self._output_thread.backlogged()

    def start_application_mode(self) -> None:
        """Start the output thread, set the terminal's modes, and ask whether it shows images.

        If it prints parts of the query, the first frame is drawn over them.
        """
        self._output_thread = OutputThread(cast(TextIO, self._file), self._notify_drained)
        self._output_thread.start()
        super().start_application_mode()
        self._ask(self._target.images.detection.start(self._cell_size))

    def stop_application_mode(self) -> None:
        """Remove all images, and restore the terminal's modes."""
        if images := self._target.images.leave():
            self._write(images)
        super().stop_application_mode()

    def query_cell_size(self) -> None:
        """Ask for the size of a cell, which the user may have changed, if images depend on it."""
        self._ask(self._target.images.detection.query_cell(self._cell_size))

    def _ask(self, query: str) -> None:
        if query:
            self._terminal_input.replies.expect()
            self._write(query)

    @property
    def _cell_size(self) -> tuple[int, int] | None:
        """Width and height of a cell in pixels, as far as the terminal has told the system."""
        try:
            size = fcntl.ioctl(self.fileno, termios.TIOCGWINSZ, bytes(8))
        except OSError:
            return None
        lines, columns, width, height = struct.unpack("4H", size)
        if not (lines and columns and width >= columns and height >= lines):
            return None
        return width // columns, height // lines

    def write(self, data: str) -> None:
        """Write anything but a frame."""
        if not _NON_DRAWING.fullmatch(data):
            self._target.invalidate()
        self._write(data)

    def write_frame(self, frame: str) -> None:
        """Write a frame, which may be empty."""
        if frame:
            self._write(frame)

    def _write(self, text: str) -> None:
        self.bytes_sent += len(text.encode(errors="replace"))
        if self._output_thread.is_alive():
            self._output_thread.write(text)
        else:  # it has crashed, or the terminal is gone
            self._write_directly(text)

    def close(self) -> None:
        """Wait until all is written."""
        self._output_thread.stop()
        super().close()

    def _notify_drained(self) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._target.on_drained)
