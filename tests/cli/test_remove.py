"""``remove``."""

from tests.support.commands import NUMBER, assert_usage_error, saved_ids
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account


def test_removes_only_the_given_jobs(account: Account) -> None:
    """Nothing is printed."""
    account.run("add", TASK, REQUEST, NUMBER)
    result = account.run("remove", REQUEST, TASK)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert saved_ids(account) == [NUMBER]


def test_unknown_id_is_an_error_and_the_others_are_removed(account: Account) -> None:
    """An unknown id gives a message and status 2."""
    account.run("add", TASK, REQUEST)
    assert_usage_error(account.run("remove", "\x1b[2Jnope", TASK), "nope' is not tracked")
    assert saved_ids(account) == [REQUEST]
