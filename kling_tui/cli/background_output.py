"""Standard output and error written by threads: a reader that stops reading blocks nothing else."""

import io
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from threading import Condition, Thread
from typing import TextIO

LIMIT = 1 << 20
"""Bytes kept for a reader that is behind."""
_CLOSE_SECONDS = 1.0
"""Seconds that the reader may take at the end for what is not written yet."""


class BackgroundFile(io.BufferedIOBase):
    """A file whose writes return at once; what was written between two flushes is one entry.

    If the reader is too far behind, the oldest entries are dropped. When it reads again, or if
    writing fails, `notify` is called with a message about that, in another thread.
    """

    def __init__(self, file: TextIO, notify: Callable[[str], None]) -> None:
        self.name = file.name
        self._descriptor = file.fileno()
        self._notify = notify
        self._entry = bytearray()
        self._pending: deque[bytes] = deque()
        self._size = self._dropped = 0
        self._closing = self._failed = False
        self._changed = Condition()
        self._thread = Thread(target=self._write_all, daemon=True)
        self._thread.start()

    @property
    def behind(self) -> bool:
        """Whether anything waits for the reader."""
        return bool(self._pending)

    def fileno(self) -> int:
        """Return the descriptor of the file that is written."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether that is a terminal."""
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: "bytes | bytearray | memoryview", /) -> int:  # type: ignore[override]
        """Add data to the current entry."""
        self._entry += data
        return len(data)

    def flush(self) -> None:
        """Have the current entry written."""
        if self._entry:
            entry, self._entry = bytes(self._entry), bytearray()
            self.put(entry)

    def put(self, entry: bytes) -> None:
        """Have an entry written; may be called in any thread."""
        with self._changed:
            if self._failed:
                return
            self._pending.append(entry)
            self._size += len(entry)
            while self._size > LIMIT and len(self._pending) > 1:
                self._size -= len(self._pending.popleft())
                self._dropped += 1
            self._changed.notify_all()

    def finish(self, timeout: float) -> None:
        """Wait until all is written, for at most `timeout` seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout)

    def _write_all(self) -> None:
        while entry := self._next_entry():
            try:
                _write(self._descriptor, entry)
            except OSError as error:
                with self._changed:
                    self._failed = True
                    self._pending.clear()
                self._notify(f"changes are no longer printed: {error.strerror}")
                return

    def _next_entry(self) -> bytes:
        """Wait for an entry; returns b"" if there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._closing)
            dropped, self._dropped = self._dropped, 0
            entry = self._pending.popleft() if self._pending else b""
            self._size -= len(entry)
        if dropped:
            self._notify(f"{dropped} changes were not printed: the output was not read for long")
        return entry


def _write(descriptor: int, data: bytes) -> None:
    """Write all data without Python's buffers, whose locks a blocked thread would keep at exit."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextmanager
def background_output() -> Iterator[BackgroundFile]:
    """Write standard output and error in the background until the end of the block.

    Yields the file of standard output. If both are the same file, their order is kept.
    """

    def notify(message: str) -> None:
        errors.put(f"kling-tui: {message}\n".encode())

    output = BackgroundFile(sys.stdout, notify)
    same = os.path.sameopenfile(sys.stdout.fileno(), sys.stderr.fileno())
    errors = output if same else BackgroundFile(sys.stderr, lambda _: None)
    with redirect_stdout(_text(output, sys.stdout)), redirect_stderr(_text(errors, sys.stderr)):
        try:
            yield output
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for file in (output, errors):
                file.finish(_CLOSE_SECONDS)


def _text(file: BackgroundFile, like: TextIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, like.encoding, like.errors, line_buffering=True)
