"""Commands as processes: exit statuses, pipes, closed streams, encodings and imported modules.

Most tests of commands call `main` in the test process; these need a process.
"""

import os
import subprocess
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

pytestmark = pytest.mark.slow

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


def in_shell(script: str) -> tuple[str, ...]:
    """Return a program that runs a shell script in which ``"$@"`` is the command line."""
    return ("/bin/sh", "-c", script, "sh", *PROGRAM)


PRINTING_COMMANDS = ["list", "list --json", "cost", "cost --csv", "doctor", f"add {TASK}", "--help"]


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full", ">&- <&-"])
@pytest.mark.parametrize("command", PRINTING_COMMANDS)
def test_results_that_cannot_be_written_are_an_error(
    account: Account, command: str, redirection: str
) -> None:
    """A closed output or a full disk gives one line on standard error and status 2."""
    if "full" in redirection and not Path("/dev/full").exists():
        pytest.skip("needs a device that is full")
    write_jobs(account, *map(str, range(300)))
    result = account.run_process(*command.split(), program=in_shell(f'exec "$@" {redirection}'))
    assert result.returncode == 2
    assert result.stderr.startswith("kling-tui: cannot write: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_messages_that_cannot_be_written_do_not_mix_with_results(
    account: Account, redirection: str
) -> None:
    """They are dropped; results and exit status are as always."""
    write_jobs(account, TASK)
    account.configure("[price]\no1 = { usd = 1 }\n")
    program = in_shell(f'exec "$@" {redirection}')
    listed = account.run_process("list", program=program)
    assert (listed.returncode, TASK in listed.stdout) == (0, True)
    removed = account.run_process("remove", "unknown", program=program)
    assert (removed.returncode, removed.stdout) == (2, "")


@pytest.mark.parametrize("command", ["watch", "wait", "download --dir x", "doctor"])
def test_too_few_descriptors_are_an_error(account: Account, command: str) -> None:
    """One line and status 2, from whichever part runs out of them."""
    write_jobs(account, TASK)
    result = account.run_process(*command.split(), program=in_shell('ulimit -n 6; exec "$@"'))
    assert result.returncode == 2
    assert "Too many open files" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("options", ["--jobs jobs.toml list", "download --dir videos"])
def test_a_deleted_working_folder_is_an_error(account: Account, options: str) -> None:
    """If a path is relative to it; else it does not matter."""
    write_jobs(account, TASK)
    program = in_shell('mkdir gone; cd gone; rmdir ../gone; exec "$@"')
    assert_usage_error(
        account.run_process(*options.split(), program=program), "the working folder no longer"
    )
    assert account.run_process("list", program=program).returncode == 0


NO_HOME = """
import os, pwd, sys

def getpwuid(uid):
    raise KeyError(uid)

os.environ.pop("HOME")
pwd.getpwuid = getpwuid

from kling_tui.cli.main import main

sys.exit(main())
"""
"""Runs the program as a user whom the system does not know, as in many containers."""


@pytest.mark.parametrize("command", ["list", "cost", "doctor", f"add {TASK}", "download --dir ."])
def test_the_home_folder_is_not_needed_if_all_paths_are_given(
    account: Account, command: str
) -> None:
    """With --config and --jobs."""
    account.configure("")
    write_jobs(account, TASK)
    program = (sys.executable, "-c", NO_HOME)
    paths = ("--config", str(account.config), "--jobs", str(account.jobs))
    result = account.run_process(*paths, *command.split(), program=program)
    assert "Traceback" not in result.stderr
    assert "home folder" not in result.stderr
    assert result.returncode == 0 or command == "doctor"


@pytest.mark.parametrize(
    ("options", "needed"),
    [
        ("list", "--config"),
        ("--config c.toml list", "--jobs"),
        ("--config c.toml --jobs j.toml download", "--dir"),
    ],
)
def test_a_home_folder_that_is_needed_and_unknown_is_a_usage_error(
    account: Account, options: str, needed: str
) -> None:
    """The message names the option to give instead."""
    (account.home / "c.toml").touch()
    program = (sys.executable, "-c", NO_HOME)
    result = account.run_process(*options.split(), program=program)
    assert_usage_error(result, f"the home folder is unknown; set $HOME, or give {needed}")
    assert result.stderr.count("\n") == 1


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
    """They start fast; of Rich, only the widths of characters are imported."""
    account.run("add", REQUEST)
    modules = imported_modules(account, *command.split())
    assert "kling_tui.cli.main" in modules
    assert not modules & {"textual", "rich.console", "httpx", "kling_tui.tui.app"}


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_import_only_the_command_names(account: Account, option: str) -> None:
    """They load neither settings nor jobs, and the version needs no parser."""
    modules = imported_modules(account, option)
    ours = {name for name in modules if name.startswith("kling_tui")}
    assert ("argparse" in modules) == (option == "--help")
    command_line = {
        f"kling_tui.cli.{name}" for name in ("exit_status", "gc_policy", "main", "parser")
    }
    symbols = {"kling_tui.formatting", "kling_tui.formatting.symbols"}
    assert ours <= {"kling_tui", "kling_tui.__main__", "kling_tui.cli", *command_line, *symbols}
    assert not modules & {"asyncio", "tomllib", "platformdirs", "filelock", "argcomplete"}


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        (
            "kling_tui.cli.commands.app, kling_tui.tui.app",
            {"httpx", "filelock", "humanize", "email", "kling_tui.tui.screens.palette"}
            | {"kling_tui.tui.screens.confirm", "kling_tui.tui.video.poster"},
        ),
        ("kling_tui.gateways.client", {"httpx._main", "click", "pygments"}),
    ],
)
def test_what_the_first_screen_or_a_poll_does_not_need_is_not_imported(
    program: str, absent: set[str]
) -> None:
    """The app opens faster, and needs less memory."""
    code = f"import sys, {program}; print(*(name for name, of in sys.modules.items() if of))"
    run = [sys.executable, "-c", code]
    result = subprocess.run(run, capture_output=True, text=True, check=True)  # noqa: S603 - as above
    modules = result.stdout.split()
    assert program.partition(",")[0] in modules
    assert not absent.intersection(modules)


@pytest.mark.parametrize("command", ["wait", "watch"])
def test_polling_imports_no_textual(
    account: Account, gateway: DocumentedGateway, command: str
) -> None:
    """With nothing to wait for, httpx is not imported either."""
    gateway.script(TASK, I2V_DONE)
    account.track(TASK)
    assert not imported_modules(account, command) & {"textual", "kling_tui.tui.app"}
    assert not imported_modules(account, command) & {"textual", "rich", "httpx"}
