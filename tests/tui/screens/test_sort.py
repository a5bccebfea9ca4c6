"""The menu of sort orders."""

import pytest
from textual.widgets import OptionList

from kling_tui.tui.screens.sort import SortScreen
from tests.support.jobs import a_job
from tests.support.scenes import RunningApp, run_app
from tests.support.screen_text import menu_lines

pytestmark = pytest.mark.slow


def order(running: RunningApp) -> tuple[str, bool]:
    """Return the order of the table."""
    return running.app.main.job_list.sort_order


async def test_letters_and_numbers_sort_and_the_current_order_is_reversed() -> None:
    """At once; escape keeps the order."""
    async with run_app() as running:
        for keys, expected in (
            ("e", ("ended", False)),
            ("e", ("ended", True)),
            ("4", ("elapsed", False)),
            ("4", ("elapsed", True)),
            ("escape", ("elapsed", True)),
            ("c", ("cost", False)),
        ):
            await running.pilot.press("s", keys)
            assert order(running) == expected
            assert running.app.screen is running.app.main


async def test_enter_sorts_by_the_highlighted_order_in_its_direction() -> None:
    """The current one is highlighted, and reversed unless its direction was turned."""
    async with run_app() as running:
        for keys, expected in (
            (["j", "j", "right", "enter"], ("ended", True)),
            (["enter"], ("ended", False)),
            (["left", "enter"], ("ended", True)),
            (["left", "left", "enter"], ("ended", True)),
            (["k", "up", "enter"], ("live", False)),
        ):
            await running.pilot.press("s", *keys)
            assert order(running) == expected


async def test_menu_says_what_comes_first_and_offers_profiles_where_there_are_several() -> None:
    """Each order has its letter, and the current one a sign."""
    async with run_app(jobs=[a_job("1")], profiles=("", "studio")) as running:
        await running.pilot.press("s", "e", "S", "s")
        assert isinstance(running.app.screen, SortScreen)
        assert "e ✓ Ended    ↑ earliest first" in menu_lines(running)
        assert "p   Profile  ↓ A to Z" in menu_lines(running)
    async with run_app(jobs=[a_job("1")]) as running:
        await running.pilot.press("s")
        assert not any("Profile" in line for line in menu_lines(running))


async def test_the_current_order_is_in_view_where_the_window_is_low() -> None:
    """Though it is the last of the menu."""
    async with run_app(size=(40, 10)) as running:
        await running.pilot.press("s", "c", "s")
        options = running.app.screen.query_one(OptionList)
        shown = running.app.screen.find_widget(options).visible_region.height
        assert options.highlighted == len(options.options) - 1
        await running.until(
            lambda: options.scroll_offset.y + shown == len(options.options) and shown > 0
        )
