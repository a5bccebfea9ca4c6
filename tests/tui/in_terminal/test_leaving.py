"""Every way to leave restores the terminal and saves the jobs."""

import signal
import sys
import time
from collections.abc import Callable

import pytest
from filelock import FileLock

from tests.support.documented_gateway import I2V_DONE, DocumentedGateway, o1_reply
from tests.support.terminal import Account, Terminal
from tests.support.terminal_app import (
    API_KEY,
    I2V_ID,
    O1_ID,
    TEXT_AFTER_KEY,
    app_watching,
    quit_app,
    wait_for_polls,
)
from tests.support.waiting import TIMEOUT

pytestmark = [pytest.mark.pty, pytest.mark.slow]

SUMMARY = "2 jobs: 2 running; $0.00 spent, $1.25 in flight\n"
MAX_EXIT_SECONDS = 3


def wait_for_unsaved_change(terminal: Terminal, gateway: DocumentedGateway) -> None:
    """Wait for a reply without a change of status, which is not saved at once."""
    terminal.until_shows("● running", "○ queued")
    gateway.script(O1_ID, o1_reply("IN_PROGRESS", queue_position=3, estimated_wait_seconds=7))
    terminal.until_shows("3rd in queue")


@pytest.mark.parametrize("keys", ["q", "\x03", "a\x03", "/\x03"])
def test_q_and_ctrl_c_leave_with_status_0_and_a_summary(account: Account, keys: str) -> None:
    """ctrl+c in dialogs and fields too."""
    with app_watching(account) as terminal:
        terminal.until_shows("● running", "○ queued")
        for key in keys:
            terminal.press(key)
            terminal.until_shows(TEXT_AFTER_KEY.get(key, ""))
        assert terminal.wait() == 0
        assert terminal.output_after_exit == SUMMARY
        assert terminal.restored


@pytest.mark.parametrize(
    ("number", "status", "key"),
    [
        (signal.SIGTERM, 143, "a"),
        (signal.SIGHUP, 129, ""),
        (signal.SIGINT, 130, ""),
    ],
)
def test_a_signal_saves_all_changes_and_restores_the_terminal(
    account: Account,
    gateway: DocumentedGateway,
    number: signal.Signals,
    status: int,
    key: str,
) -> None:
    """Within three seconds."""
    with app_watching(account) as terminal:
        wait_for_unsaved_change(terminal, gateway)
        terminal.press(key)
        terminal.until_shows(TEXT_AFTER_KEY.get(key, ""))
        terminal.send(number)
        sent_at = time.monotonic()
        assert terminal.wait() == status
        assert time.monotonic() - sent_at < MAX_EXIT_SECONDS
        assert terminal.restored
        assert terminal.output_after_exit == ""
    assert account.tracked()[O1_ID]["eta_seconds"] == 7


def test_a_signal_before_the_first_paint_restores_the_terminal(account: Account) -> None:
    """As soon as the alternate screen is switched on."""
    with app_watching(account) as terminal:
        terminal.until(lambda: "\x1b[?1049h" in terminal.text, "the alternate screen")
        terminal.send(signal.SIGTERM)
        assert terminal.wait() == 143
        assert terminal.restored


def test_a_locked_job_file_does_not_delay_leaving(account: Account) -> None:
    """Although another process holds the lock for long."""
    with app_watching(account) as terminal:
        terminal.until_shows("● running", "○ queued")
        with FileLock(f"{account.jobs}.lock"):
            terminal.press("x")
            terminal.until_shows("Press u to undo")
            terminal.send(signal.SIGTERM)
            sent_at = time.monotonic()
            assert terminal.wait() == 143
            assert time.monotonic() - sent_at < MAX_EXIT_SECONDS
        assert terminal.restored


