"""What the app sends to the terminal beside its picture: bell, notifications and the clipboard."""

import re
import shlex
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.independent_gateway import I2V_DONE, I2V_FAILED, I2V_RUNNING, IndependentGateway
from tests.support.terminal import PROGRAM, Account, Terminal

TASK = "CjNQtmctxFMAAAAxxxxxx"
OTHER = "842250903629086785"
URL = "https://cdn.klingai.com/bs2/upload/text2video/raw_video_1.mp4?cacheKey=a%2Fb&x=1"
TMUX = shutil.which("tmux")
FOCUS_IN, FOCUS_OUT = "\x1b[I", "\x1b[O"
FAILED = f"\x1b]777;notify;{OTHER};failed: Failure to pass the risk control system\a"


@pytest.fixture
def gateway() -> Iterator[IndependentGateway]:
    """Start a gateway with two running jobs."""
    with IndependentGateway() as started:
        started.script(TASK, I2V_RUNNING)
        started.script(OTHER, I2V_RUNNING)
        yield started


@pytest.fixture
def account(tmp_path: Path, gateway: IndependentGateway) -> Account:
    """Make an account that tracks both, and wants to be told on the desktop too."""
    made = Account(tmp_path)
    made.configure(
        f'[gateway]\nurl = "{gateway.url}"\n[poll]\nfirst = 0.1\nslowest = 0.1\njitter = 0\n'
        "[notify]\ndesktop = true\n"
    )
    made.track(TASK, OTHER)
    return made


def bells(terminal: Terminal) -> int:
    """Return how often the bell rang; BEL also ends sequences."""
    return re.sub(r"\x1b\][^\x07\x1b]*\x07", "", terminal.text).count("\a")


def mentions(terminal: Terminal, words: str) -> int:
    """Return how often words stand on the screen."""
    return "\n".join(terminal.lines).count(words)


def copied(text: str) -> str:
    """Return the end of the sequence that copies a text, which tmux passes on with one change."""
    return f";{b64encode(text.encode()).decode()}\a"


def test_an_end_calls_a_person_who_looks_elsewhere(
    account: Account, gateway: IndependentGateway
) -> None:
    """Bell and notification come unless the terminal says that it has the focus."""
    with account.open(TERM_PROGRAM="WezTerm") as terminal:
        terminal.until_shows("2 running")
        terminal.press(FOCUS_IN, "?")
        terminal.until_shows(" Keys ─")
        terminal.press("\x1b")
        terminal.until_hides(" Keys ─")
        before = mentions(terminal, TASK)
        gateway.script(TASK, I2V_DONE)
        terminal.until(lambda: mentions(terminal, TASK) > before, "a toast that names it")
        terminal.press(FOCUS_OUT)
        gateway.script(OTHER, I2V_FAILED)
        terminal.until(lambda: FAILED in terminal.text, "the notification")
        terminal.until(lambda: bells(terminal) == 1, "the bell")
        assert terminal.text.count("\x1b]777;") == 1
        terminal.press("q")
        assert terminal.wait() == 0


def test_a_terminal_that_tells_no_focus_calls_each_time(
    account: Account, gateway: IndependentGateway
) -> None:
    """Where nobody knows whether the app is seen, an end is told."""
    with account.open(TERM_PROGRAM="WezTerm") as terminal:
        terminal.until_shows("2 running")
        gateway.script(OTHER, I2V_FAILED)
        terminal.until(lambda: FAILED in terminal.text, "the notification")
        terminal.press("q")
        assert terminal.wait() == 0
    with account.open(TERM_PROGRAM="WezTerm") as terminal:
        terminal.until_shows("✗ failed", "● running")
        terminal.press("q")
        assert terminal.wait() == 0
        assert "\x1b]777;" not in terminal.text


def test_what_is_copied_is_sent_and_shown(account: Account, gateway: IndependentGateway) -> None:
    """The clipboard gets the URL, or the id, and the dialog shows it whole."""
    gateway.script(TASK, I2V_DONE)
    with account.open(size=(60, 20)) as terminal:
        terminal.until_shows("✓ done", "● running")
        terminal.press("G", "y")
        terminal.until_shows("Sent to the terminal's clipboard")
        terminal.until(lambda: f"\x1b]52;c{copied(URL)}" in terminal.text, "the URL")
        assert URL in re.sub(r"[\s│]", "", "".join(terminal.lines))
        terminal.press("y", "Y")
        terminal.until(lambda: f"\x1b]52;c{copied(TASK)}" in terminal.text, "the id")
        terminal.press("q", "q")
        assert terminal.wait() == 0


@pytest.mark.skipif(TMUX is None, reason="tmux is not installed")
def test_what_is_copied_leaves_tmux(account: Account, gateway: IndependentGateway) -> None:
    """The outer terminal's clipboard gets the URL, though tmux has all its settings as they are."""
    gateway.script(TASK, I2V_DONE)
    call = (str(TMUX), "-S", str(account.home / "tmux"), "-f", "/dev/null")
    environment = {**account.environment, "TERM": "xterm-256color"}
    inner = (*call, "new-session", shlex.join(PROGRAM))
    with Terminal(inner, environment, account.home) as terminal:
        try:
            terminal.until_shows("✓ done", "● running")
            terminal.press("G", "y")
            terminal.until(lambda: copied(URL) in terminal.text, "the URL")
            terminal.until_shows("Sent to the terminal's clipboard")
            terminal.press("\x1b")
            terminal.until_hides("Sent to the terminal's clipboard")
            terminal.press("q")
            assert terminal.wait() == 0
        finally:
            # It has ended by itself where all went well.
            subprocess.run((*call, "kill-server"), check=False, capture_output=True)  # noqa: S603
