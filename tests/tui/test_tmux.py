"""Settings of tmux that are pointed out."""

from pathlib import Path
from typing import Any

import pytest

from kling_tui.tui.terminal import Terminal
from kling_tui.tui.tmux import parse_settings, problems
from tests.support.scenes import run_app
from tests.support.screen_text import toasts
from tests.support.terminal import Account

GOOD = "1\t10\t1\tbpaste,focus,title\n"


def messages(answer: str, *, bell: bool = True) -> list[str]:
    """Return what is pointed out after tmux has printed `answer`."""
    settings = parse_settings(answer)
    assert settings is not None
    return [f"{problem.message}: {problem.advice}" for problem in problems(settings, bell=bell)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("0\t10\t0\tfocus\n", "tmux -u"),
        ("1\t500\t0\t\n", "tmux set -s escape-time 10"),
        ("1\t10\t1\tbpaste,title\n", "tmux set -s focus-events off"),
        ("1\t10\ton\t\n", "tmux set -s focus-events off"),
    ],
)
def test_each_problem_comes_with_what_to_do(answer: str, expected: str) -> None:
    """No UTF-8, a long wait after escape, and a focus that is only that of the pane."""
    (message,) = messages(answer)
    assert message.endswith(expected)


@pytest.mark.parametrize("answer", [GOOD, "\t10\t0\t\n", "1\t0\t0\tbpaste\n"])
def test_good_settings_are_not_mentioned(answer: str) -> None:
    """Nor is UTF-8 where tmux does not tell whether it uses it."""
    assert messages(answer) == []


def test_the_focus_does_not_matter_without_a_bell() -> None:
    """As in the demo."""
    assert messages("1\t10\t1\t\n", bell=False) == []


@pytest.mark.parametrize("answer", ["", "\n", "external\n", "1\tlong\t0\t\n", "1 10 0\n"])
def test_an_answer_in_another_form_is_ignored(answer: str) -> None:
    """Old versions of tmux print something else."""
    assert parse_settings(answer) is None


def fake_tmux(home: Path, answer: str) -> str:
    """Put a program `tmux` that prints `answer` into a folder, and return that."""
    folder = home / "bin"
    folder.mkdir()
    program = folder / "tmux"
    program.write_text(f"#!/bin/sh\nprintf '{answer}'\n", "utf-8")
    program.chmod(0o700)
    return str(folder)


@pytest.mark.slow
async def test_the_app_points_out_the_problems_once(tmp_path: Path) -> None:
    """In one toast, and not at the next start, unless they have changed."""
    path = fake_tmux(tmp_path, r"0\t500\t0\t\n")
    options: dict[str, Any] = {
        "terminal": Terminal(multiplexer="tmux"),
        "environment": {"PATH": path},
        "preferences_file": tmp_path / "view.toml",
    }
    async with run_app(**options) as running:
        await running.until(lambda: bool(toasts(running)))
        (toast,) = toasts(running)
        assert "tmux -u" in toast
        assert "escape-time" in toast
        await running.pilot.press("q")
    async with run_app(**options) as running:
        workers = running.app.workers
        await running.until(lambda: all(each.node is not running.app for each in workers))
        assert toasts(running) == []
        await running.pilot.press("q")


@pytest.mark.pty
@pytest.mark.slow
def test_doctor_reports_the_problems(tmp_path: Path) -> None:
    """Each with what to do, and exit status 2."""
    account = Account(tmp_path)
    path = fake_tmux(tmp_path, r"0\t500\t0\t\n")
    path = f"{path}:{account.environment['PATH']}"
    with account.open("doctor", size=(120, 60), TMUX="x", PATH=path) as terminal:
        assert terminal.wait() == 2
        terminal.until_shows("all symbols become _", "tmux -u", "500 ms", "escape-time 10")
