"""Settings of tmux that make the app look or work worse than it could."""

import subprocess
from collections.abc import Iterator, Mapping

from msgspec import Struct

_FORMAT = "#{client_utf8}\t#{escape-time}\t#{focus-events}\t#{client_termfeatures}"
_TIMEOUT = 2.0
"""Seconds that tmux may take to answer."""
_MAX_ESCAPE_TIME = 100
"""Milliseconds; tmux waits so long after the key escape, by default 500 in versions before 3.5."""


class TmuxSettings(Struct, frozen=True):
    """The settings of the client and the server that the program runs in."""

    utf8: bool
    escape_time: int
    """Milliseconds."""
    focus_events: bool
    """Whether tmux reports to programs whether their pane has the focus."""
    terminal_reports_focus: bool
    """Whether tmux knows that its own terminal reports the focus of its window."""


class TmuxProblem(Struct, frozen=True):
    """A setting that should be another one."""

    message: str
    advice: str


def read_settings(environment: Mapping[str, str]) -> TmuxSettings | None:
    """Ask tmux for its settings, which may block; None if it does not tell them."""
    try:
        answer = subprocess.run(  # noqa: S603 - without a shell
            ["tmux", "display-message", "-p", _FORMAT],  # noqa: S607 - the tmux of the user
            capture_output=True,
            check=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_settings(answer)


def parse_settings(answer: str) -> TmuxSettings | None:
    """Return the settings that tmux has printed; None if an old version does not know them."""
    fields = answer.rstrip("\n").split("\t")
    if len(fields) != _FORMAT.count("\t") + 1 or not fields[1].isdecimal():
        return None
    utf8, escape_time, focus_events, features = fields
    return TmuxSettings(
        utf8 != "0", int(escape_time), focus_events in ("1", "on"), "focus" in features.split(",")
    )


def problems(settings: TmuxSettings, *, bell: bool) -> Iterator[TmuxProblem]:
    """Yield what should be changed; `bell` is whether jobs that end ring the bell."""
    if not settings.utf8:
        yield TmuxProblem("tmux runs without UTF-8: all symbols become _", "Start it with: tmux -u")
    if settings.escape_time > _MAX_ESCAPE_TIME:
        yield TmuxProblem(
            f"tmux waits {settings.escape_time} ms after the escape key",
            "Run: tmux set -s escape-time 10",
        )
    if bell and settings.focus_events and not settings.terminal_reports_focus:
        yield TmuxProblem(
            "tmux reports a focus that it does not know: no bell rings while its pane is active",
            "Run: tmux set -s focus-events off",
        )
