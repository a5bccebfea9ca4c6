"""Variables in the paths of the config, in a real environment."""

from tests.support.jobs import TASK
from tests.support.terminal import Account


def test_variables_in_paths_are_expanded(account: Account) -> None:
    """No folder is called $HOME."""
    account.configure('[jobs]\nfile = "$HOME/${PLACE}/jobs.toml"\n')
    assert account.run("add", TASK, PLACE="mine").returncode == 0
    assert (account.home / "mine" / "jobs.toml").exists()


def test_undefined_variable_is_an_error_that_names_the_setting(account: Account) -> None:
    """Every command and ``doctor`` say so, and nothing is created."""
    account.configure('[downloads]\ndir = "$HMOE/clips"\n')
    before = set(account.home.rglob("*"))
    for command in (("add", TASK), ("download",)):
        ended = account.run(*command)
        assert ended.returncode == 2
        assert f"{account.config}: downloads.dir is" in ended.stderr
        assert "$HMOE is not set" in ended.stderr
    assert "$HMOE is not set" in account.run("doctor").stdout
    assert set(account.home.rglob("*")) == before
