"""``remove``."""

import json

from tests.support.commands import NUMBER, assert_usage_error, saved_ids
from tests.support.documented_gateway import I2V_DONE, I2V_FAILED, DocumentedGateway
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account


def test_removes_only_the_given_jobs(account: Account) -> None:
    """Nothing is printed about jobs that were not paid for."""
    account.run("add", TASK, REQUEST, NUMBER)
    result = account.run("remove", REQUEST, TASK)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert saved_ids(account) == [NUMBER]


def test_unknown_id_is_an_error_and_the_others_are_removed(account: Account) -> None:
    """An unknown id gives a message and status 2."""
    account.run("add", TASK, REQUEST)
    assert_usage_error(account.run("remove", "\x1b[2Jnope", TASK), "nope' is not tracked")
    assert saved_ids(account) == [REQUEST]


def test_it_says_what_is_no_longer_counted(account: Account, gateway: DocumentedGateway) -> None:
    """The money was spent, and `cost` does not know that any more."""
    gateway.script(TASK, I2V_DONE)
    gateway.script(NUMBER, I2V_FAILED)
    account.run("add", TASK, NUMBER)
    account.run("wait")
    result = account.run("remove", TASK, NUMBER)
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == "kling-tui: $0.35 spent is no longer counted\n"
    assert json.loads(account.run("cost", "--json").stdout)["spent_usd"] == "0.00"
