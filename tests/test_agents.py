"""docs/agents.md: its tables agree with the program; tests/test_docs.py runs its session."""

import re
import shlex
from pathlib import Path

import pytest

from kling_tui.demo import DemoGateway
from tests.support.jobs import TASK
from tests.support.terminal import Account

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "agents.md").read_text("utf-8")


def rows(page: str, title: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without the headings of its columns."""
    lines = page.split(f"\n## {title}\n")[1].split("\n## ")[0].splitlines()
    table = [line for line in lines if line.startswith("| ")]
    return [re.split(r" ?\| ?", line)[1:-1] for line in table[1:]]


COMMANDS = [row[0].strip("`") for row in rows(PAGE, "Commands")]
FILTERS = [row[0].strip("`") for row in rows(PAGE, "Filters")]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_succeed(tmp_path: Path, command: str) -> None:
    """Each command of the table does as it is written, for jobs that succeed."""
    account = Account(tmp_path)
    with DemoGateway(speed=1000) as gateway:
        account.environment["PIXAZO_API_KEY"] = gateway.key
        account.configure(f'[gateway]\nurl = "{gateway.url}"\n[poll]\nfirst = 0.1\nslowest = 0.1\n')
        account.track(TASK, "842250903629086785")
        result = account.run(*shlex.split(command)[1:])
    assert result.returncode == 0, result.stderr
    assert result.stdout or "download" in command or "remove" in command


@pytest.mark.parametrize("query", FILTERS)
def test_filters_are_valid(tmp_path: Path, query: str) -> None:
    """Each filter of the table can be given as it is written."""
    account = Account(tmp_path)
    account.track(TASK)
    assert account.run("list", "--json", "--filter", query).returncode == 0


def test_exit_statuses_are_those_of_the_commands() -> None:
    """They mean the same in both documents."""
    commands = (DOCS / "commands.md").read_text("utf-8")
    assert [row[:2] for row in rows(PAGE, "Exit statuses")] == rows(commands, "Exit statuses")


def test_the_page_is_short() -> None:
    """An assistant reads all of it."""
    assert len(PAGE.splitlines()) <= 150
    assert len(PAGE.split()) <= 1500
