"""What the terminal is, and what it is sent: byte for byte, and through a real tmux."""

import shutil
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given

from kling_tui.tui.terminal import MAX_COPY_BYTES, Terminal, TerminalError, set_title_sequence
from tests.support.jobs import RAW_TEXTS
from tests.support.terminal import Account
from tests.support.terminal import Terminal as Window

URL = "https://v2.fal.media/files/penguin/a.mp4"
URL_IN_BASE64 = b64encode(URL.encode()).decode()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Terminal()),
        ({"TERM": "xterm-256color"}, Terminal()),
        ({"TERM": "xterm-kitty"}, Terminal("kitty")),
        ({"TERM": "xterm-ghostty"}, Terminal("Ghostty")),
        ({"TERM": "foot-extra"}, Terminal("foot")),
        ({"TERM": "rxvt-unicode-256color"}, Terminal("urxvt")),
        ({"TERM": "linux"}, Terminal("Linux console")),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, Terminal("iTerm2")),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, Terminal("WezTerm")),
        ({"TERM_PROGRAM": "Apple_Terminal"}, Terminal("Terminal.app")),
        ({"TERM_PROGRAM": "vscode", "KITTY_WINDOW_ID": "1"}, Terminal("VS Code")),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, Terminal("VTE")),
        ({"WT_SESSION": "0a1b"}, Terminal("Windows Terminal")),
        ({"LC_TERMINAL": "iTerm2", "SSH_TTY": "/dev/pts/1"}, Terminal("iTerm2", remote=True)),
        ({"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, Terminal(remote=True)),
        ({"TMUX": "/run/tmux,1,0", "TERM": "tmux-256color"}, Terminal("", "tmux")),
        ({"TMUX": "/run/tmux,1,0", "TERM_PROGRAM": "tmux", "KITTY_WINDOW_ID": "1"},
         Terminal("kitty", "tmux")),
        ({"TMUX": "/run/tmux,1,0", "STY": "1.pts", "LC_TERMINAL": "iTerm2"},
         Terminal("iTerm2", "tmux")),
        ({"STY": "1.pts-0.host", "TERM": "screen"}, Terminal("", "screen")),
    ],
)  # fmt: skip
def test_tells_terminals_apart(environ: dict[str, str], expected: Terminal) -> None:
    """The nearest sign wins, and what tmux and screen say of themselves is no sign."""
    assert Terminal.detect(environ) == replace(expected, type=environ.get("TERM", ""))


@pytest.mark.parametrize(
    ("name", "sequence"),
    [
        ("", "\x1b]777;notify;hero, shot;done\a"),
        ("foot", "\x1b]777;notify;hero, shot;done\a"),
        ("kitty", "\x1b]99;;hero, shot: done\a"),
        ("iTerm2", "\x1b]9;kling-tui: hero, shot: done\a"),
        ("Linux console", ""),
    ],
)
def test_notifies_by_what_the_terminal_is(name: str, sequence: str) -> None:
    """Each terminal gets the one sequence that it knows, and a semicolon adds no field."""
    assert Terminal(name).notify("hero; shot", "done") == sequence
    assert Terminal(name).supports_notifications == bool(sequence)


def test_wraps_for_tmux() -> None:
    """ESC is doubled inside tmux's envelope; the clipboard is asked for in both forms."""
    inside = Terminal("iTerm2", "tmux")
    assert inside.notify("a", "b") == "\x1bPtmux;\x1b\x1b]9;kling-tui: a: b\a\x1b\\"
    plain = f"\x1b]52;c;{URL_IN_BASE64}\a"
    assert inside.copy(URL) == plain + f"\x1bPtmux;\x1b{plain}\x1b\\"


def test_wraps_for_screen() -> None:
    """No envelope is longer than screen takes, and their contents are the sequence."""
    text = URL * 100
    envelopes = Terminal("", "screen").copy(text).split("\x1b\\")
    assert envelopes.pop() == ""
    assert all(each.startswith("\x1bP") and len(each) + 2 <= 768 for each in envelopes)
    sequence = "".join(each.removeprefix("\x1bP") for each in envelopes)
    assert sequence == Terminal().copy(text)
    wide = Terminal("", "screen").notify("漢" * 200, "🎬" * 200)
    assert all(len(each.encode()) + 2 <= 768 for each in wide.split("\x1b\\"))


def test_copies_no_more_than_terminals_take() -> None:
    """What is too long is refused with its size, and not cut."""
    assert len(Terminal().copy("x" * MAX_COPY_BYTES)) == 100_000
    with pytest.raises(TerminalError, match="75,000 bytes are more than"):
        Terminal().copy("é" * 37_500)


@given(RAW_TEXTS, RAW_TEXTS)
def test_nothing_breaks_out(name: str, words: str) -> None:
    """Whatever the text is, a sequence ends at its own end and has its own number of fields."""
    for terminal in Terminal(), Terminal("kitty"), Terminal("iTerm2"):
        sent = terminal.notify(name, words)
        assert not controls_in(sent)
        assert sent.count(";") == (3 if not terminal.name else 2 if terminal.name == "kitty" else 1)
    assert not controls_in(set_title_sequence(words))
    assert not controls_in(Terminal().copy(words))


def controls_in(sequence: str) -> list[str]:
    """Return the control characters between the first, ESC, and the last, BEL."""
    assert (sequence[0], sequence[-1]) == ("\x1b", "\a")
    return [each for each in sequence[1:-1] if category(each) in {"Cc", "Cf"}]


def through_tmux(folder: Path, settings: str, sequence: str) -> str:
    """Return what reaches the outer terminal of a sequence that is sent inside tmux."""
    tmux = shutil.which("tmux")
    if tmux is None:
        pytest.skip("tmux is not installed")
    (folder / "tmux.conf").write_text(settings, "utf-8")
    (folder / "sent").write_text(sequence, "utf-8")
    call = (tmux, "-S", str(folder / "tmux"), "-f", str(folder / "tmux.conf"))
    # The end of what is sent is seen on the screen, so that nobody waits for a time.
    script = "import sys; sys.stdout.write(open('sent').read() + 'ALL SENT'); input()"
    inner = f"'{sys.executable}' -c \"{script}\""
    with Window((*call, "new-session", inner), Account(folder).environment, folder) as window:
        try:
            window.until_shows("ALL SENT")
            return window.text
        finally:
            subprocess.run((*call, "kill-server"), check=True)  # noqa: S603 - started above


COPIED, WRAPPED = f"\x1b]52;;{URL_IN_BASE64}\a", f"\x1b]52;c;{URL_IN_BASE64}\a"


@pytest.mark.parametrize(
    ("settings", "arriving"),
    [
        ("", 0),
        ("set -g set-clipboard on", 1),
        ("set -g allow-passthrough on", 1),
        ("set -g set-clipboard on\nset -g allow-passthrough on", 2),
    ],
)
def test_tmux_passes_the_clipboard_on(tmp_path: Path, settings: str, arriving: int) -> None:
    """Either setting is enough, and with neither nothing arrives."""
    arrived = through_tmux(tmp_path, settings, Terminal("", "tmux").copy(URL))
    assert arrived.count(COPIED) + arrived.count(WRAPPED) == arriving


def test_tmux_passes_a_notification_on(tmp_path: Path) -> None:
    """The terminal gets the very sequence that it would get without tmux."""
    sequence = Terminal("kitty", "tmux").notify("hero shot", "done")
    arrived = through_tmux(tmp_path, "set -g allow-passthrough on", sequence)
    assert Terminal("kitty").notify("hero shot", "done") in arrived
