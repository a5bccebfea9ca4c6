"""The terminal is detected, and its escape sequences are correct, also through a real tmux."""

import shutil
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given
from msgspec.structs import replace

from kling_tui.tui.terminal import MAX_COPY_BYTES, Terminal, TerminalError, title_sequence
from tests.support.jobs import RAW_TEXTS
from tests.support.terminal import Account
from tests.support.terminal import Terminal as TerminalWindow

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
def test_the_terminal_is_detected_from_the_environment(
    environ: dict[str, str], expected: Terminal
) -> None:
    """The most specific variable wins; those that multiplexers set themselves are ignored."""
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
def test_each_terminal_has_its_notification_sequence(name: str, sequence: str) -> None:
    """A semicolon in the text adds no field."""
    assert Terminal(name).notification_sequence("hero; shot", "done") == sequence
    assert Terminal(name).supports_notifications == bool(sequence)


def test_sequences_are_wrapped_for_tmux() -> None:
    """With each ESC doubled; the clipboard sequence is sent in both forms."""
    inside = Terminal("iTerm2", "tmux")
    assert inside.notification_sequence("a", "b") == "\x1bPtmux;\x1b\x1b]9;kling-tui: a: b\a\x1b\\"
    plain = f"\x1b]52;c;{URL_IN_BASE64}\a"
    assert inside.copy_sequence(URL) == plain + f"\x1bPtmux;\x1b{plain}\x1b\\"


def test_sequences_are_wrapped_for_screen_in_chunks() -> None:
    """Each is at most as long as GNU screen accepts; together they are the sequence."""
    text = URL * 100
    chunks = Terminal("", "screen").copy_sequence(text).split("\x1b\\")
    assert chunks.pop() == ""
    assert all(chunk.startswith("\x1bP") and len(chunk) + 2 <= 768 for chunk in chunks)
    sequence = "".join(chunk.removeprefix("\x1bP") for chunk in chunks)
    assert sequence == Terminal().copy_sequence(text)
    wide = Terminal("", "screen").notification_sequence("漢" * 200, "🎬" * 200)
    assert all(len(chunk.encode()) + 2 <= 768 for chunk in wide.split("\x1b\\"))


def test_a_text_too_long_for_the_clipboard_is_an_error() -> None:
    """It names the size; the text is not truncated."""
    assert len(Terminal().copy_sequence("x" * MAX_COPY_BYTES)) == 100_000
    with pytest.raises(TerminalError, match="75,000 bytes are more than"):
        Terminal().copy_sequence("é" * 37_500)


@given(RAW_TEXTS, RAW_TEXTS)
def test_no_text_can_end_a_sequence_or_add_a_field(title: str, message: str) -> None:
    """Whatever characters it contains."""
    for terminal in Terminal(), Terminal("kitty"), Terminal("iTerm2"):
        sequence = terminal.notification_sequence(title, message)
        assert not control_characters_in(sequence)
        assert sequence.count(";") == (
            3 if not terminal.name else 2 if terminal.name == "kitty" else 1
        )
    assert not control_characters_in(title_sequence(message))
    assert not control_characters_in(Terminal().copy_sequence(message))


def control_characters_in(sequence: str) -> list[str]:
    """Return the control characters between the first, ESC, and the last, BEL."""
    assert (sequence[0], sequence[-1]) == ("\x1b", "\a")
    return [character for character in sequence[1:-1] if category(character) in {"Cc", "Cf"}]


def passed_on_by_tmux(folder: Path, settings: str, sequence: str) -> str:
    """Return the output of tmux to its terminal while `sequence` is written inside it."""
    tmux = shutil.which("tmux")
    if tmux is None:
        pytest.skip("tmux is not installed")
    (folder / "tmux.conf").write_text(settings, "utf-8")
    (folder / "sequence").write_text(sequence, "utf-8")
    command = (tmux, "-S", str(folder / "tmux"), "-f", str(folder / "tmux.conf"))
    # tmux passes a sequence on only to a terminal that is attached, which it is once it shows text.
    # The text after the sequence shows on the screen when tmux has processed all.
    script = "print('ATTACHED'); input(); print(open('sequence').read(), 'ALL SENT'); input()"
    inner = f"'{sys.executable}' -c \"{script}\""
    environment = Account(folder).environment
    with TerminalWindow((*command, "new-session", inner), environment, folder) as window:
        try:
            window.until_shows("ATTACHED")
            window.press("\r")
            window.until_shows("ALL SENT")
            return window.text
        finally:
            subprocess.run((*command, "kill-server"), check=True)  # noqa: S603 - started above


ACCEPTED, PASSED_ON = f"\x1b]52;;{URL_IN_BASE64}\a", f"\x1b]52;c;{URL_IN_BASE64}\a"


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ("", 0),
        ("set -g set-clipboard on", 1),
        ("set -g allow-passthrough on", 1),
        ("set -g set-clipboard on\nset -g allow-passthrough on", 2),
    ],
)
@pytest.mark.pty
@pytest.mark.slow
def test_tmux_passes_on_the_clipboard_with_either_setting(
    tmp_path: Path, settings: str, count: int
) -> None:
    """With neither, it ignores the sequences."""
    output = passed_on_by_tmux(tmp_path, settings, Terminal("", "tmux").copy_sequence(URL))
    assert output.count(ACCEPTED) + output.count(PASSED_ON) == count


@pytest.mark.pty
@pytest.mark.slow
def test_tmux_passes_on_a_notification_unchanged(tmp_path: Path) -> None:
    """With allow-passthrough, the terminal gets the same sequence as without tmux."""
    sequence = Terminal("kitty", "tmux").notification_sequence("hero shot", "done")
    output = passed_on_by_tmux(tmp_path, "set -g allow-passthrough on", sequence)
    assert Terminal("kitty").notification_sequence("hero shot", "done") in output
