"""The demo on a pseudo-terminal."""

import signal
from pathlib import Path

import pytest

from tests.support.terminal import Account
from tests.support.terminal_app import ended_rows

pytestmark = [pytest.mark.pty, pytest.mark.slow]


def test_the_demo_uses_no_file_of_the_user_and_leaves_none(tmp_path: Path) -> None:
    """Its jobs end by themselves, although the config is invalid."""
    account = Account(tmp_path / "home")
    account.configure("broken")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with account.open("demo", "--speed", "10", TMPDIR=str(scratch)) as terminal:
        terminal.until_shows("demo gateway", "✓ done", "● running")
        before = ended_rows(terminal)
        terminal.until(lambda: ended_rows(terminal) > before, "another job's end")
        terminal.send(signal.SIGTERM)
        assert terminal.wait() == 143
    assert [file for file in account.home.rglob("*") if file.is_file()] == [account.config]
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("option", ["--config", "--jobs", "--profile"])
def test_the_demo_says_which_option_it_ignores(account: Account, option: str) -> None:
    """In the app, and on the screen that the terminal shows after it."""
    with account.open(option, "x", "demo") as terminal:
        terminal.until_shows("hero shot", f"demo ignores {option}")
        terminal.press("q")
        assert terminal.wait() == 0
        assert f"demo ignores {option}" in terminal.text.split("\x1b[?1049h")[0]
