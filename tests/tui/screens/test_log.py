"""The dialog that shows the log."""

from pathlib import Path

import pytest

from kling_tui.tui.log_tail import MAX_LINES
from kling_tui.tui.screens.log import LogScreen
from kling_tui.tui.screens.main import MainScreen
from tests.support.scenes import RunningApp, run_app

pytestmark = pytest.mark.slow


def shown(running: RunningApp) -> str:
    """Return the text of the dialog."""
    return str(running.app.screen.query_one("#lines").render())


def append(file: Path, *messages: str, level: str = "INFO") -> None:
    """Log some messages."""
    with file.open("a", encoding="utf-8") as log:
        log.writelines(f"2026-11-20 10:00:00,123 {level} {message}\n" for message in messages)


async def test_it_follows_a_log_that_does_not_exist_yet(tmp_path: Path) -> None:
    """A key opens it, and escape closes it."""
    file = tmp_path / "kling-tui.log"
    async with run_app(log_file=file) as running:
        await running.pilot.press("L")
        assert isinstance(running.app.screen, LogScreen)
        assert "Nothing is logged yet" in shown(running)
        append(file, "first [/nope] \x1b[31m")
        await running.until(lambda: shown(running).endswith("first [/nope] [31m"))
        append(file, "second")
        await running.until(lambda: shown(running).endswith("second"))
        await running.pilot.press("escape")
        assert isinstance(running.app.screen, MainScreen)


async def test_levels_can_be_left_out(tmp_path: Path) -> None:
    """First all but warnings and errors, then all but errors, then none."""
    file = tmp_path / "kling-tui.log"
    append(file, "polled")
    append(file, "careful", level="WARNING")
    async with run_app(log_file=file) as running:
        await running.pilot.press("L")
        await running.until(lambda: "careful" in shown(running))
        await running.pilot.press("f")
        assert "polled" not in shown(running)
        assert "careful" in shown(running)
        assert running.app.screen.query_one("#log").border_title == "Log: warnings and errors"
        await running.pilot.press("f")
        assert "None of the last lines" in shown(running)
        await running.pilot.press("f")
        assert "polled" in shown(running)


async def test_the_end_stays_in_view_unless_the_user_scrolls_up(tmp_path: Path) -> None:
    """A reader is not moved by a new line."""
    file = tmp_path / "kling-tui.log"
    append(file, *map(str, range(MAX_LINES - 10)))
    async with run_app(log_file=file) as running:
        await running.pilot.press("L")
        pane = running.app.screen.query_one("#log")
        await running.until(lambda: pane.max_scroll_y > 0 and pane.is_vertical_scroll_end)
        append(file, "followed")
        await running.until(lambda: shown(running).endswith("followed"))
        await running.until(lambda: pane.is_vertical_scroll_end)
        await running.pilot.press("g")
        append(file, "later")
        await running.until(lambda: shown(running).endswith("later"))
        assert pane.scroll_y == 0
        await running.pilot.press("G")
        assert pane.is_vertical_scroll_end


async def test_an_unreadable_log_and_none_at_all_say_why(tmp_path: Path) -> None:
    """There is no home folder, or a folder has the name of the log."""
    async with run_app() as running:
        await running.pilot.press("L")
        assert "home folder is unknown" in shown(running)
    async with run_app(log_file=tmp_path) as running:
        await running.pilot.press("L")
        await running.until(lambda: "cannot be read" in shown(running))
        await running.pilot.press("f")
        assert "cannot be read" in shown(running)


async def test_it_is_in_the_palette(tmp_path: Path) -> None:
    """With its key."""
    async with run_app(log_file=tmp_path / "log") as running:
        commands = running.app.get_system_commands(running.app.screen)
        helps = {command.title: command.help for command in commands}
        assert helps["Log"].startswith("L  ")
