"""Input that a terminal, a slow line or a mouse may send, with both kinds of output."""

import re
import sys

import pytest

from tests.support.terminal import Account, Terminal
from tests.support.terminal_app import API_KEY, I2V_ID, I2V_ID_2, O1_ID, app_watching, quit_app

pytestmark = [pytest.mark.pty, pytest.mark.slow]


@pytest.fixture(params=["lean", "stock"])
def output(request: pytest.FixtureRequest, account: Account) -> None:
    """Configure the app's output."""
    config = account.config.read_text("utf-8")
    account.configure(f'{config}[ui]\noutput = "{request.param}"\n')


INPUTS = [
    b"\xe9j", b"\xff\xfe\x00", b"\x1b[M \xe9\xe9", b"\x1b[1:2u", b"\x1b[99999999999u",
    b"\x1b[55296u", b"\x1b[48;1;99999;0;0t\x1b[<0;5;5M", b"\x1b[200~cut", b"\x1b", b"\x1b]0;",
    b"\x1bP", b"\x9b", b"\x1b[<0;99999;99999M", b"\x1b[<0;0;0M", b"\x1b[999;999R",
]  # fmt: skip


@pytest.mark.usefixtures("output")
def test_no_input_ends_the_app(account: Account) -> None:
    """It shows what it showed before, and its keys work."""
    with app_watching(account) as terminal:
        terminal.until_shows("● running", "○ queued")
        for data in INPUTS:
            try:
                _send_and_use_keys(terminal, data)
            except AssertionError as error:
                error.add_note(f"after {data!r}")
                raise
        quit_app(terminal)


def _send_and_use_keys(terminal: Terminal, data: bytes) -> None:
    terminal.send_bytes(data)
    dialog = " Keys ─" if data != b"\x1b[200~cut" else "Add jobs"
    for shown in (dialog, " Keys ─"):
        terminal.press("?")
        terminal.until_shows(shown)
        terminal.press("\x1b")
        terminal.until_hides(" Keys ─", "Add jobs")
    terminal.until_shows("● running", "○ queued")


@pytest.mark.usefixtures("output")
def test_a_large_burst_of_any_bytes_ends_nothing(account: Account) -> None:
    """A hundred thousand bytes, as when a file is sent to the terminal."""
    burst = bytes(range(128, 256)) * 800
    with app_watching(account) as terminal:
        terminal.until_shows("● running", "○ queued")
        terminal.send_bytes(burst)
        terminal.press("?")
        terminal.until_shows(" Keys ─")
        terminal.press("q")
        terminal.until_hides(" Keys ─")
        quit_app(terminal)


def test_ids_pasted_without_bracketed_paste_open_the_add_dialog(account: Account) -> None:
    """No letter of them acts as a key, neither now nor when the dialog opens."""
    with app_watching(account) as terminal:
        terminal.until_shows("● running", "○ queued")
        terminal.press(f"{I2V_ID_2}\r")
        terminal.until_shows("Add jobs", "✓ " + I2V_ID_2)
        terminal.press("\x1b")
        terminal.until_hides("Add jobs")
        quit_app(terminal)
    assert set(account.tracked()) == {I2V_ID, O1_ID}


@pytest.mark.parametrize("keys", ["\x10\x1b[6~", "\x10\x1b[6~\x1b[5~x", "\x10zzzz\x1b[6~"])
def test_keys_in_one_read_with_the_one_that_opens_the_palette_wait_for_it(
    account: Account, keys: str
) -> None:
    """A page key needs the list, and text the input field; neither acts on the table."""
    with app_watching(account) as terminal:
        terminal.until_shows("● running", "○ queued")
        terminal.press(keys)
        typed = re.sub(r"\x1b\[.~|\x10", "", keys)
        terminal.until_shows(typed or "Search for commands", "🔎")
        terminal.press("\x1b")
        terminal.until_hides("🔎")
        quit_app(terminal)
    assert set(account.tracked()) == {I2V_ID, O1_ID}


