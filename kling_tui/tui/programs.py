"""Programs of the person's that this one starts: one that hears of ends, a browser, tmux.

None is started by a shell, and none can read from or write to the terminal. They have the
environment that this program was started with, and nothing more.
"""

import asyncio
import logging
import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from kling_tui.gateways.hosts import is_loopback
from kling_tui.jobs import Job
from kling_tui.sanitize import sanitize_line

TMUX_COPY = ("tmux", "load-buffer", "-w", "-")
"""Has tmux 3.2 or newer send its standard input to its terminal's clipboard.

It does so whatever its settings are, while it heeds the sequence for that only where it is told to.
"""
_FAILS_WITHIN = 3.0
"""Seconds in which a browser that cannot be opened is expected to say so."""
_log = logging.getLogger(__name__)


class ProgramError(Exception):
    """A program could not be started or failed; the words say which and how."""


async def run_with_input(argv: Sequence[str], text: str, timeout: float) -> None:
    """Run a program with `text` on its standard input until it ends, for `within` seconds at most.

    Where that time is over, or this is cancelled, it is ended with all that it has started.
    Raises ProgramError.
    """
    name = sanitize_line(argv[0], 60)
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise ProgramError(f"{name} cannot be started: {error.strerror}") from error
    try:
        async with asyncio.timeout(timeout):
            await process.communicate(text.encode())
    except TimeoutError as error:
        raise ProgramError(f"{name} did not end within {timeout:g} s") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    _require_success(name, process.returncode)


def _require_success(name: str, status: int | None) -> None:
    if status:
        how = f"was ended by signal {-status}" if status < 0 else f"failed with status {status}"
        raise ProgramError(f"{name} {how}")


class NotifyCommand:
    """Runs a program once for each job that ends, with the job on its standard input."""

    def __init__(
        self,
        argv: Sequence[str],
        serialize: Callable[[Job], str],
        *,
        timeout: float = 30.0,
        concurrency: int = 4,
    ) -> None:
        """`tell` puts a job into words; a run has `within` seconds, not counting its wait."""
        self._argv = argv
        self._on_error = serialize
        self._timeout = timeout
        self._slots = asyncio.Semaphore(concurrency)

    async def run(self, job: Job) -> None:
        """Tell the program of a job, and wait until it has ended. Raises ProgramError."""
        async with self._slots:
            try:
                await run_with_input(self._argv, self._on_error(job), self._timeout)
            except ProgramError as error:
                _log.warning("notify.command for %s: %s", job.id, error)
                raise


def find_opener(environ: Mapping[str, str], platform: str, *, remote: bool) -> tuple[str, ...]:
    """Return the program that opens files and web pages; none where nobody would see that.

    $BROWSER always counts, being set for this: programs apart by colons, of which the first that
    exists is taken, with %s for the address. Else it is the desktop's, which there is not where
    this program is `remote`, that is reached over SSH.
    """
    path = environ.get("PATH")
    for line in environ.get("BROWSER", "").split(os.pathsep):
        with suppress(ValueError):  # quotes that are not closed
            words = shlex.split(line)
            if words and shutil.which(words[0], path=path):
                return tuple(words)
    desktop = "open" if platform == "darwin" else "xdg-open"
    screen = platform == "darwin" or environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    return (desktop,) if screen and not remote and shutil.which(desktop, path=path) else ()


def is_openable(url: str) -> bool:
    """Whether a browser may be sent to an address: by https, or by http on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme == "http":
        return is_loopback(host or "")
    return parts.scheme == "https" and bool(host)


async def open_with(words: Sequence[str], target: str) -> None:
    """Have the program `words` open an address or a file, and leave it to itself.

    Raises ProgramError where it cannot be started or fails at once.
    """
    given = [word.replace("%s", target) for word in words]
    call = given if given != list(words) else [*words, target]
    name = sanitize_line(words[0], 60)
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()
    try:
        process = await asyncio.to_thread(_start, call)
    except OSError as error:
        raise ProgramError(f"{name} cannot be started: {error.strerror}") from error
    threading.Thread(target=_await_end, args=(process, loop, ended), daemon=True).start()
    with suppress(TimeoutError):
        async with asyncio.timeout(_FAILS_WITHIN):
            _require_success(name, await ended)


def _start(call: Sequence[str]) -> "subprocess.Popen[bytes]":
    nothing = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - the person's own browser, which no shell reads
        call, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
    )


def _await_end(
    process: "subprocess.Popen[bytes]",
    loop: asyncio.AbstractEventLoop,
    ended: "asyncio.Future[int]",
) -> None:
    """Collect a program that has ended, however long that takes, and tell those who still wait."""
    status = process.wait()

    def tell() -> None:
        if not ended.done():
            ended.set_result(status)

    with suppress(RuntimeError):  # the app has been left meanwhile
        loop.call_soon_threadsafe(tell)
