"""``watch``: one line per change, as text, JSON or on a terminal."""

import json

import pytest

from tests.support.commands import I2V_URL, NUMBER, O1_URL
from tests.support.documented_gateway import (
    I2V_DONE,
    I2V_FAILED,
    I2V_RUNNING,
    O1_DONE,
    O1_QUEUED,
    DocumentedGateway,
    json_reply,
)
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account
from tests.support.waiting import TIMEOUT


def statuses(lines: str) -> list[str]:
    """Return the statuses in lines of JSON."""
    return [json.loads(line)["status"] for line in lines.splitlines()]


def test_json_prints_the_whole_job_at_each_change(
    account: Account, gateway: DocumentedGateway
) -> None:
    """A poll without a change prints nothing."""
    gateway.script(TASK, *[I2V_RUNNING] * 3, I2V_DONE)
    account.track(TASK)
    result = account.run("watch", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    assert statuses(result.stdout) == ["running", "succeeded"]
    assert json.loads(result.stdout.splitlines()[-1]) == account.tracked()[TASK]


def test_text_has_time_status_id_kind_and_result(
    account: Account, gateway: DocumentedGateway
) -> None:
    """Lines in a pipe have no colours."""
    gateway.script(TASK, I2V_RUNNING, I2V_DONE)
    account.track(TASK)
    first, last = account.run("watch").stdout.splitlines()
    assert first.split()[1:5] == ["●", "running", TASK, "i2v"]
    assert last.split()[1:] == ["✓", "done", TASK, "i2v", I2V_URL]


def test_failed_poll_is_a_change_that_keeps_the_status(
    account: Account, gateway: DocumentedGateway
) -> None:
    """The problem appears and disappears; the status stays."""
    gateway.script(TASK, I2V_RUNNING, json_reply({"error": "sighs"}, 503), I2V_RUNNING, I2V_FAILED)
    account.track(TASK)
    result = account.run("watch", "--json")
    printed = [
        (job["status"], bool(job["problem"])) for job in map(json.loads, result.stdout.splitlines())
    ]
    assert result.returncode == 1
    assert printed == [
        ("running", False),
        ("running", True),
        ("running", False),
        ("failed", False),
    ]


def test_without_ids_watches_jobs_added_later(account: Account, gateway: DocumentedGateway) -> None:
    """A job that another process adds is watched."""
    gateway.script(TASK, I2V_RUNNING)
    gateway.script(NUMBER, I2V_RUNNING, I2V_DONE)
    account.track(TASK)
    with account.start("watch", "--json") as process:
        assert process.stdout
        assert statuses(process.stdout.readline()) == ["running"]
        account.run("add", NUMBER)
        assert statuses(process.stdout.readline()) == ["running"]
        gateway.script(TASK, I2V_DONE)
        rest, errors = process.communicate(timeout=TIMEOUT)
        assert (process.returncode, errors) == (0, "")
        assert statuses(rest) == ["succeeded"] * 2


@pytest.mark.pty
def test_terminal_shows_live_lines_below_ended_jobs(
    account: Account, gateway: DocumentedGateway
) -> None:
    """Live lines are redrawn; lines of ended jobs stay."""
    gateway.script(TASK, I2V_RUNNING)
    gateway.script(REQUEST, O1_QUEUED)
    account.track(TASK, REQUEST)
    with account.open("watch", size=(140, 12)) as terminal:
        terminal.until_shows("● running", "○ queued", "2nd in queue")
        gateway.script(REQUEST, O1_DONE)
        terminal.until_shows("✓ done", O1_URL)
        gateway.script(TASK, I2V_FAILED)
        assert terminal.wait() == 1
        terminal.until_shows("✗ failed", "risk control")
        terminal.until_hides("● running")
        assert {31, 32} <= terminal.sgr_codes


@pytest.mark.pty
def test_no_color_and_a_small_terminal(account: Account, gateway: DocumentedGateway) -> None:
    """$NO_COLOR removes colours; no more lines are drawn than fit."""
    ids = [f"8422509036290867{number:02}" for number in range(12)]
    for job_id in ids:
        gateway.script(job_id, I2V_RUNNING)
    account.track(*ids)
    with account.open("watch", size=(60, 8), NO_COLOR="1") as terminal:
        terminal.until_shows("… and 6 more")
        terminal.until(lambda: sum("running" in line for line in terminal.lines) == 6)
        terminal.press("\x03")
        assert terminal.wait() == 130
        assert not terminal.sgr_codes
