"""A program on a pseudo-terminal, whose output is counted and not drawn."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

SIZE = (120, 40)
"""Columns and lines."""
TIMEOUT = 60.0
"""Seconds after which a program is taken to have failed."""
_CHUNK_SIZE = 1 << 16
_MAX_QUERY_SIZE = 32
"""Bytes of a query whose rest may come with the next chunk."""
_QUERY = re.compile(
    rb"\x1b\[(?:\?(?P<mode>\d+)\$p|(?P<keyboard>\?u)|0?(?P<attributes>c)|(?P<cursor>6n))"
    rb"|\x1b\](?P<colour>1[01]);\?(?:\x07|\x1b\\)"
)
"""DECRQM, kitty keyboard, primary device attributes, cursor position; OSC 10 and 11."""
_SYNCHRONIZED_OUTPUT = b"2026"


class Response(NamedTuple):
    """What an action caused."""

    bytes: int
    seconds: float
    """Until the last byte of output."""
    cpu_seconds: float
    """CPU time of the program until it was quiet."""


class PtyProcess:
    """A program on a new pseudo-terminal that answers terminal queries as a real one does."""

    def __init__(
        self, arguments: tuple[str, ...], environment: Mapping[str, str], lines: int = SIZE[1]
    ) -> None:
        self.command = " ".join(arguments)
        self.bytes_received = 0
        self.last_output_at = 0.0
        """Monotonic seconds."""
        self.ended = False
        """Whether the program has closed its terminal."""
        self._tail = b""
        self._master, slave = pty.openpty()
        self.resize(SIZE[0], lines)
        terminal = os.ttyname(slave)
        self.started_at = time.monotonic()
        # A session leader that opens a terminal gets it as its controlling terminal.
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
        """Return the descriptor to select on."""
        return self._master

    @property
    def cpu_seconds(self) -> float:
        """CPU time of the program so far, all its threads together."""
        # The clock of another process, computed as clock_getcpuclockid(3) does on Linux.
        return time.clock_gettime(~self.pid << 3 | 2)

    @property
    def memory_mib(self) -> float:
        """The proportional set size (PSS): shared pages are divided among their users."""
        sizes = Path(f"/proc/{self.pid}/smaps_rollup").read_text("ascii")
        return int(sizes.split("\nPss:")[1].split()[0]) / 1024

    @property
    def rss_mib(self) -> float:
        """The resident set size (RSS)."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        return int(status.split("\nVmRSS:")[1].split()[0]) / 1024

    def read(self, timeout: float = 0.0) -> bytes:
        """Return the next output; empty if none comes within so many seconds."""
        if not select.select([self._master], [], [], timeout)[0]:
            return b""
        try:
            chunk = os.read(self._master, _CHUNK_SIZE)
        except OSError:  # the program has closed the other end
            self.ended = True
            return b""
        self.last_output_at = time.monotonic()
        self.bytes_received += len(chunk)
        self._answer_queries(chunk)
        return chunk

    def _answer_queries(self, chunk: bytes) -> None:
        unanswered, end = self._tail + chunk, 0
        for query in _QUERY.finditer(unanswered):
            end = query.end()
            self.press(_answer(query))
        self._tail = unanswered[end:][-_MAX_QUERY_SIZE:]

    def press(self, keys: bytes) -> None:
        """Send the bytes of some keys."""
        os.write(self._master, keys)

    def resize(self, columns: int, lines: int) -> None:
        """Resize the terminal; the program gets SIGWINCH."""
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def respond(self, act: Callable[[], None], quiet: float) -> "Response":
        """Do something that causes output, and wait until there was none for `quiet` seconds."""
        self.read_until_quiet(quiet)
        bytes_before, cpu_before = self.bytes_received, self.cpu_seconds
        started_at = time.monotonic()
        act()
        if not self.read(TIMEOUT):
            raise TimeoutError(f"no output of {self.command}")
        self.read_until_quiet(quiet)
        return Response(
            self.bytes_received - bytes_before,
            self.last_output_at - started_at,
            self.cpu_seconds - cpu_before,
        )

    def press_and_wait(self, keys: bytes, quiet: float) -> "Response":
        """Press keys, and wait until there was no output for `quiet` seconds."""
        return self.respond(lambda: self.press(keys), quiet)

    def read_until(self, text: bytes) -> float:
        """Read until the program has sent a text; returns the seconds since its start."""
        seen = b""
        while text not in seen:
            chunk = self.read(TIMEOUT)
            if not chunk:
                raise TimeoutError(f"never showed {text!r}, but {seen[-2000:]!r}")
            seen = seen[-len(text) :] + chunk
        return self.last_output_at - self.started_at

    def check_running(self) -> None:
        """Raise ChildProcessError if the program has ended."""
        if self.ended or self.exited():
            raise ChildProcessError(f"it ended by itself: {self.command}")

    def read_until_quiet(self, quiet: float = 1.0, timeout: float = TIMEOUT) -> None:
        """Read until there was no output for `quiet` seconds, at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.read(quiet):
            pass

    def close(self) -> None:
        """Kill the program."""
        if self._master >= 0:
            os.kill(self.pid, signal.SIGKILL)
            os.close(self._master)
            os.waitpid(self.pid, 0)
            self._master = -1

    def exited(self) -> bool:
        """Whether the program has ended; `close` reaps it."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.pid, flags) is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_all(processes: Sequence[PtyProcess], seconds: float) -> None:
    """Read the output of several programs for some seconds."""
    deadline = time.monotonic() + seconds
    while (remaining := deadline - time.monotonic()) > 0:
        running = [process for process in processes if not process.ended]
        for process in select.select(running, [], [], remaining)[0]:
            process.read()


def _answer(query: re.Match[bytes]) -> bytes:
    if mode := query["mode"]:
        return b"\x1b[?%b;%d$y" % (mode, 2 if mode == _SYNCHRONIZED_OUTPUT else 0)
    if colour := query["colour"]:
        return b"\x1b]%b;rgb:0000/0000/0000\x1b\\" % colour
    answers = {"keyboard": b"\x1b[?0u", "attributes": b"\x1b[?62;22c", "cursor": b"\x1b[1;1R"}
    return answers[query.lastgroup or ""]
