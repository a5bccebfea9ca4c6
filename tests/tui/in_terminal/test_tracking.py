"""Jobs are added and removed, and the job file changes, while the app is open."""

import time

import pytest

from tests.support.documented_gateway import I2V_RUNNING, DocumentedGateway
from tests.support.terminal import Account, Terminal
from tests.support.terminal_app import (
    I2V_ID,
    I2V_ID_2,
    I2V_NUMERIC_ID,
    O1_ID,
    app_watching,
    quit_app,
    wait_for_polls,
    wait_until_saved_as_running,
)

pytestmark = [pytest.mark.pty, pytest.mark.slow]


def test_jobs_added_or_removed_by_other_processes_are_followed(
    account: Account, gateway: DocumentedGateway
) -> None:
    """An added job is polled within two seconds; a removed one is not polled any more."""
    gateway.script(I2V_NUMERIC_ID, I2V_RUNNING)
    with app_watching(account, I2V_ID) as terminal:
        terminal.until_shows("● running")
        assert account.run("add", I2V_NUMERIC_ID, "--label", "late").returncode == 0
        added_at = time.monotonic()
        terminal.until_shows("2 jobs", "late")
        terminal.until(lambda: gateway.requests_for(I2V_NUMERIC_ID), "a poll of the added job")
        assert gateway.requests_for(I2V_NUMERIC_ID)[0].received_at - added_at < 2
        assert account.run("remove", I2V_ID).returncode == 0
        terminal.until_shows("1 job,")
        polls = len(gateway.requests_for(I2V_ID))
        wait_for_polls(terminal, gateway, I2V_NUMERIC_ID)
        assert len(gateway.requests_for(I2V_ID)) <= polls + 1
        quit_app(terminal)
    assert set(account.tracked()) == {I2V_NUMERIC_ID}


def test_pasted_ids_and_json_are_tracked(account: Account, gateway: DocumentedGateway) -> None:
    """On Enter they are polled and saved."""
    gateway.script(I2V_NUMERIC_ID, I2V_RUNNING)
    gateway.script(I2V_ID_2, I2V_RUNNING)
    with account.open() as terminal:
        terminal.until_shows("No jobs are tracked yet")
        add_by_paste(terminal, f"{I2V_NUMERIC_ID}\r{O1_ID}\r", "2 jobs to track")
        terminal.until_shows("○ queued", "● running")
        add_by_paste(terminal, f'{{\r "data": {{"task_id": "{I2V_ID_2}"}}\r}} ', "1 job to track")
        for job_id in (I2V_NUMERIC_ID, O1_ID, I2V_ID_2):
            wait_for_polls(terminal, gateway, job_id, 2)
        quit_app(terminal)
    assert list(account.tracked()) == [I2V_NUMERIC_ID, O1_ID, I2V_ID_2]


def add_by_paste(terminal: Terminal, text: str, result: str) -> None:
    """Open the add dialog, paste a text, and confirm once the dialog shows `result`."""
    terminal.press("a")
    terminal.until_shows("Add jobs", "Nothing found yet")
    terminal.paste(text)
    terminal.until_shows(result)
    terminal.press("\r")
    terminal.until_hides("Add jobs")


def test_a_removed_job_leaves_the_file_at_once_and_undo_restores_it(
    account: Account, gateway: DocumentedGateway
) -> None:
    """With all that was known of it."""
    with app_watching(account) as terminal:
        terminal.until_shows("▌○ queued", "● running")
        wait_until_saved_as_running(terminal, account)
        before = account.tracked()[O1_ID]
        terminal.press("x")
        terminal.until_shows("1 job,", "Press u to undo")
        terminal.until(lambda: [job["id"] for job in account.jobs_in_file()] == [I2V_ID])
        polls = len(gateway.requests_for(O1_ID))
        wait_for_polls(terminal, gateway, I2V_ID)
        assert len(gateway.requests_for(O1_ID)) <= polls + 1
        terminal.press("u")
        terminal.until_shows("2 jobs,")
        wait_for_polls(terminal, gateway, O1_ID)
        quit_app(terminal)
    assert account.tracked()[O1_ID] | {"checked_at": before["checked_at"]} == before


def test_a_job_file_that_becomes_corrupt_is_reported_and_not_overwritten(
    account: Account,
) -> None:
    """Until the file is valid again."""
    with app_watching(account) as terminal:
        wait_until_saved_as_running(terminal, account)
        valid = account.jobs.read_bytes()
        account.jobs.write_bytes(valid + b"[[jobs]\n")
        terminal.until_shows("ot saved", "restore")
        terminal.press("q")
        terminal.until_shows("Press q again")
        assert account.jobs.read_bytes() == valid + b"[[jobs]\n"
        account.jobs.write_bytes(valid)
        quit_app(terminal)
    assert set(account.tracked()) == {I2V_ID, O1_ID}


def test_a_restored_job_file_is_merged_with_later_changes(account: Account) -> None:
    """After `kling-tui restore` in another process."""
    with app_watching(account) as terminal:
        wait_until_saved_as_running(terminal, account)
        account.jobs.write_bytes(b"[[jobs]\n")
        terminal.until_shows("ot saved", "restore")
        terminal.press("x")
        assert account.run("restore").returncode == 0
        terminal.until_hides("ot saved")
        quit_app(terminal)
    assert set(account.tracked()) == {I2V_ID}


def test_a_large_job_file_is_read_after_the_first_paint(
    account: Account, gateway: DocumentedGateway
) -> None:
    """Nothing of it is lost."""
    account.track(I2V_ID, *(f"C{number:021}" for number in range(3000)))
    with account.open() as terminal:
        terminal.until_shows("3,001 jobs")
        wait_for_polls(terminal, gateway, I2V_ID, 1)
        quit_app(terminal)
    assert len(account.tracked()) == 3001
