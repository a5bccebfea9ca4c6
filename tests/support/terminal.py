"""The program as a person meets it: on a terminal or in a pipe, with a home folder of its own."""

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
from typing import Any, Self

import pyte

from tests.support.waiting import TIMEOUT

PROGRAM = (sys.executable, "-m", "kling_tui")
_LEAVE_ALTERNATE = b"\x1b[?1049l"
_CURSOR_AND_WRAPPING = {"25", "7"}
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios;"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
_HEED = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL);"
    "signal.signal(signal.SIGHUP, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)
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


class Terminal:
    """A program on a terminal of its own, and what its screen shows."""

    def __init__(
        self,
        arguments: tuple[str, ...],
        environment: dict[str, str],
        folder: Path,
        size: tuple[int, int] = (120, 40),
        *,
        controlling: bool = True,
    ) -> None:
        """`size` is columns and lines; `controlling` is whether its end is told by SIGHUP."""
        self.output = b""
        """All that the program sent."""
        self._screen = pyte.Screen(*size)
        self._lines: list[str] = []  # to tell them takes long
        self._stream = pyte.ByteStream(self._screen)
        self._master, self._slave = pty.openpty()
        self.resize(*size)
        self._modes = termios.tcgetattr(self._slave)
        # Only the child itself can make the terminal its own; running code of ours in it before
        # it starts the program would be a fork from a process with threads.
        taking = (sys.executable, "-ISc", _TAKE_TERMINAL) if controlling else ()
        self.process = subprocess.Popen(  # noqa: S603 - programs of the tests' own
            (*taking, *arguments),
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

    @property
    def title(self) -> str:
        """The terminal's title."""
        return self._screen.title

    @property
    def text(self) -> str:
        """All that the program sent, as text."""
        return self.output.decode("utf-8", "replace")

    @property
    def styles(self) -> set[int]:
        """The codes of all colours and other looks that were ever set."""
        codes = re.findall(r"\x1b\[([0-9;]+)m", self.text)
        return {int(number) for code in codes for number in code.split(";")}

    @property
    def restored(self) -> bool:
        """Whether the terminal is as it was: its modes, the screen, the mouse, the cursor."""
        switches = dict(re.findall(r"\x1b\[\?(\d+)([hl])", self.text))
        on = {mode for mode, switch in switches.items() if switch == "h"}
        return on == _CURSOR_AND_WRAPPING and termios.tcgetattr(self._slave) == self._modes

    @property
    def afterwards(self) -> str:
        """What was printed on the normal screen since the program left the alternate one."""
        _, left, after = self.output.rpartition(_LEAVE_ALTERNATE)
        assert left, "the program is still on the alternate screen"
        return _ESCAPES.sub("", after.decode()).replace("\r\n", "\n")

    def resize(self, columns: int, lines: int) -> None:
        """Make the window another size."""
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, size)
        self._screen.resize(lines, columns)
        self._lines = []

    def press(self, *keys: str) -> None:
        """Press keys, as the characters that a terminal sends for them."""
        for key in keys:
            os.write(self._master, key.encode())

    def paste(self, text: str) -> None:
        """Paste text as terminals with bracketed paste do."""
        self.press(f"\x1b[200~{text}\x1b[201~")

    def read(self, seconds: float = 0.02) -> None:
        """Take in what the program sends within some time, and no longer than it sends."""
        while select.select([self._master], [], [], seconds)[0]:
            chunk = os.read(self._master, 1 << 16)
            self.output += chunk
            self._lines = []
            self._stream.feed(chunk.replace(b"\x1b[<u", b""))  # pyte would draw the u
            seconds = 0

    def fill(self) -> None:
        """Let nothing more in until something is read."""
        full = os.open(os.ttyname(self._slave), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        with suppress(BlockingIOError):
            while True:
                os.write(full, bytes(256))
        os.close(full)

    def until(self, holds: Callable[[], object], what: str = "what was waited for") -> None:
        """Read until something holds; fails with a picture of the screen."""
        deadline = time.monotonic() + TIMEOUT
        while not holds():
            if time.monotonic() > deadline:
                picture = "\n".join(self.lines)
                raise AssertionError(f"{what} did not come about; on the screen:\n{picture}")
            self.read()

    def shows(self, *words: str) -> bool:
        """Whether each of some words stands on the screen now."""
        screen = "\n".join(self.lines)
        return all(each in screen for each in words)

    def until_shows(self, *words: str) -> None:
        """Read until all of some words stand on the screen."""
        self.until(lambda: self.shows(*words), f"{' and '.join(map(repr, words))}")

    def until_hides(self, *words: str) -> None:
        """Read until none of some words stands on the screen."""
        self.until(lambda: not any(map(self.shows, words)), f"no {' nor '.join(map(repr, words))}")

    def send(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)

    def stopped(self) -> bool:
        """Whether the program has just been stopped."""
        ended, status = os.waitpid(self.process.pid, os.WUNTRACED | os.WNOHANG)
        return bool(ended) and os.WIFSTOPPED(status)

    def hang_up(self) -> None:
        """Close the window."""
        for end in (self._master, self._slave):
            os.close(end)
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
    """A person's account: a home folder, an environment, settings and tracked jobs."""

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
        """Write the settings."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text, "utf-8")

    def track(self, *ids: str) -> None:
        """Write a job file in which ids have just been tracked, at today's prices."""
        self.jobs.parent.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        entries = [_O1_ENTRY if "-" in each else _I2V_ENTRY for each in ids]
        tables = [entry.format(id=each, now=now) for entry, each in zip(entries, ids, strict=True)]
        self.jobs.write_text("version = 1\n" + "".join(tables), "utf-8")

    def tracked(self) -> dict[str, dict[str, Any]]:
        """Return the tracked jobs by id, as ``list --json`` prints them."""
        ended = self.run("list", "--json")
        assert (ended.returncode, ended.stderr) == (0, "")
        return {job["id"]: job for job in json.loads(ended.stdout)}

    def held(self) -> list[dict[str, Any]]:
        """Return the jobs of the job file as it stands."""
        jobs: list[dict[str, Any]] = tomllib.loads(self.jobs.read_text("utf-8"))["jobs"]
        return jobs

    def run(
        self, *arguments: str, given: str | bytes = b"", output: str = "utf-8", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, with `given` on standard input and its output in pipes.

        `output` is the encoding that the output is expected in.
        """
        raw = subprocess.run(  # noqa: S603 - the program under test
            (*PROGRAM, *arguments),
            input=given.encode() if isinstance(given, str) else given,
            capture_output=True,
            check=False,
            env={**self.environment, **environment},
            cwd=self.home,
            timeout=TIMEOUT,
        )
        texts = raw.stdout.decode(output), raw.stderr.decode(output)
        return subprocess.CompletedProcess(raw.args, raw.returncode, *texts)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command with its output in pipes.

        It heeds an interrupt even where the tests run in the background.
        """
        return subprocess.Popen(  # noqa: S603 - the program under test
            (sys.executable, "-c", _HEED, *PROGRAM, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=self.home,
        )

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds of what a command that runs does."""
        deadline = time.monotonic() + TIMEOUT
        while not holds():
            assert time.monotonic() < deadline, "what was waited for did not come about"
            time.sleep(0.01)

    def open(
        self,
        *arguments: str,
        size: tuple[int, int] = (120, 40),
        controlling: bool = True,
        **environment: str,
    ) -> Terminal:
        """Open the app, or run another command, on a terminal."""
        return Terminal(
            (*PROGRAM, *arguments),
            {**self.environment, **environment},
            self.home,
            size,
            controlling=controlling,
        )
