"""The bell, desktop notifications and the clipboard on a pseudo-terminal and through tmux."""

import re
import shlex
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from kling_tui.storage.store import Store
from tests.support.documented_gateway import I2V_DONE, I2V_FAILED, I2V_RUNNING, DocumentedGateway
from tests.support.terminal import PROGRAM, Account, Terminal
from tests.support.terminal_app import API_KEY, I2V_ID, I2V_NUMERIC_ID, account_polling

pytestmark = [pytest.mark.pty, pytest.mark.slow]

URL = "https://cdn.klingai.com/bs2/upload/text2video/raw_video_1.mp4?cacheKey=a%2Fb&x=1"
TMUX = shutil.which("tmux")
FOCUS_IN, FOCUS_OUT = "\x1b[I", "\x1b[O"
FAILED_NOTIFICATION = (
    f"\x1b]777;notify;{I2V_NUMERIC_ID};failed: Failure to pass the risk control system\a"
)


@pytest.fixture
def gateway() -> Iterator[DocumentedGateway]:
    """Start a gateway with two running jobs."""
    with DocumentedGateway() as started:
        started.script(I2V_ID, I2V_RUNNING)
        started.script(I2V_NUMERIC_ID, I2V_RUNNING)
        yield started


@pytest.fixture
def account(tmp_path: Path, gateway: DocumentedGateway) -> Account:
    """Return an account that tracks both, with desktop notifications on."""
    account = account_polling(gateway.url, tmp_path)
    config = account.config.read_text("utf-8")
    account.configure(f"{config}[notify]\ndesktop = true\n")
    account.track(I2V_ID, I2V_NUMERIC_ID)
    return account


def bells(terminal: Terminal) -> int:
    """Return how often the bell rang; a BEL that ends a sequence does not count."""
    return re.sub(r"\x1b\][^\x07\x1b]*\x07", "", terminal.text).count("\a")


def occurrences(terminal: Terminal, text: str) -> int:
    """Return how often a text is on the screen."""
    return "\n".join(terminal.lines).count(text)


def osc_52_end(text: str) -> str:
    """Return the end of the sequence that copies a text; tmux changes only its beginning."""
    return f";{b64encode(text.encode()).decode()}\a"


def test_bell_and_notification_are_sent_only_without_focus(
    account: Account, gateway: DocumentedGateway
) -> None:
    """With focus, an end is only shown in a toast."""
    with account.open(TERM_PROGRAM="WezTerm") as terminal:
        terminal.until_shows("2 running")
        terminal.press(FOCUS_IN, "?")
        terminal.until_shows(" Keys ─")
        terminal.press("\x1b")
        terminal.until_hides(" Keys ─")
        before = occurrences(terminal, I2V_ID)
        gateway.script(I2V_ID, I2V_DONE)
        terminal.until(lambda: occurrences(terminal, I2V_ID) > before, "a toast that names it")
        terminal.press(FOCUS_OUT)
        gateway.script(I2V_NUMERIC_ID, I2V_FAILED)
        terminal.until(lambda: FAILED_NOTIFICATION in terminal.text, "the notification")
        terminal.until(lambda: bells(terminal) == 1, "the bell")
        assert terminal.text.count("\x1b]777;") == 1
        terminal.press("q")
        assert terminal.wait() == 0


def test_without_focus_reports_every_end_is_notified(
    account: Account, gateway: DocumentedGateway
) -> None:
    """But no end is notified again after a restart."""
    with account.open(TERM_PROGRAM="WezTerm") as terminal:
        terminal.until_shows("2 running")
        gateway.script(I2V_NUMERIC_ID, I2V_FAILED)
        terminal.until(lambda: FAILED_NOTIFICATION in terminal.text, "the notification")
        terminal.press("q")
        assert terminal.wait() == 0
    with account.open(TERM_PROGRAM="WezTerm") as terminal:
        terminal.until_shows("✗ failed", "● running")
        terminal.press("q")
        assert terminal.wait() == 0
        assert "\x1b]777;" not in terminal.text


