"""How ``wait`` and ``watch`` end: exit statuses, messages, and what is saved."""

import os
import signal

import pytest

from tests.support.commands import I2V_URL
from tests.support.documented_gateway import (
    I2V_DONE,
    I2V_RUNNING,
    DocumentedGateway,
    json_reply,
)
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account
from tests.support.waiting import TIMEOUT

pytestmark = pytest.mark.parametrize("command", ["wait", "watch"])


def saved_statuses(account: Account) -> dict[str, str]:
    """Return the statuses in the job file by id."""
    return {job_id: job["status"] for job_id, job in account.tracked().items()}


@pytest.mark.slow
def test_timeout_gives_status_3(account: Account, gateway: DocumentedGateway, command: str) -> None:
    """The message says that the jobs keep running."""
    gateway.script(TASK, I2V_RUNNING)
    account.track(TASK)
    result = account.run(command, "--timeout", "1", TASK)
    assert result.returncode == 3
    assert result.stderr == "kling-tui: time ran out; 1 job still running (still tracked)\n"
    assert saved_statuses(account) == {TASK: "running"}


@pytest.mark.parametrize("status", [401, 402, 403])
def test_rejected_key_gives_status_4(
    account: Account, gateway: DocumentedGateway, command: str, status: int
) -> None:
    """The gateway's message is printed, without the key."""
    key = account.environment["PIXAZO_API_KEY"]
    gateway.script(TASK, json_reply({"error": f"not you, {key}"}, status))
    account.track(TASK)
    result = account.run(command, TASK)
    assert result.returncode == 4
    assert "not you" in result.stdout + result.stderr
    assert key not in result.stdout + result.stderr
    assert saved_statuses(account) == {TASK: "unknown"}


def test_other_jobs_are_awaited_before_status_4(
    account: Account, gateway: DocumentedGateway, command: str
) -> None:
    """A rejected job does not end the wait for the others."""
    gateway.script(REQUEST, json_reply({"error": "no credit"}, 402))
    gateway.script(TASK, *[I2V_RUNNING] * 5, I2V_DONE)
    account.track(TASK, REQUEST)
    result = account.run(command)
    assert (result.returncode, I2V_URL in result.stdout) == (4, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "not tracked: 'nope'. Add it first: kling-tui add ID"),
        (["--timeout", "soon"], "expected seconds from 0 to"),
        (["--timeout", "nan"], "expected seconds from 0 to"),
    ],
)
def test_bad_usage(account: Account, command: str, arguments: list[str], message: str) -> None:
    """An id that is not tracked and an invalid timeout give status 2."""
    account.track(TASK)
    result = account.run(command, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr


def test_job_without_an_endpoint_is_never_awaited(account: Account, command: str) -> None:
    """A named one is an error; without ids it is left out."""
    account.track(TASK)
    text = account.jobs.read_text("utf-8").replace('"i2v"', '"v9"')
    account.jobs.write_text(text, "utf-8")
    result = account.run(command, TASK)
    assert (result.returncode, "'v9'" in result.stderr) == (2, True)
    assert account.run(command).returncode == 0


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signal_ends_it_after_saving(
    account: Account,
    gateway: DocumentedGateway,
    command: str,
    number: signal.Signals,
    status: int,
) -> None:
    """The exit status is 128 plus the number of the signal."""
    gateway.script(TASK, I2V_RUNNING)
    account.track(TASK)
    with account.start(command, "--timeout", "60") as process:
        account.until(lambda: len(gateway.requests_for(TASK)) >= 2)
        process.send_signal(number)
        _, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == status
    assert errors == "kling-tui: 1 job still running (still tracked)\n"
    assert saved_statuses(account) == {TASK: "running"}
    assert account.jobs_in_file()[0]["checked_at"]


@pytest.mark.slow
def test_closed_pipe_ends_it(account: Account, gateway: DocumentedGateway, command: str) -> None:
    """It exits soon after its reader, even if nothing is to be printed."""
    gateway.script(TASK, I2V_RUNNING)
    account.track(TASK)
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as pipe:
        process = account.start(command, stdout=pipe)
    with process:
        account.until(lambda: len(gateway.requests_for(TASK)) >= 2)
        os.close(reader)
        _, errors = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, errors) == (0, "")
    assert saved_statuses(account) == {TASK: "running"}


def test_without_locks_it_polls_and_reports_what_is_not_saved(
    account: Account, gateway: DocumentedGateway, command: str
) -> None:
    """Lock files that cannot be created do not stop it."""
    gateway.script(TASK, I2V_DONE)
    account.track(TASK)
    for lock in ("jobs.toml.lock", "jobs.toml.asking"):
        (account.jobs.parent / lock).mkdir()
    result = account.run(command)
    assert (result.returncode, I2V_URL in result.stdout) == (0, True)
    assert "kling-tui: not saved" in result.stderr
