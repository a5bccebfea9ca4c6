"""Commands as processes: exit statuses, pipes, closed streams, encodings and imported modules.

Most tests of commands call `main` in the test process; these need a process.
"""

import os
import sys
from pathlib import Path

import pytest

from tests.support.commands import I2V_URL, assert_usage_error, imported_modules
from tests.support.documented_gateway import (
    I2V_DONE,
    I2V_FAILED,
    I2V_RUNNING,
    DocumentedGateway,
    Reply,
    json_reply,
)
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import PROGRAM, Account
from tests.support.waiting import TIMEOUT

JOB = """[[jobs]]
id = "{}"
kind = "i2v"
label = "héron"
added_at = 2026-11-20T10:00:00Z
"""


def write_jobs(account: Account, *ids: str) -> None:
    """Write a job file with a label that is not ASCII."""
    account.jobs.parent.mkdir(parents=True)
    account.jobs.write_text("version = 1\n" + "".join(map(JOB.format, ids)), "utf-8")


@pytest.mark.parametrize(
    ("reply", "options", "status", "stdout", "stderr"),
    [
        (I2V_DONE, (), 0, f"{I2V_URL}\n", ""),
        (I2V_FAILED, (), 1, "", "failed: Failure to pass the risk control system"),
        (I2V_RUNNING, ("unknown-id",), 2, "", "not tracked: 'unknown-id'"),
        (I2V_RUNNING, ("--timeout", "0.2"), 3, "", "time ran out"),
        (json_reply({"error": "no credit"}, 402), (), 4, "", "no credit"),
    ],
    ids=["success", "failure", "usage error", "timeout", "rejected key"],
)
def test_exit_status_and_streams(
    account: Account,
    gateway: DocumentedGateway,
    reply: Reply,
    options: tuple[str, ...],
    status: int,
    stdout: str,
    stderr: str,
) -> None:
    """Results go to standard output, messages to standard error."""
    gateway.script(TASK, reply)
    account.track(TASK)
    result = account.run_process("wait", *options)
    assert (result.returncode, result.stdout) == (status, stdout)
    assert stderr in result.stderr
    assert bool(result.stderr) == bool(stderr)


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_unencodable_characters_become_question_marks(account: Account, encoding: str) -> None:
    """An output encoding without a character causes no traceback."""
    write_jobs(account, TASK)
    for options in ([], ["--json"]):
        result = account.run_process("list", *options, PYTHONIOENCODING=encoding, encoding=encoding)
        assert (result.returncode, result.stderr) == (0, "")
        assert TASK in result.stdout
        assert ("héron" if encoding == "latin-1" else "h?ron") in result.stdout


@pytest.mark.parametrize("jobs", [1, 3000])
def test_closed_pipe_is_no_error(account: Account, jobs: int) -> None:
    """A reader such as ``head`` may exit early."""
    write_jobs(account, *map(str, range(jobs)))
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe, account.start("list", stdout=pipe) as process:
        _, errors = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_full_disk_is_an_error(account: Account) -> None:
    """Output that cannot be written gives a message and status 2."""
    with (
        Path("/dev/full").open("wb") as full,
        account.start("list", "--json", stdout=full) as process,
    ):
        _, errors = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, errors[:24]) == (2, "kling-tui: cannot write:")


@pytest.mark.parametrize("command", ["", "demo", "add -"])
def test_closed_standard_input_is_a_usage_error(account: Account, command: str) -> None:
    """It gives a message."""
    close = "import os, sys; os.close(0); os.execv(sys.argv[1], sys.argv[1:])"
    program = (sys.executable, "-ISc", close, *PROGRAM)
    assert_usage_error(account.run_process(*command.split(), program=program))


@pytest.mark.parametrize("command", ["list", "list --json", f"add {TASK}", "cost", "--version"])
def test_commands_without_a_screen_import_neither_textual_nor_httpx(
    account: Account, command: str
) -> None:
    """They start fast."""
    account.run("add", REQUEST)
    modules = imported_modules(account, *command.split())
    assert "kling_tui.cli.main" in modules
    assert not modules & {"textual", "rich", "httpx", "kling_tui.tui.app"}


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_import_only_the_command_names(account: Account, option: str) -> None:
    """They load neither settings nor jobs."""
    modules = imported_modules(account, option)
    ours = {name for name in modules if name.startswith("kling_tui")}
    assert "argparse" in modules
    command_line = {"kling_tui.cli", "kling_tui.cli.gc_policy", "kling_tui.cli.main"}
    assert ours <= {"kling_tui", "kling_tui.__main__", *command_line}
    assert not modules & {"asyncio", "tomllib", "platformdirs", "filelock", "argcomplete"}


@pytest.mark.parametrize("command", ["wait", "watch"])
def test_polling_imports_no_textual(
    account: Account, gateway: DocumentedGateway, command: str
) -> None:
    """With nothing to wait for, httpx is not imported either."""
    gateway.script(TASK, I2V_DONE)
    account.track(TASK)
    assert not imported_modules(account, command) & {"textual", "kling_tui.tui.app"}
    assert not imported_modules(account, command) & {"textual", "rich", "httpx"}
