"""Which job file the commands use, and what they print about a corrupt one."""

import pytest

from tests.support.commands import NUMBER, assert_usage_error, listed_ids
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account


def test_option_wins_over_config_and_default(account: Account) -> None:
    """--jobs wins over jobs.file, which may start with ~ and wins over the state folder."""
    account.run("add", NUMBER)
    account.configure('[jobs]\nfile = "~/mine/jobs.toml"\n')
    account.run("add", REQUEST)
    option = account.home / "option.toml"
    account.run("--jobs", str(option), "add", TASK)
    assert (listed_ids(account), listed_ids(account, "--jobs", str(option))) == ([REQUEST], [TASK])
    assert (account.home / "mine" / "jobs.toml").exists()
    account.configure("")
    assert listed_ids(account) == [NUMBER]


def test_is_readable_only_by_its_owner(account: Account) -> None:
    """Group and others have no permission."""
    account.run("add", TASK)
    assert account.jobs.stat().st_mode & 0o077 == 0


def test_unknown_home_folder_is_an_error(account: Account) -> None:
    """~name must be the home folder of a user."""
    account.configure('[jobs]\nfile = "~no-such-user/jobs.toml"\n')
    assert_usage_error(account.run("list"), "~no-such-user", "no such home folder")


@pytest.mark.parametrize(
    ("command", "text", "messages"),
    [
        ("list", b"version = 1\n[[jobs]]\nid = \n", ["not TOML", "line 3"]),
        ("add", b"version = 1\n[[jobs]\n", ["not TOML", "line 2"]),
        ("remove", b"version = 0\n", ["version", "found 0"]),
        ("add", b"version = 2\n", ["made by a newer kling-tui", "update"]),
        ("list", b"version = 1\njobs = 3\n", ["jobs"]),
        ("list", b'version = 1\n[[jobs]]\nid = "a"\nkind = "i2v"\n', ["job 1", "added_at"]),
        ("remove", b"version = 1\n\xff", ["not UTF-8"]),
    ],
)
def test_corrupt_file_is_named_and_not_changed(
    account: Account, command: str, text: bytes, messages: list[str]
) -> None:
    """The message has the file and the position of the error."""
    account.jobs.parent.mkdir(parents=True)
    account.jobs.write_bytes(text)
    result = account.run(command, *([] if command == "list" else [TASK]))
    assert_usage_error(result, str(account.jobs), "nothing was changed", *messages)
    assert account.jobs.read_bytes() == text
