"""What a shell is told can come next."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kling_tui.demo import SETTINGS
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account

BIN = Path(sys.executable).parent
_ASK = """
eval "$(kling-tui completion bash)"
COMP_LINE="$1" COMP_POINT=${#1} COMP_TYPE=9
_python_argcomplete kling-tui
printf '%s\\n' "${COMPREPLY[@]}"
"""


def offered(account: Account, line: str) -> list[str]:
    """Press tab after a line in bash, and return what it offers."""
    ended = subprocess.run(  # noqa: S603 - the program under test
        ["bash", "-c", _ASK, "bash", line],  # noqa: S607
        env=account.environment, cwd=account.home, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ended.stderr == ""
    return [each.strip() for each in ended.stdout.splitlines()]


@pytest.fixture
def account(account: Account) -> Account:
    """Track two jobs, one of which has ended, with labels."""
    account.environment["PATH"] = os.pathsep.join((str(BIN), account.environment["PATH"]))
    account.configure(account.config.read_text("utf-8") + SETTINGS + "[profile.studio]\n")
    account.track(TASK, REQUEST)
    ended = 'status = "failed"\nlabel = "hero shot"\n'
    account.jobs.write_text(account.jobs.read_text("utf-8") + ended, "utf-8")
    return account


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("kling-tui wa", ["watch", "wait"]),
        ("kling-tui list --st", ["--status"]),
        ("kling-tui list --kind ", ["i2v", "o1", "v2", "wan"]),
        ("kling-tui add --kind w", ["wan"]),
        ("kling-tui remove ", [TASK, REQUEST]),
        ("kling-tui wait ", [TASK]),
        (f"kling-tui remove {REQUEST[:4]}", [REQUEST]),
        ("kling-tui list --label h", ["hero\\ shot"]),
        ("kling-tui add --label h", ["hero\\ shot"]),
        ("kling-tui completion ", ["bash", "zsh", "fish"]),
        ("kling-tui --profile ", ["default", "studio"]),
    ],
)
def test_in_bash(account: Account, line: str, found: list[str]) -> None:
    """Commands, options, ids, labels and profiles are offered; to wait, only what has not ended."""
    assert sorted(offered(account, line)) == sorted(found)


def test_with_another_job_file(account: Account) -> None:
    """Ids come from the job file that the line names."""
    account.run("--jobs", "other.toml", "add", "842250903629086785")
    assert offered(account, "kling-tui --jobs other.toml remove 8") == ["842250903629086785"]


def test_where_the_job_file_is_damaged(account: Account) -> None:
    """A file that cannot be read offers nothing, and no traceback on the command line."""
    account.jobs.write_text("version = ", "utf-8")
    assert TASK not in offered(account, "kling-tui remove ")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_elsewhere(account: Account, shell: str) -> None:
    """Shells that can show it are told the state and the label of an id as well."""
    assert "kling-tui" in account.run("completion", shell).stdout
    answer = account.home / "answer"
    line = "kling-tui remove "
    account.run(
        _ARGCOMPLETE="1", _ARGCOMPLETE_SHELL=shell, _ARGCOMPLETE_STDOUT_FILENAME=str(answer),
        _ARGCOMPLETE_DFS="\t", COMP_LINE=line, COMP_POINT=str(len(line)),
    )  # fmt: skip
    told = answer.read_text("utf-8")
    assert REQUEST in told
    assert "failed hero shot" in told


def test_starts_light(account: Account) -> None:
    """A key press in the shell loads neither the screen's library nor HTTP's."""
    line = "kling-tui wait "
    ended = account.run(
        _ARGCOMPLETE="1", _ARGCOMPLETE_STDOUT_FILENAME=str(account.home / "answer"),
        COMP_LINE=line, COMP_POINT=str(len(line)), PYTHONPROFILEIMPORTTIME="1",
    )  # fmt: skip
    loaded = {each.rpartition("|")[2].strip() for each in ended.stderr.splitlines()}
    assert "kling_tui.cli.wait_condition" in loaded
    assert not loaded & {"textual", "rich", "httpx", "kling_tui.tui.app"}
