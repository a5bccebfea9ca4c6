"""Checks the terminal: size, colours, synchronized output, clipboard and notifications."""

import os
import re
import select
import termios
import time
import tty
from collections.abc import Iterator, Mapping
from typing import TextIO

from kling_tui.cli.doctor.environment import tmux_version, version_numbers
from kling_tui.cli.doctor.result import CheckResult
from kling_tui.config.api_keys import without_keys
from kling_tui.config.settings import Config
from kling_tui.formatting.symbols import HAS_UTF8
from kling_tui.tui import tmux
from kling_tui.tui.terminal import Terminal

_UTF8_ADVICE = "use a locale with UTF-8, such as LANG=C.UTF-8"
_MIN_COLUMNS, _MIN_LINES = 40, 10
_REPLY_TIMEOUT = 0.5
"""Seconds for a reply of the terminal."""
_MIN_TMUX_VERSION = (3, 2)
"""The first version of tmux whose load-buffer can write to the clipboard."""
_QUERY_SYNCHRONIZED_OUTPUT = "\x1b[?2026$p\x1b[c"
"""Asks for mode 2026, then for the device attributes, which every terminal sends."""


def check_terminal(
    settings: Config, environ: Mapping[str, str], stdin: TextIO, stdout: TextIO
) -> Iterator[CheckResult]:
    """Yield what the terminal on standard input and output supports."""
    if not (stdin.isatty() and stdout.isatty()):
        yield CheckResult("terminal", "none; only the app needs one")
        return
    columns, lines = os.get_terminal_size(stdout.fileno())
    small = columns < _MIN_COLUMNS or lines < _MIN_LINES
    advice = f"make it {_MIN_COLUMNS} by {_MIN_LINES} or more" if small else ""
    yield CheckResult("terminal", f"{columns} columns, {lines} lines", advice)
    yield _colours(environ)
    if not HAS_UTF8:
        yield CheckResult("terminal", "no UTF-8: ASCII characters stand for symbols", _UTF8_ADVICE)
    if _supports_synchronized_output(stdin, stdout):
        yield CheckResult("terminal", "synchronized output: frames are drawn without flicker")
    else:
        yield CheckResult("terminal", "no synchronized output: frames may flicker")
    yield _clipboard(environ)
    yield from _tmux_settings(settings, environ)
    yield _notifications(settings, environ)


def _colours(environ: Mapping[str, str]) -> CheckResult:
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR"):
        return CheckResult("terminal", "no colours, because $NO_COLOR is set")
    if term in ("", "dumb"):
        return CheckResult(
            "terminal", f"$TERM is {term!r}", "set $TERM to the type of the terminal"
        )
    if environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return CheckResult("terminal", "true colour")
    return CheckResult(
        "terminal", f"{'256' if '256' in term else '16'} colours, according to $TERM and $COLORTERM"
    )


def _supports_synchronized_output(stdin: TextIO, stdout: TextIO) -> bool:
    descriptor = stdin.fileno()
    modes = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        stdout.write(_QUERY_SYNCHRONIZED_OUTPUT)
        stdout.flush()
        reply, deadline = b"", time.monotonic() + _REPLY_TIMEOUT
        while not re.search(rb"\x1b\[\?[0-9;]*c", reply):
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not select.select([descriptor], [], [], remaining)[0]:
                break
            reply += os.read(descriptor, 1024)
    finally:
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, modes)
    return bool(re.search(rb"\x1b\[\?2026;[123]\$y", reply))


def _clipboard(environ: Mapping[str, str]) -> CheckResult:
    multiplexer = Terminal.detect(environ).multiplexer
    if multiplexer != "tmux":
        through = " through screen" if multiplexer else ""
        return CheckResult(
            "clipboard", f"OSC 52{through}; terminals do not confirm that they support it"
        )
    version = tmux_version(environ)
    if not version:
        return CheckResult("clipboard", "tmux does not respond", "check that tmux can be run")
    if version_numbers(version) >= _MIN_TMUX_VERSION:
        return CheckResult("clipboard", "tmux load-buffer, which works with all settings of tmux")
    return CheckResult("clipboard", "tmux may not pass OSC 52 on", "tmux set -s set-clipboard on")


def _tmux_settings(settings: Config, environ: Mapping[str, str]) -> Iterator[CheckResult]:
    found = None
    if Terminal.detect(environ).multiplexer == "tmux":
        found = tmux.read_settings(without_keys(environ))
    if found is not None:
        for problem in tmux.problems(found, bell=settings.notify.bell):
            yield CheckResult("tmux", problem.message, problem.advice)


def _notifications(settings: Config, environ: Mapping[str, str]) -> CheckResult:
    terminal, notify = Terminal.detect(environ), settings.notify
    through = f" through {terminal.multiplexer}" if terminal.multiplexer else ""
    condition = " if allow-passthrough is on" if terminal.multiplexer == "tmux" else ""
    advice = ""
    if notify.desktop and not terminal.supports_notifications:
        advice = f"set notify.desktop = false: {terminal.name} does not support it"
    channels = {
        f"bell{through}": notify.bell,
        f"desktop{through}{condition}": notify.desktop,
        "toasts": notify.toast,
        "notify.command": bool(notify.command),
    }
    message = ", ".join(name for name, enabled in channels.items() if enabled) or "none"
    return CheckResult("notifications", message, advice)