def test_a_copied_url_or_id_is_sent_to_the_clipboard_and_shown(
    account: Account, gateway: DocumentedGateway
) -> None:
    """In full, although it is wrapped."""
    gateway.script(I2V_ID, I2V_DONE)
    with account.open(size=(60, 20)) as terminal:
        terminal.until_shows("✓ done", "● running")
        terminal.press("G", "y")
        terminal.until_shows("Sent to the clipboard")
        terminal.until(lambda: f"\x1b]52;c{osc_52_end(URL)}" in terminal.text, "the URL")
        assert URL in re.sub(r"[\s│]", "", "".join(terminal.lines))
        terminal.press("y", "Y")
        terminal.until(lambda: f"\x1b]52;c{osc_52_end(I2V_ID)}" in terminal.text, "the id")
        terminal.press("q", "q")
        assert terminal.wait() == 0


def test_the_path_of_a_downloaded_file_is_copied_with_one_key_else_the_url(
    account: Account, gateway: DocumentedGateway
) -> None:
    """A toast says what it is; no dialog has to be closed."""
    gateway.script(I2V_ID, I2V_DONE)
    with account.open() as terminal:
        terminal.until_shows("✓ done", "● running")
        terminal.press("G", "p")
        terminal.until(lambda: f"\x1b]52;c{osc_52_end(URL)}" in terminal.text, "the URL")
        path = f"{account.home}/fox.mp4"
        Path(path).touch()
        terminal.until(
            lambda: any("videos" in job for job in account.jobs_in_file()), "the saved end"
        )
        store = Store(account.jobs)
        store.load()
        store.put(store.jobs[I2V_ID].with_file(0, path))
        store.save()
        terminal.until_shows("5.1 s video, saved")
        terminal.press("p")
        terminal.until(lambda: f"\x1b]52;c{osc_52_end(path)}" in terminal.text, "the path")
        terminal.until_shows("Sent to the clipboard:")
        terminal.press("q")
        assert terminal.wait() == 0


def test_programs_that_the_app_starts_do_not_get_the_api_key(
    account: Account, gateway: DocumentedGateway
) -> None:
    """Neither $PIXAZO_API_KEY nor a copy of it; the other variables they get."""
    for name in "notified", "browser":
        program = account.home / name
        program.write_text(
            f"#!/bin/sh\nenv > '{program}.new'\nmv '{program}.new' '{program}.env'\n"
        )
        program.chmod(0o755)
    config = account.config.read_text("utf-8")
    account.configure(f"{config}command = ['{account.home}/notified']\n")
    gateway.script(I2V_ID, I2V_DONE)
    browser = str(account.home / "browser")
    with account.open(BROWSER=browser, COPY=API_KEY, OTHER="other") as terminal:
        terminal.until_shows("✓ done", "● running")
        gateway.script(I2V_NUMERIC_ID, I2V_FAILED)
        terminal.press("G", "o")
        files = [account.home / f"{name}.env" for name in ("notified", "browser")]
        terminal.until(lambda: all(file.exists() for file in files), "both programs")
        terminal.press("q")
        assert terminal.wait() == 0
    for file in files:
        environment = file.read_text("utf-8")
        assert "OTHER=other" in environment
        assert API_KEY not in environment


@pytest.mark.skipif(TMUX is None, reason="tmux is not installed")
def test_a_copied_url_reaches_the_clipboard_through_tmux(
    account: Account, gateway: DocumentedGateway
) -> None:
    """With the default settings of tmux."""
    gateway.script(I2V_ID, I2V_DONE)
    command = (str(TMUX), "-S", str(account.home / "tmux"), "-f", "/dev/null")
    environment = {**account.environment, "TERM": "xterm-256color"}
    inner = (*command, "new-session", shlex.join(PROGRAM))
    with Terminal(inner, environment, account.home) as terminal:
        try:
            terminal.until_shows("✓ done", "● running")
            terminal.press("G", "y")
            terminal.until(lambda: osc_52_end(URL) in terminal.text, "the URL")
            terminal.until_shows("Sent to the clipboard")
            terminal.press("\x1b")
            terminal.until_hides("Sent to the clipboard")
            terminal.press("q")
            assert terminal.wait() == 0
        finally:
            # If the test succeeds, the server has already ended.
            subprocess.run((*command, "kill-server"), check=False, capture_output=True)  # noqa: S603