@pytest.mark.parametrize("controlling", [True, False], ids=["with SIGHUP", "without SIGHUP"])
def test_a_closed_window_ends_the_app(
    account: Account, gateway: DocumentedGateway, *, controlling: bool
) -> None:
    """With or without SIGHUP, all changes are saved."""
    with app_watching(account, controlling=controlling) as terminal:
        wait_for_unsaved_change(terminal, gateway)
        terminal.hang_up()
        closed_at = time.monotonic()
        assert terminal.wait() == 129
        assert time.monotonic() - closed_at < MAX_EXIT_SECONDS
    assert account.tracked()[O1_ID]["eta_seconds"] == 7


def test_a_terminal_that_does_not_read_blocks_neither_polling_nor_leaving(
    account: Account, gateway: DocumentedGateway
) -> None:
    """Changes are saved, and SIGTERM ends the app."""
    with app_watching(account) as terminal:
        end_a_job_while_unread(terminal, account, gateway)
        terminal.send(signal.SIGTERM)
        assert terminal.process.wait(MAX_EXIT_SECONDS) == 143
    assert set(account.tracked()) == {I2V_ID, O1_ID}


def test_a_terminal_that_reads_again_shows_the_current_state(
    account: Account, gateway: DocumentedGateway
) -> None:
    """Although frames were dropped."""
    with app_watching(account) as terminal:
        end_a_job_while_unread(terminal, account, gateway)
        terminal.until_shows("✓ done", "5.1 s video", "○ queued")
        quit_app(terminal)


def end_a_job_while_unread(
    terminal: Terminal, account: Account, gateway: DocumentedGateway
) -> None:
    """Do not read for more frames than can be queued; then a job ends and is saved."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + TIMEOUT
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    terminal.until_shows("● running", "○ queued")
    terminal.fill_output_buffer()
    for polls in range(len(gateway.requests), len(gateway.requests) + 60):
        terminal.press("S")
        wait(lambda: len(gateway.requests) > polls)  # noqa: B023 - used at once
    gateway.script(I2V_ID, I2V_DONE)
    wait(lambda: "succeeded" in (job.get("status") for job in account.jobs_in_file()))


def test_ctrl_z_restores_the_terminal_until_the_app_is_continued(
    account: Account, gateway: DocumentedGateway
) -> None:
    """Then it polls and draws again."""
    with app_watching(account) as terminal:
        terminal.until_shows("● running", "○ queued")
        terminal.press("\x1a")
        terminal.until(terminal.stopped, "the stop")
        terminal.until(lambda: terminal.restored, "the restored terminal")
        terminal.send(signal.SIGCONT)
        wait_for_polls(terminal, gateway, I2V_ID)
        terminal.until_shows("● running", "○ queued")
        quit_app(terminal)


def test_a_crash_prints_a_traceback_without_values(account: Account) -> None:
    """One of the variables is the API key."""
    program = account.home / "crashing.py"
    program.write_text(_CRASHING_PROGRAM, "utf-8")
    arguments = (sys.executable, str(program))
    with Terminal(arguments, account.environment, account.home) as terminal:
        assert terminal.wait() == 1
        assert terminal.shows("RuntimeError: a bug")
        assert API_KEY not in terminal.text


_CRASHING_PROGRAM = '''\
"""The app with a bug in its connection."""

import os
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from kling_tui.downloads.queue import DownloadOptions
from kling_tui.storage.store import Store
from kling_tui.tui.app import KlingApp
from kling_tui.tui.dependencies import AppDependencies


@asynccontextmanager
async def connect():
    key = os.environ["PIXAZO_API_KEY"]
    raise RuntimeError(f"a bug{key[:0]}")
    yield {}


store = Store(Path("jobs.toml"))
options = DownloadOptions(folder=Path("videos"), connect=connect, clock=time.monotonic)
dependencies = AppDependencies(
    store=store,
    connect=connect,
    download_options=options,
    endpoints={},
    now=lambda: datetime.now(UTC),
)
app = KlingApp(dependencies)
app.run()
raise SystemExit(app.return_code)
'''
