"""The command line itself: --help, --version, bad usage, and the secrecy of the API key."""

import platform
from importlib.metadata import version

import pytest

from kling_tui import __version__
from tests.support.commands import KEY, assert_usage_error
from tests.support.jobs import TASK
from tests.support.terminal import Account


def test_version(account: Account) -> None:
    """--version prints the name and the version."""
    result = account.run("--version")
    assert (result.returncode, result.stdout) == (0, f"kling-tui {__version__}\n")


@pytest.mark.parametrize("order", ["--version --verbose", "--verbose --version list"])
def test_verbose_version_has_what_a_bug_report_needs(account: Account, order: str) -> None:
    """Versions, system, terminal and paths; the home folder is not named."""
    result = account.run(*order.split(), TERM="xterm-kitty", COLORTERM="truecolor")
    assert (result.returncode, result.stderr) == (0, "")
    first, *others = result.stdout.splitlines()
    assert first == f"kling-tui {__version__}"
    assert {line.split("  ")[0] for line in others} == {
        "versions", "preview", "config", "job file", "environment", "output",
    }  # fmt: skip
    for part in (
        f"Python {platform.python_version()}",
        f"textual {version('textual')}",
        f"httpx {version('httpx')}",
        f"av {version('av')}",
        "kitty, TERM=xterm-kitty, COLORTERM=truecolor",
        "only changed cells are sent",
        "jobs.toml",
    ):
        assert part in result.stdout
    assert str(account.home) not in result.stdout


def test_verbose_version_has_no_secret_and_asks_no_one(account: Account) -> None:
    """It works without a gateway, starts no key_command, and reads no key."""
    made = account.home / "started"
    account.configure(f'[gateway]\nurl = "http://127.0.0.1:1"\nkey_command = ["touch", "{made}"]\n')
    result = account.run("--version", "--verbose", PIXAZO_API_KEY="s3cr3t-0f-4-k3y")
    assert (result.returncode, result.stderr) == (0, "")
    assert "s3cr3t" not in result.stdout
    assert not made.exists()


def test_verbose_version_works_with_a_broken_config(account: Account) -> None:
    """It says so, and leaves the reason to doctor, because the reason may quote the file."""
    account.configure('[gateway]\nkey = "s3cr3t\n')
    result = account.run("--version", "--verbose")
    assert (result.returncode, result.stderr) == (0, "")
    assert "cannot be used; kling-tui doctor says why" in result.stdout
    assert "s3cr3t" not in result.stdout


def test_verbose_alone_is_bad_usage(account: Account) -> None:
    """It belongs to --version."""
    assert_usage_error(account.run("--verbose"), "--verbose is for --version only")


@pytest.mark.parametrize("command", ["", "demo", "add"])
def test_help(account: Account, command: str) -> None:
    """--help of the program and of each command is on standard output."""
    result = account.run(*command.split(), "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"usage: kling-tui {command}".rstrip())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("nonsense", "invalid choice: 'nonsense'"),
        ("add", "required: ID"),
        (f"add {TASK} --kind o2", "no kind 'o2'; expected one of i2v, o1, v2"),
        ("list --kind o2", "no kind 'o2'; expected one of i2v, o1, v2"),
        ("list --status gone", "(choose from 'queued', 'running',"),
        ("demo-gateway --port 65536", "expected a port from 0 to 65535"),
        ("gateway --speed fast", "expected a number from 0.01 to 1000"),
    ],
)
def test_bad_usage(account: Account, arguments: str, message: str) -> None:
    """Status 2, and a message with what was expected."""
    assert_usage_error(account.run(*arguments.split()), message)


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        ("lst", "\nDid you mean list?"),
        ("wat", "\nDid you mean watch, or wait?"),
        ("down --json", "\nDid you mean download?"),
        ("help lst", "\nDid you mean list?"),
        ("list --jsno", "\nDid you mean --json?"),
        ("wait --timeuot=5", "\nDid you mean --timeout?"),
        ("--jbos x list", "\nDid you mean --jobs?"),
        ("--verison", "\nDid you mean --version?"),
        ("list --status qeued", "\nDid you mean queued?"),
        ("list --config x", "\n--config goes before the command"),
        ("list --cnofig=x", "\nDid you mean --config?"),
    ],
)
def test_mistyped_word_is_named_with_what_it_may_mean(
    account: Account, arguments: str, suggestion: str
) -> None:
    """Commands, options before and after the command, and values of options."""
    result = account.run(*arguments.split())
    assert_usage_error(result)
    assert result.stderr.endswith(f"{suggestion}\n")