@pytest.mark.usefixtures("output")
def test_keys_in_one_read_reach_the_widget_that_the_keys_before_them_open(
    account: Account,
) -> None:
    """A letter after / is text and not a key of the table, which would remove a job."""
    escape = "\x1b[27u"
    with app_watching(account) as terminal:
        terminal.until_shows("● running", "○ queued")
        terminal.press("/x")
        terminal.until_shows(" /x ")
        terminal.press(f"{escape * 2}/eel")
        terminal.until_shows(" /eel ")
        terminal.press(f"{escape * 2}a{I2V_ID_2}\re typed ahead\r/typed\r?")
        terminal.until_shows(" Keys ─")
        terminal.press(f"{escape * 2}1C{escape}T{escape}W{escape}\x10sort by cost\r/x")
        terminal.until_shows(" /x ", "Cost")
        terminal.press(f"{escape * 2}q")
        assert terminal.wait() == 0
    assert set(account.tracked()) == {I2V_ID, I2V_ID_2, O1_ID}
    assert account.tracked()[I2V_ID_2]["label"] == "typed ahead"


def test_keys_before_the_first_frame_reach_the_widget_that_they_are_for(account: Account) -> None:
    """As in a shell: what is typed while the app starts is not lost, and removes no job."""
    with app_watching(account) as terminal:
        terminal.press("/xe")
        terminal.until_shows(" /xe ")
        terminal.press("\x1b[27u\x1b[27uq")
        assert terminal.wait() == 0
    assert set(account.tracked()) == {I2V_ID, O1_ID}


CRASHING_PROGRAM = '''\
"""The app with a bug in a thread, and an unsaved job."""

import os
import sys
import threading
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from textual.drivers._writer_thread import WriterThread

from kling_tui.cli.commands.app import run_app
from kling_tui.downloads.queue import DownloadOptions
from kling_tui.jobs import Job
from kling_tui.storage.store import Store
from kling_tui.tui.app import KlingApp
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.diff_output import driver
from kling_tui.tui.terminal_input import TerminalInput
from kling_tui.tui.screens.main import MainScreen


def crash(*_):
    key = os.environ["PIXAZO_API_KEY"]
    raise RuntimeError(f"a bug{key[:0]}")


def crash_soon():
    time.sleep(0.3)
    crash()


@asynccontextmanager
async def connect():
    store.put(Job(id="unsaved", kind="i2v", added_at=datetime.now(UTC)))
    threads = {"input": TerminalInput, "lean output": driver.OutputThread, "stock": WriterThread}
    if where == "loop":
        crash()
    elif where == "input":
        TerminalInput.feed = crash
        Path("waits for a key").touch()
    elif where == "lean output":
        driver.OutputThread._write_all = crash
        driver.CountingDriver.current.write("\\x07")
    elif where == "stock output":
        app_driver = driver.CountingDriver.current
        app_driver._writer_thread._file = None
        app_driver._writer_thread._queue.put(3)
    else:
        threading.Thread(target=crash_soon).start()
    yield {}


where = sys.argv[1]
start = driver.CountingDriver.start_application_mode


def start_application_mode(self):
    driver.CountingDriver.current = self
    start(self)


driver.CountingDriver.start_application_mode = start_application_mode
store = Store(Path("jobs.toml"))
store.load()
options = DownloadOptions(folder=Path("videos"), connect=connect, clock=time.monotonic)
dependencies = AppDependencies(
    store=store,
    connect=connect,
    download_options=options,
    endpoints={},
    now=lambda: datetime.now(UTC),
    output="stock" if where == "stock output" else "lean",
)
raise SystemExit(run_app(dependencies, mouse=True))
'''


@pytest.mark.parametrize("where", ["loop", "thread", "input", "lean output", "stock output"])
def test_a_crash_in_any_thread_saves_and_is_reported(account: Account, where: str) -> None:
    """Status 1 and a traceback without values, on a terminal that is restored."""
    program = account.home / "crashing.py"
    program.write_text(CRASHING_PROGRAM, "utf-8")
    arguments = (sys.executable, str(program), where)
    with Terminal(arguments, account.environment, account.home) as terminal:
        if where == "input":
            terminal.until((account.home / "waits for a key").exists)
            terminal.press("j")
        assert terminal.wait() == 1
        assert terminal.restored
        assert "Traceback" in terminal.output_after_exit
        assert API_KEY not in terminal.text
    assert "unsaved" in (account.home / "jobs.toml").read_text("utf-8")
