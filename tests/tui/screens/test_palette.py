"""The command palette: the order of its commands, and the preview of themes."""

import pytest
from textual.command import CommandList
from textual.widgets import OptionList

from tests.support.scenes import RunningApp, run_app
from tests.support.views import VIEWS

pytestmark = pytest.mark.slow


def names(running: RunningApp) -> list[str]:
    """Return the commands in the list of the palette, without their help."""
    options = running.app.screen.query_one(CommandList).options
    return [str(option.prompt).splitlines()[0] for option in options]


async def test_what_people_look_for_is_first_and_system_commands_are_last() -> None:
    """Themes, screens, views, sorting; then what keys do; suspending and redrawing at the end."""
    async with run_app() as running:
        await running.poll_all()
        await VIEWS["palette"](running)
        shown = names(running)
        assert shown[:4] == ["Theme", "Costs", "Clips", "Timeline"]
        names_in_order = ("View: All", "Sort by Cost", "Filter", "Add", "Copy id", "Down")
        order = [shown.index(name) for name in names_in_order]
        assert order == sorted(order)
        assert shown[-2:] == ["Suspend", "Redraw"]


async def test_the_highlighted_theme_is_shown_and_escape_restores_the_former() -> None:
    """The list begins with the current theme, so that nothing changes when it opens."""
    async with run_app(theme="nord") as running:
        await VIEWS["themes"](running)
        await running.pilot.pause()
        assert names(running)[0] == running.app.theme == "nord"
        await running.pilot.press("down")
        await running.until(lambda: running.app.theme == names(running)[1])
        await running.pilot.press("escape")
        await running.until(lambda: running.app.screen is running.app.main)
        assert running.app.theme == "nord"


async def test_enter_keeps_the_highlighted_theme() -> None:
    """Also one that was searched for."""
    async with run_app(theme="nord") as running:
        await VIEWS["themes"](running)
        await running.pilot.press(*"gruv")
        await running.until(lambda: names(running) == ["gruvbox"])
        assert running.app.screen.query_one(OptionList).highlighted == 0
        await running.pilot.press("enter")
        await running.until(lambda: running.app.screen is running.app.main)
        await running.until(lambda: running.app.theme == "gruvbox")


@pytest.mark.parametrize(("typed", "name"), [("wall", "Clips"), ("budget", "Costs")])
async def test_a_command_is_found_by_a_word_of_its_help(typed: str, name: str) -> None:
    """A user knows what a screen is for, and not its name."""
    async with run_app() as running:
        await running.poll_all()
        await VIEWS["palette"](running)
        await running.pilot.press(*typed)
        await running.until(lambda: names(running)[-1:] == [name])