@pytest.mark.parametrize("arguments", ["nonsense", "list --nonsense", "--config x nonsense"])
def test_nothing_is_suggested_where_nothing_is_alike(account: Account, arguments: str) -> None:
    """A wrong suggestion is worse than none."""
    assert "Did you mean" not in account.run(*arguments.split()).stderr


@pytest.mark.parametrize(("alias", "command"), [("ls", "list"), ("rm", "remove")])
def test_alias_is_the_command(account: Account, alias: str, command: str) -> None:
    """With all its options; the help of the program names it."""
    assert account.run(alias, "--help").stdout == account.run(command, "--help").stdout
    assert f"(alias: {alias})" in " ".join(account.run("--help").stdout.split())


def test_aliases_act(account: Account) -> None:
    """One lists a job, and the other removes it."""
    account.track(TASK)
    assert TASK in account.run("ls").stdout
    assert account.run("rm", TASK).returncode == 0
    assert TASK not in account.run("ls").stdout


@pytest.mark.parametrize(
    ("topic", "same_as"), [("", "--help"), ("list", "list --help"), ("rm", "remove --help")]
)
def test_help_command_prints_what_the_option_does(
    account: Account, topic: str, same_as: str
) -> None:
    """For the program, a command and an alias."""
    result = account.run("help", *topic.split())
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == account.run(*same_as.split()).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--\x1b]0;owned\x07"],
        ["\x1b[2J"],
        ["list", "--kind", "\x1b[2J"],
        ["--profile", "\x1b[2J", "list"],
        ["--config", "/\x1b[2J", "list"],
        ["--jobs", "/dev/null/\x1b[2J", "add", TASK],
        ["add", "\x1b[2J"],
        ["remove", "\x9b2J\u202e"],
        ["wait", "\x1b[2J"],
        ["download", "\x1b[2J"],
        ["list", "--since", "\x1b[2J"],
        ["list", "--label", "\x1b[2J"],
        ["--config", "/\x1b[2J", "doctor"],
        ["--jobs", "/dev/null/\x1b[2J", "doctor"],
    ],
)
def test_echoed_arguments_contain_no_control_characters(
    account: Account, arguments: list[str]
) -> None:
    """In no message, whichever part of the program prints it."""
    result = account.run(*arguments)
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & {*result.stdout, *result.stderr}
    assert result.stderr or arguments[-1] == "doctor"


@pytest.mark.parametrize("command", [[], ["demo"]])
def test_app_requires_a_terminal(account: Account, command: list[str]) -> None:
    """Without a terminal the app exits at once, and writes nothing."""
    assert_usage_error(account.run(*command), "needs a terminal", "list --json")
    assert list(account.home.iterdir()) == []


def test_key_is_in_no_output_and_no_file(account: Account) -> None:
    """No command prints or saves the API key."""
    account.environment["PIXAZO_API_KEY"] = KEY
    commands = ("add", TASK), ("list",), ("list", "--json"), ("remove", TASK), ("add", "nope")
    for command in (*commands, ("--config", "/", "list"), ()):
        result = account.run(*command)
        assert KEY not in result.stdout + result.stderr
    files = [file.read_bytes() for file in account.home.rglob("*") if file.is_file()]
    assert files
    assert not any(KEY.encode() in content for content in files)
