"""What the terminal can show, and what it passes on."""

import os
import re
import select
import subprocess
import termios
import time
import tty
from collections.abc import Iterator, Mapping
from typing import TextIO

from kling_tui.cli.doctor.result import CheckResult
from kling_tui.config.settings import Config
from kling_tui.tui.terminal import Terminal

_NARROWEST, _LOWEST = 40, 10
_PATIENCE = 0.5
"""Seconds for the terminal's answer, and for tmux's four times as long."""
_LOADS_SINCE = (3, 2)
"""The version of tmux since which load-buffer reaches the clipboard."""
_SYNCHRONIZED = "\x1b[?2026$p\x1b[c"
"""Whether mode 2026 is known; then what every terminal answers, so that none is waited for."""


def check_terminal(
    settings: Config, environ: Mapping[str, str], keys: TextIO, screen: TextIO
) -> Iterator[CheckResult]:
    """Yield what holds where standard input and output are a terminal."""
    if not (keys.isatty() and screen.isatty()):
        yield CheckResult("terminal", "none here; the commands without a screen need none")
        return
    columns, lines = os.get_terminal_size(screen.fileno())
    small = columns < _NARROWEST or lines < _LOWEST
    advice = f"make it {_NARROWEST} by {_LOWEST} or more" if small else ""
    yield CheckResult("terminal", f"{columns} columns, {lines} lines", advice)
    yield _colours(environ)
    if _is_synchronized(keys, screen):
        yield CheckResult("terminal", "synchronized output: each picture is shown whole")
    else:
        yield CheckResult("terminal", "no synchronized output; a picture may be seen half drawn")
    yield _clipboard(environ)
    yield _notifications(settings, environ)


def _colours(environ: Mapping[str, str]) -> CheckResult:
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR"):
        return CheckResult("terminal", "no colours, as $NO_COLOR asks")
    if term in ("", "dumb"):
        return CheckResult("terminal", f"$TERM is {term!r}", "set $TERM to what the terminal is")
    if environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return CheckResult("terminal", "all colours")
    return CheckResult(
        "terminal", f"{'256' if '256' in term else '16'} colours, by $TERM and $COLORTERM"
    )


def _is_synchronized(keys: TextIO, screen: TextIO) -> bool:
    handle = keys.fileno()
    modes = termios.tcgetattr(handle)
    try:
        tty.setcbreak(handle)
        screen.write(_SYNCHRONIZED)
        screen.flush()
        reply, deadline = b"", time.monotonic() + _PATIENCE
        while not re.search(rb"\x1b\[\?[0-9;]*c", reply):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([handle], [], [], left)[0]:
                break
            reply += os.read(handle, 1024)
    finally:
        termios.tcsetattr(handle, termios.TCSAFLUSH, modes)
    return bool(re.search(rb"\x1b\[\?2026;[123]\$y", reply))


def _clipboard(environ: Mapping[str, str]) -> CheckResult:
    within = Terminal.detect(environ).multiplexer
    if within != "tmux":
        through = " through screen" if within else ""
        return CheckResult(
            "clipboard", f"by OSC 52{through}; no terminal tells whether it takes it"
        )
    try:
        asked = subprocess.run(
            ["tmux", "-V"],  # noqa: S607 - the one in use
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=4 * _PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return CheckResult("clipboard", "tmux does not answer", "check that tmux can be run")
    version = re.search(rb"(\d+)\.(\d+)", asked.stdout)
    if version and tuple(map(int, version.groups())) >= _LOADS_SINCE:
        return CheckResult("clipboard", "by tmux load-buffer, whatever tmux's settings are")
    return CheckResult(
        "clipboard", "tmux may keep OSC 52 to itself", "tmux set -s set-clipboard on"
    )


def _notifications(settings: Config, environ: Mapping[str, str]) -> CheckResult:
    terminal, notify = Terminal.detect(environ), settings.notify
    through = f" through {terminal.multiplexer}" if terminal.multiplexer else ""
    allowed = " where allow-passthrough is on" if terminal.multiplexer == "tmux" else ""
    advice = ""
    if notify.desktop and not terminal.supports_notifications:
        advice = f"set notify.desktop = false: {terminal.name} shows none"
    switches = {
        f"the bell{through}": notify.bell,
        f"the desktop{through}{allowed}": notify.desktop,
        "toasts": notify.toast,
        "notify.command": bool(notify.command),
    }
    words = ", ".join(name for name, on in switches.items() if on) or "none"
    return CheckResult("notifications", words, advice)
