"""Shell completion: candidates for commands, options, ids, labels, kinds and profiles."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from argcomplete.finders import CompletionFinder

from kling_tui.cli.commands.completion import FINDER_OPTIONS
from kling_tui.cli.parser import build_parser
from kling_tui.demo import SETTINGS
from tests.support.commands import NUMBER, imported_modules
from tests.support.documented_gateway import DocumentedGateway
from tests.support.in_process import process_environment
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account

KINDS = ["i2v", "o1", "v2", "wan"]
BIN = Path(sys.executable).parent
_PRESS_TAB = """
eval "$(kling-tui completion bash)"
COMP_LINE="$1" COMP_POINT=${#1} COMP_TYPE=9
_python_argcomplete kling-tui
printf '%s\\n' "${COMPREPLY[@]}"
"""
NOTHING_FITS = ("add", "wait --timeout", "list --since", "demo --speed", "completion bash", "list")
"""Command lines after which there is no candidate, not even the name of a file."""


def completions(account: Account, line: str) -> list[str]:
    """Return the candidates for the last word of a command line."""
    text = line.removeprefix("kling-tui ")
    finder = CompletionFinder(build_parser(text.split()), **FINDER_OPTIONS)
    found: list[str] = []
    with process_environment(account.environment, account.home):
        while (completed := finder.rl_complete(text, len(found))) is not None:
            found.append(completed)
    unchanged = len(text) - len(text.split(" ")[-1])
    return [completed[unchanged:].strip() for completed in found]


def completions_in_bash(account: Account, line: str) -> list[str]:
    """Return the candidates that bash shows after a tab."""
    result = subprocess.run(  # noqa: S603 - the program under test
        ["bash", "-c", _PRESS_TAB, "bash", line],  # noqa: S607
        env=account.environment, cwd=account.home, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert result.stderr == ""
    return [candidate.strip() for candidate in result.stdout.splitlines() if candidate]


@pytest.fixture
def account(account: Account, gateway: DocumentedGateway) -> Account:  # noqa: ARG001
    """Track a job without a label, and one with a label that has ended."""
    account.environment["PATH"] = os.pathsep.join((str(BIN), account.environment["PATH"]))
    account.configure(account.config.read_text("utf-8") + SETTINGS + "[profile.studio]\n")
    account.track(TASK, REQUEST)
    ended = 'status = "failed"\nlabel = "hero shot"\n'
    account.jobs.write_text(account.jobs.read_text("utf-8") + ended, "utf-8")
    (account.home / "kling").mkdir()
    (account.home / "file.toml").touch()
    return account


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kling-tui wa", ["watch", "wait"]),
        ("kling-tui demo", ["demo", "demo-gateway"]),
        ("kling-tui gat", []),
        ("kling-tui list --st", ["--status"]),
        ("kling-tui list --kind ", KINDS),
        ("kling-tui add --kind w", ["wan"]),
        ("kling-tui remove ", [TASK, REQUEST]),
        ("kling-tui wait ", [TASK]),
        (f"kling-tui remove {REQUEST[:4]}", [REQUEST]),
        ("kling-tui list --label h", ["hero\\ shot"]),
        ("kling-tui add --label h", ["hero\\ shot"]),
        ("kling-tui list --filter st", ["status:"]),
        ("kling-tui wait --filter status:fa", ["status:failed"]),
        ("kling-tui cost --filter status:failed,ru", ["status:failed,running"]),
        ("kling-tui download --filter kind:", [f"kind:{kind}" for kind in KINDS]),
        ("kling-tui watch --filter 'label:\"h", ['\'label:"hero shot"']),
        ("kling-tui list --filter profile:s", ["profile:studio"]),
        ("kling-tui list --filter nothing-like-it", []),
        ("kling-tui completion ", ["bash", "zsh", "fish"]),
        ("kling-tui --profile ", ["default", "studio"]),
        ("kling-tui rm ", [TASK, REQUEST]),
        ("kling-tui help re", ["remove", "restore"]),
        ("kling-tui --jobs k", ["kling/"]),
        ("kling-tui download --dir k", ["kling/"]),
        ("kling-tui --config f", ["file.toml"]),
        *((f"kling-tui {line} ", []) for line in NOTHING_FITS),
    ],
)
def test_candidates(account: Account, line: str, expected: list[str]) -> None:
    """`wait` offers only jobs that have not ended."""
    assert sorted(completions(account, line)) == sorted(expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kling-tui wa", ["watch", "wait"]),
        ("kling-tui wait ", [TASK]),
        ("kling-tui list --label h", ["hero\\ shot"]),
        ("kling-tui list --filter 'fox stat", ["fox status:"]),
        ("kling-tui list --filter status:fa", ["failed"]),
        ("kling-tui --profile ", ["default", "studio"]),
        ("kling-tui --config f", ["file.toml"]),
        *((f"kling-tui {line} ", []) for line in NOTHING_FITS),
    ],
)
def test_in_bash(account: Account, line: str, expected: list[str]) -> None:
    """The code for bash calls the program, which prints the candidates."""
    assert sorted(completions_in_bash(account, line)) == sorted(expected)


def test_bash_offers_no_file_where_nothing_fits(account: Account) -> None:
    """It would by the option "default" or "bashdefault" of its builtin `complete`."""
    (line,) = re.findall("^ +complete .*", account.run("completion", "bash").stdout, re.MULTILINE)
    assert "default" not in line


def test_ids_come_from_the_job_file_of_the_line(account: Account) -> None:
    """--jobs in the line is respected."""
    account.run("--jobs", "other.toml", "add", NUMBER)
    assert completions(account, "kling-tui --jobs other.toml remove 8") == [NUMBER]


def test_corrupt_job_file_gives_no_candidates(account: Account) -> None:
    """It prints no traceback into the command line."""
    account.jobs.write_text("version = ", "utf-8")
    assert TASK not in completions(account, "kling-tui remove ")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_zsh_and_fish_get_descriptions(account: Account, shell: str) -> None:
    """The status and the label of a job are shown beside its id."""
    assert "kling-tui" in account.run("completion", shell).stdout
    output = account.home / "output"
    line = "kling-tui remove "
    account.run_process(
        _ARGCOMPLETE="1", _ARGCOMPLETE_SHELL=shell, _ARGCOMPLETE_STDOUT_FILENAME=str(output),
        _ARGCOMPLETE_DFS="\t", COMP_LINE=line, COMP_POINT=str(len(line)),
    )  # fmt: skip
    candidates = output.read_text("utf-8")
    assert REQUEST in candidates
    assert "failed hero shot" in candidates


def test_completion_imports_neither_textual_nor_httpx(account: Account) -> None:
    """A key press in the shell has to be answered fast."""
    line = "kling-tui wait "
    account.environment |= {
        "_ARGCOMPLETE": "1", "_ARGCOMPLETE_STDOUT_FILENAME": str(account.home / "output"),
        "COMP_LINE": line, "COMP_POINT": str(len(line)),
    }  # fmt: skip
    modules = imported_modules(account)
    assert "kling_tui.cli.wait_condition" in modules
    assert not modules & {"textual", "rich", "httpx", "kling_tui.tui.app"}
