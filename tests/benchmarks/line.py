"""A program at the end of a terminal's line, whose bytes are counted and not drawn."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

SIZE = (120, 40)
"""Columns and lines."""
PATIENCE = 60.0
"""Seconds after which something that must happen is taken to have failed to."""
_CHUNK = 1 << 16
_SPLIT = 32
"""The most bytes of a question of which the rest may come with the next chunk."""
_QUESTION = re.compile(
    rb"\x1b\[(?:\?(?P<mode>\d+)\$p|(?P<keyboard>\?u)|0?(?P<kind>c)|(?P<where>6n))"
    rb"|\x1b\](?P<colour>1[01]);\?(?:\x07|\x1b\\)"
)
_SYNCHRONIZED = b"2026"


class Line:
    """A program on a terminal of its own, which answers its questions as a real one does."""

    def __init__(
        self, arguments: tuple[str, ...], environment: Mapping[str, str], lines: int = SIZE[1]
    ) -> None:
        self.command = " ".join(arguments)
        self.received = 0
        """The bytes that the program has sent."""
        self.heard_at = 0.0
        """When the last of them came."""
        self.ended = False
        self._tail = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, SIZE[0], 0, 0))
        terminal = os.ttyname(slave)
        self.started_at = time.monotonic()
        # Whoever leads a session and opens a terminal has it for its own.
        self.pid = os.posix_spawnp(
            arguments[0],
            arguments,
            environment,
            setsid=True,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
                (os.POSIX_SPAWN_DUP2, 0, 2),
            ],
        )
        os.close(slave)

    def fileno(self) -> int:
        """Return what tells that there is something to read."""
        return self._master

    @property
    def cpu(self) -> float:
        """The seconds of a core that the program has used, all its threads together."""
        # The clock of another process, as clock_getcpuclockid(3) makes it up on Linux.
        return time.clock_gettime(~self.pid << 3 | 2)

    @property
    def memory(self) -> float:
        """The program's share of the memory in MiB: what is shared is shared out."""
        sizes = Path(f"/proc/{self.pid}/smaps_rollup").read_text("ascii")
        return int(sizes.split("\nPss:")[1].split()[0]) / 1024

    def read(self, seconds: float = 0.0) -> bytes:
        """Return what the program sends next, nothing if that does not come in time."""
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        try:
            chunk = os.read(self._master, _CHUNK)
        except OSError:  # nobody is at the other end any more
            self.ended = True
            return b""
        self.heard_at = time.monotonic()
        self.received += len(chunk)
        self._answer(chunk)
        return chunk

    def _answer(self, chunk: bytes) -> None:
        asked, end = self._tail + chunk, 0
        for question in _QUESTION.finditer(asked):
            end = question.end()
            self.press(_answer_to(question))
        self._tail = asked[end:][-_SPLIT:]

    def press(self, keys: bytes) -> None:
        """Send what a terminal sends for some keys."""
        os.write(self._master, keys)

    def until(self, word: bytes) -> float:
        """Read until the program has sent a word; returns the seconds since its start."""
        seen = b""
        while word not in seen:
            chunk = self.read(PATIENCE)
            if not chunk:
                raise TimeoutError(f"never showed {word!r}, but {seen[-2000:]!r}")
            seen = seen[-len(word) :] + chunk
        return self.heard_at - self.started_at

    def require(self) -> None:
        """Raise ChildProcessError if the program is no longer there."""
        if self.ended or self.exited():
            raise ChildProcessError(f"it ended by itself: {self.command}")

    def settle(self, quiet: float = 1.0, most: float = PATIENCE) -> None:
        """Read until nothing has come for some seconds, or until that has taken the `most`."""
        deadline = time.monotonic() + most
        while time.monotonic() < deadline and self.read(quiet):
            pass

    def close(self) -> None:
        """End the program, however it likes that."""
        if self._master >= 0:
            os.kill(self.pid, signal.SIGKILL)
            os.close(self._master)
            os.waitpid(self.pid, 0)
            self._master = -1

    def exited(self) -> bool:
        """Whether the program has ended, and is left for `close` to bury."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.pid, flags) is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_all(lines: Sequence[Line], seconds: float) -> None:
    """Read whatever some programs send for some seconds."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        for line in select.select([line for line in lines if not line.ended], [], [], left)[0]:
            line.read()


def _answer_to(question: re.Match[bytes]) -> bytes:
    if mode := question["mode"]:
        return b"\x1b[?%b;%d$y" % (mode, 2 if mode == _SYNCHRONIZED else 0)
    if colour := question["colour"]:
        return b"\x1b]%b;rgb:0000/0000/0000\x1b\\" % colour
    return {"keyboard": b"\x1b[?0u", "kind": b"\x1b[?62;22c", "where": b"\x1b[1;1R"}[
        question.lastgroup or ""
    ]
