"""Which config file the commands use, and what they print about an invalid one."""

import pytest

from tests.support.commands import NUMBER, assert_usage_error, listed_ids
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("[gateway\n", ["is not TOML", "line 1"]),
        ("[poll]\nfrist = 1\n", ["poll.frist", "did you mean first?"]),
        ("[pol]\n", ["pol is not a setting", "did you mean poll?"]),
        (
            '[gateway]\nconcurrency = "8"\n',
            ["gateway.concurrency", "whole number from 1 to 256"],
        ),
        ("[poll]\nfirst = 0.01\n", ["poll.first is 0.01", "from 0.1 to"]),
        ("gateway = 1\n", ["gateway is a number", "expected a table"]),
    ],
)
def test_invalid_setting_is_named(account: Account, text: str, messages: list[str]) -> None:
    """The message has the file, the setting and what was expected."""
    account.configure(text)
    assert_usage_error(account.run("list"), str(account.config), *messages)


@pytest.mark.parametrize("command", ["add", "remove"])
def test_invalid_config_prevents_changes(account: Account, command: str) -> None:
    """No command changes the job file while the config is invalid."""
    account.configure("[jobs]\nfiel = 'elsewhere.toml'\n")
    assert_usage_error(account.run(command, TASK), "jobs.fiel", "did you mean file?")
    assert [file.name for file in account.home.rglob("*.toml")] == ["config.toml"]


@pytest.mark.parametrize("source", ["option", "variable"])
def test_requested_file_must_exist(account: Account, source: str) -> None:
    """A missing file of the option or the variable is an error."""
    missing = str(account.home / "missing.toml")
    options = ["--config", missing] if source == "option" else []
    variables = {"KLING_TUI_CONFIG": missing} if source == "variable" else {}
    assert_usage_error(account.run(*options, "list", **variables), f"{missing}: does not exist")


def test_folder_is_an_error(account: Account) -> None:
    """A folder in place of the file gives a message."""
    assert_usage_error(account.run("--config", str(account.home), "list"), "Is a directory")


def test_option_wins_over_variable_and_default(account: Account) -> None:
    """--config wins over $KLING_TUI_CONFIG, which wins over the file in the config folder."""
    for job_id, name in ((TASK, "option"), (REQUEST, "variable"), (NUMBER, "folder")):
        jobs = account.home / f"{name}.jobs"
        account.run("--jobs", str(jobs), "add", job_id)
        (account.home / f"{name}.toml").write_text(f'[jobs]\nfile = "{jobs}"\n', "utf-8")
    account.configure((account.home / "folder.toml").read_text("utf-8"))
    assert listed_ids(account) == [NUMBER]
    account.environment["KLING_TUI_CONFIG"] = str(account.home / "variable.toml")
    assert listed_ids(account) == [REQUEST]
    assert listed_ids(account, "--config", str(account.home / "option.toml")) == [TASK]


def test_xdg_variables_set_the_folders(account: Account) -> None:
    """$XDG_CONFIG_HOME and $XDG_STATE_HOME are used."""
    account.environment["XDG_CONFIG_HOME"] = str(account.home / "c")
    account.environment["XDG_STATE_HOME"] = str(account.home / "s")
    account.config = account.home / "c" / "kling-tui" / "config.toml"
    account.configure("[price]\ni2v = { usd = 2 }\n")
    account.run("add", TASK)
    account.jobs = account.home / "s" / "kling-tui" / "jobs.toml"
    assert [job["price"] for job in account.jobs_in_file()] == [{"usd": "2"}]
