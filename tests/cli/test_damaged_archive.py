"""A damaged archive file: every command reports it, and does its work on all other jobs."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.jobs import Status, Video
from tests.support.documented_gateway import I2V_DONE, DocumentedGateway
from tests.support.job_files import open_store, read_jobs, save_jobs
from tests.support.jobs import NOW, REQUEST, TASK, a_job
from tests.support.terminal import Account

ENDED = [
    a_job(f"E{number}", status=Status.FAILED, ended_at=NOW.replace(month=1 + number // 250))
    for number in range(500)
]


@pytest.fixture
def archive(account: Account) -> Path:
    """Damage one of the archive files, and return its path."""
    account.jobs.parent.mkdir(parents=True)
    save_jobs(account.jobs, *ENDED)
    save_jobs(account.jobs, a_job(TASK, added_at=NOW))
    damaged = account.jobs.with_name("jobs.toml.ended") / "2026-01.toml"
    damaged.write_bytes(b"version = 1\n[[jobs]\n")
    return damaged


COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "list": (("list",), TASK),
    "add": (("add", REQUEST), REQUEST),
    "watch": (("watch", TASK), TASK),
    "wait": (("wait", TASK), "https://"),
    "cost": (("cost",), "by day"),
    "download": (("download", "E499"), ""),
    "remove": (("remove", "E499"), ""),
}
STATUSES = {"download": 1}
"""Of commands that do not end with 0: this job has no result."""


@pytest.mark.parametrize(("command", "output"), COMMANDS.values(), ids=COMMANDS)
def test_command_goes_on(
    account: Account,
    gateway: DocumentedGateway,
    archive: Path,
    command: tuple[str, ...],
    output: str,
) -> None:
    """The warning is on standard error, and the exit status is as usual."""
    gateway.script(TASK, I2V_DONE)
    ended = account.run(*command)
    assert f"kling-tui: {archive}: not TOML" in ended.stderr
    assert "restore" in ended.stderr
    assert "not saved" not in ended.stderr
    assert output in ended.stdout
    assert ended.returncode == STATUSES.get(command[0], 0)
    assert archive.read_bytes() == b"version = 1\n[[jobs]\n"


def test_json_stays_json(account: Account, archive: Path) -> None:
    """Nothing of the warning is on standard output."""
    ended = account.run("list", "--json")
    assert str(archive) in ended.stderr
    assert TASK in {job["id"] for job in json.loads(ended.stdout)}


def test_doctor_names_it_and_restore_repairs_it(account: Account, archive: Path) -> None:
    """After that, nothing is reported any more."""
    assert f"{archive}: not TOML" in account.run("doctor").stdout
    restored = account.run("restore")
    assert (restored.returncode, restored.stdout) == (0, f"{archive}\n")
    ended = account.run("list")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert {job.id for job in ENDED} <= open_store(account.jobs).jobs.keys()


def test_shell_completion_says_nothing_of_it(account: Account, archive: Path) -> None:
    """Text on standard error would appear in the command line."""
    line = "kling-tui remove "
    answer = account.home / "answer"
    result = account.run_process(
        _ARGCOMPLETE="1", _ARGCOMPLETE_STDOUT_FILENAME=str(answer),
        COMP_LINE=line, COMP_POINT=str(len(line)),
    )  # fmt: skip
    assert TASK in answer.read_text("utf-8")
    assert str(archive) not in result.stderr


def test_empty_job_file_is_no_jobs(account: Account) -> None:
    """Nothing is damaged, and the first job can be added."""
    empty = account.home / "empty.toml"
    empty.touch()
    assert "no jobs" in account.run("--jobs", str(empty), "list").stderr
    assert account.run("--jobs", str(empty), "add", TASK).returncode == 0
    assert list(read_jobs(empty)) == [TASK]


def test_vanished_job_file_is_named_with_the_way_back(account: Account) -> None:
    """A user who removes the file by mistake sees where its jobs are."""
    done = replace(a_job(TASK, status=Status.SUCCEEDED, ended_at=NOW), videos=(Video("https://x"),))
    account.jobs.parent.mkdir(parents=True)
    save_jobs(account.jobs, done)
    account.jobs.unlink()
    ended = account.run("list")
    assert ended.returncode == 0
    assert f"{account.jobs}: does not exist, but its last good copy does" in ended.stderr
    assert account.run("restore").stdout == f"{account.jobs}\n"
    assert list(account.tracked()) == [TASK]
