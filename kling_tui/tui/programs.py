"""Starts other programs: a browser or file opener; and the command that copies through tmux.

None is started through a shell, and none can read from or write to the terminal. Each gets exactly
the environment that the caller passes, which contains no API key.
"""

import asyncio
import os
import shlex
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from kling_tui.gateways.hosts import is_loopback
from kling_tui.notifications.command import ProgramError, require_success
from kling_tui.sanitize import sanitize_line

TMUX_COPY = ("tmux", "load-buffer", "-w", "-")
"""Makes tmux (3.2 or newer) send its standard input to the clipboard of its terminal.

This works with any settings of tmux; the OSC 52 sequence needs `set-clipboard on`.
"""
_OPENER_ERROR_TIMEOUT = 3.0
"""Seconds that an opener is watched for failing; after that it counts as started."""


def find_opener(environ: Mapping[str, str], platform: str, *, remote: bool) -> tuple[str, ...]:
    """Return the command that opens files and URLs; () where the user would not see the result.

    $BROWSER comes first: commands separated by colons, of which the first that exists is used, with
    %s for the URL. Otherwise it is the desktop's opener, unless the session is `remote` (SSH).
    """
    path = environ.get("PATH")
    for command in environ.get("BROWSER", "").split(os.pathsep):
        with suppress(ValueError):  # an unclosed quote
            argv = shlex.split(command)
            if argv and shutil.which(argv[0], path=path):
                return tuple(argv)
    opener = "open" if platform == "darwin" else "xdg-open"
    display = platform == "darwin" or environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    return (opener,) if display and not remote and shutil.which(opener, path=path) else ()


def is_openable(url: str) -> bool:
    """Return whether a URL may be opened: https, or http on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme == "http":
        return is_loopback(host or "")
    return parts.scheme == "https" and bool(host)


async def open_with(argv: Sequence[str], target: str, environment: Mapping[str, str]) -> None:
    """Open a URL or a file with the command `argv`, which keeps running.

    Raises ProgramError where it cannot be started or fails at once.
    """
    substituted = [argument.replace("%s", target) for argument in argv]
    command = substituted if substituted != list(argv) else [*argv, target]
    name = sanitize_line(argv[0], 60)
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()
    try:
        process = await asyncio.to_thread(_start, command, environment)
    except OSError as error:
        raise ProgramError(f"{name} cannot be started: {error.strerror}") from error
    threading.Thread(target=_wait_for_end, args=(process, loop, ended), daemon=True).start()
    with suppress(TimeoutError):
        async with asyncio.timeout(_OPENER_ERROR_TIMEOUT):
            require_success(name, await ended)


def _start(command: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - the user's own browser, without a shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


def _wait_for_end(
    process: "subprocess.Popen[bytes]",
    loop: asyncio.AbstractEventLoop,
    ended: "asyncio.Future[int]",
) -> None:
    """Reap a process whenever it ends, and set its return code if that is still awaited."""
    return_code = process.wait()

    def set_result() -> None:
        if not ended.done():
            ended.set_result(return_code)

    with suppress(RuntimeError):  # the app has ended and closed the loop
        loop.call_soon_threadsafe(set_result)
