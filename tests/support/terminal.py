"""Runs the program as a user does: on a terminal or in a pipe, with a temporary home folder."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Self

import pyte

from tests.support import launch
from tests.support.in_process import run_in_process
from tests.support.waiting import TIMEOUT

PROGRAM = (sys.executable, "-m", "kling_tui")
_LEAVE_ALTERNATE = b"\x1b[?1049l"
_CURSOR_AND_WRAPPING = {"25", "7"}
_LAUNCHER = (sys.executable, "-IS", launch.__file__)
_I2V_ENTRY = """
[[jobs]]
id = "{id}"
kind = "i2v"
added_at = {now}
price = {{ usd = "0.35", per_seconds = 5 }}
"""
_O1_ENTRY = """
[[jobs]]
id = "{id}"
kind = "o1"
added_at = {now}
price = {{ usd = "0.90" }}
"""
_ESCAPES = re.compile(r"\x1b(\[[0-9;?<>$ ]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_=>])")


def with_default_signals(*command: str) -> tuple[str, ...]:
    """Return a command line that starts another one with no signal ignored."""
    return (*_LAUNCHER, *command)


class Terminal:
    """A program on a new pseudo-terminal, and the emulated screen."""

    def __init__(
        self,
        arguments: tuple[str, ...],
        environment: dict[str, str],
        folder: Path,
        size: tuple[int, int] = (120, 40),
        *,
        controlling: bool = True,
    ) -> None:
        """`size` is columns and lines; `controlling`: the program gets SIGHUP when it is closed."""
        self.output = b""
        """All bytes that the program sent."""
        self._screen = pyte.Screen(*size)
        self._lines: list[str] = []  # a cache: rendering them is slow
        self._stream = pyte.ByteStream(self._screen)
        self._master, self._slave = pty.openpty()
        self.resize(*size)
        self._modes = termios.tcgetattr(self._slave)
        # Only the child itself can take a controlling terminal. A launcher does so, because running
        # Python code in a fork of a process with threads may deadlock.
        option = (launch.CONTROLLING_TERMINAL,) if controlling else ()
        self.process = subprocess.Popen(  # noqa: S603 - programs of the tests
            with_default_signals(*option, *arguments),
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )

    @property
    def lines(self) -> list[str]:
        """The lines on the screen now."""
        if not self._lines:
            self._lines = list(self._screen.display)
        return self._lines

    def colour_of(self, text: str) -> str:
        """Return the name of the foreground colour in which a text on the screen begins."""
        y = next(y for y, line in enumerate(self.lines) if text in line)
        return str(self._screen.buffer[y][self.lines[y].index(text)].fg)

    @property
    def title(self) -> str:
        """The terminal's title."""
        return self._screen.title

    @property
    def text(self) -> str:
        """The output so far, as text."""
        return self.output.decode("utf-8", "replace")

    @property
    def sgr_codes(self) -> set[int]:
        """The codes of all SGR sequences (colours, bold, …) that were sent."""
        codes = re.findall(r"\x1b\[([0-9;]+)m", self.text)
        return {int(number) for code in codes for number in code.split(";")}

    @property
    def restored(self) -> bool:
        """Whether the terminal modes, the screen, the mouse and the cursor are restored."""
        switches = dict(re.findall(r"\x1b\[\?(\d+)([hl])", self.text))
        on = {mode for mode, switch in switches.items() if switch == "h"}
        return on == _CURSOR_AND_WRAPPING and termios.tcgetattr(self._slave) == self._modes

    @property
    def output_after_exit(self) -> str:
        """The text printed on the normal screen after the program left the alternate one."""
        _, left, after = self.output.rpartition(_LEAVE_ALTERNATE)
        assert left, "the program is still on the alternate screen"
        return _ESCAPES.sub("", after.decode()).replace("\r\n", "\n")

    def resize(self, columns: int, lines: int) -> None:
        """Resize the window."""
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, size)
        self._screen.resize(lines, columns)
        self._lines = []

    def press(self, *keys: str) -> None:
        """Send the characters or escape sequences of keys."""
        for key in keys:
            self.send_bytes(key.encode())

    def send_bytes(self, data: bytes) -> None:
        """Send any bytes as the terminal does, however many; reads output at the same time.

        It stops when the program has ended, and fails if the program does not read them.
        """
        deadline = time.monotonic() + TIMEOUT
        while data and self.process.poll() is None:
            assert time.monotonic() < deadline, "the program does not read its input"
            self.read(0)
            _, writable, _ = select.select([], [self._master], [], 0.05)
            if writable:
                data = data[os.write(self._master, data[:1024]) :]

    def paste(self, text: str) -> None:
        """Paste text in bracketed paste mode."""
        self.press(f"\x1b[200~{text}\x1b[201~")

    def read(self, seconds: float = 0.02) -> None:
        """Wait up to `seconds` for output, and read all that is available."""
        while select.select([self._master], [], [], seconds)[0]:
            chunk = os.read(self._master, 1 << 16)
            self.output += chunk
            self._lines = []
            self._draw(chunk)
            seconds = 0

    def _draw(self, output: bytes) -> None:
        """Let the emulated screen show output."""
        self._stream.feed(output.replace(b"\x1b[<u", b""))  # pyte would draw the u

    def fill_output_buffer(self) -> None:
        """Fill the buffer of the terminal, so that the program's next write blocks."""
        full = os.open(os.ttyname(self._slave), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        with suppress(BlockingIOError):
            while True:
                os.write(full, bytes(256))
        os.close(full)

    def until(self, holds: Callable[[], object], what: str = "the expected event") -> None:
        """Read until a condition holds; fails with the contents of the screen."""
        deadline = time.monotonic() + TIMEOUT
        while not holds():
            if time.monotonic() > deadline:
                screen = "\n".join(self.lines)
                raise AssertionError(f"{what} did not appear; on the screen:\n{screen}")
            self.read()

    def shows(self, *texts: str) -> bool:
        """Whether all texts are on the screen now."""
        screen = "\n".join(self.lines)
        return all(text in screen for text in texts)

    def until_shows(self, *texts: str) -> None:
        """Read until all texts are on the screen."""
        self.until(lambda: self.shows(*texts), f"{' and '.join(map(repr, texts))}")

    def until_hides(self, *texts: str) -> None:
        """Read until none of the texts is on the screen."""
        self.until(lambda: not any(map(self.shows, texts)), f"no {' nor '.join(map(repr, texts))}")

    def send(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)

    def stopped(self) -> bool:
        """Whether the program has just been suspended."""
        ended, status = os.waitpid(self.process.pid, os.WUNTRACED | os.WNOHANG)
        return bool(ended) and os.WIFSTOPPED(status)

    def hang_up(self) -> None:
        """Close the window."""
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1

    def wait(self) -> int:
        """Read until the program has ended, and return its exit status."""
        if self._master < 0:
            return self.process.wait(TIMEOUT)
        self.until(lambda: self.process.poll() is not None, "the end of the program")
        self.read()
        return self.process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._master >= 0:
            self.hang_up()


class Account:
    """A user account: a home folder, an environment, settings and tracked jobs."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.config = home / ".config" / "kling-tui" / "config.toml"
        self.jobs = home / ".local" / "state" / "kling-tui" / "jobs.toml"
        self.environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "NO_PROXY": "*",
            "PYTHONWARNINGS": "error",
        }

    def configure(self, text: str) -> None:
        """Write the config file."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text, "utf-8")

    def track(self, *ids: str) -> None:
        """Write a job file with ids that have just been added, at current prices."""
        self.jobs.parent.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        tables = "".join(
            (_O1_ENTRY if "-" in job_id else _I2V_ENTRY).format(id=job_id, now=now)
            for job_id in ids
        )
        self.jobs.write_text(f"version = 1\n{tables}", "utf-8")

    def tracked(self) -> dict[str, dict[str, Any]]:
        """Return the tracked jobs by id, as ``list --json`` prints them."""
        ended = self.run("list", "--json")
        assert (ended.returncode, ended.stderr) == (0, "")
        return {job["id"]: job for job in json.loads(ended.stdout)}

    def jobs_in_file(self) -> list[dict[str, Any]]:
        """Return the tables of the job file."""
        jobs: list[dict[str, Any]] = tomllib.loads(self.jobs.read_text("utf-8"))["jobs"]
        return jobs

    def run(
        self, *arguments: str, stdin: str | bytes = b"", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end in the test process, with `stdin` as its input."""
        return run_in_process(
            arguments,
            # Not the width of the terminal that the tests run in.
            {"COLUMNS": "80", **self.environment, **environment},
            self.home,
            stdin.encode() if isinstance(stdin, str) else stdin,
            TIMEOUT,
        )

    def run_process(
        self,
        *arguments: str,
        encoding: str = "utf-8",
        program: tuple[str, ...] = PROGRAM,
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end in a process, with pipes.

        `encoding` is that of the output; `program` starts the program.
        """
        raw = subprocess.run(  # noqa: S603 - the program under test
            with_default_signals(*program, *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={**self.environment, **environment},
            cwd=self.home,
            timeout=TIMEOUT,
        )
        texts = raw.stdout.decode(encoding), raw.stderr.decode(encoding)
        return subprocess.CompletedProcess(raw.args, raw.returncode, *texts)

    def start(
        self,
        *arguments: str,
        stdout: int | IO[bytes] = subprocess.PIPE,
        stderr: int | IO[bytes] | None = None,
    ) -> "subprocess.Popen[str]":
        """Start a command in a process, with its output in pipes by default."""
        return subprocess.Popen(  # noqa: S603 - the program under test
            with_default_signals(*PROGRAM, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr or subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=self.home,
        )

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until a condition holds while a command runs."""
        deadline = time.monotonic() + TIMEOUT
        while not holds():
            assert time.monotonic() < deadline, "the expected event did not happen"
            time.sleep(0.01)

    def open(
        self,
        *arguments: str,
        size: tuple[int, int] = (120, 40),
        controlling: bool = True,
        kind: type[Terminal] = Terminal,
        **environment: str,
    ) -> Terminal:
        """Open the app, or run another command, on a pseudo-terminal."""
        return kind(
            (*PROGRAM, *arguments),
            {**self.environment, **environment},
            self.home,
            size,
            controlling=controlling,
        )
