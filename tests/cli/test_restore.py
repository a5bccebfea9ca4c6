"""``restore``: puts the backup in the place of a corrupt job file."""

import shlex

from tests.support.commands import assert_usage_error, listed_ids, saved_ids
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account


def test_the_suggested_command_restores_the_jobs(account: Account) -> None:
    """The command in the error message works, and the corrupt file is kept."""
    file = account.home / "it's mine.toml"
    account.run("--jobs", str(file), "add", TASK, REQUEST)
    file.write_bytes(b"damage")
    result = account.run("--jobs", str(file), "list")
    assert_usage_error(result, "not TOML", "nothing was changed")
    _, _, command = result.stderr.partition("in its place:  kling-tui ")
    result = account.run(*shlex.split(command))
    corrupt = file.with_name(f"{file.name}.damaged")
    assert (result.returncode, result.stdout) == (0, f"{file}\n")
    assert str(corrupt) in result.stderr
    assert corrupt.read_bytes() == b"damage"
    assert listed_ids(account, "--jobs", str(file)) == [TASK, REQUEST]


def test_readable_files_need_no_restore(account: Account) -> None:
    """It says so, and changes nothing."""
    account.run("add", TASK)
    result = account.run("restore")
    assert (result.returncode, result.stdout) == (0, "")
    assert "nothing to restore" in result.stderr
    assert saved_ids(account) == [TASK]


def test_without_a_backup_is_an_error(account: Account) -> None:
    """The corrupt file stays unchanged."""
    account.jobs.parent.mkdir(parents=True)
    account.jobs.write_bytes(b"damage")
    assert_usage_error(account.run("restore"), "jobs.toml.bak: no good copy")
    assert account.jobs.read_bytes() == b"damage"
