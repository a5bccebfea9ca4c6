"""The last line shows the keys that can be pressed now."""

import re

import pytest

from kling_tui.tui.widgets.key_hints import KeyHints
from tests.support.scenes import RunningApp, run_app

pytestmark = pytest.mark.slow


def hints(running: RunningApp) -> str:
    """Return the last line."""
    return str(running.app.screen.query_one(KeyHints).render())


async def test_shows_as_many_hints_as_fit_and_cuts_none_off() -> None:
    """A wider screen only adds keys at the end."""
    async with run_app(size=(220, 40)) as running:
        await running.poll_all()
        all_hints = hints(running)
        for width in 40, 57, 80, 120, 200:
            await running.pilot.resize_terminal(width, 40)
            await running.pilot.pause()
            shown = hints(running)
            assert all_hints.startswith(shown)
            assert len(shown) <= width - 2
            parts = re.split("  +", shown)
            assert parts == re.split("  +", all_hints)[: len(parts)]
            assert len(parts) > 1


async def test_the_other_screens_are_named_in_a_usual_terminal() -> None:
    """The costs and the clips at 80 cells, also with `esc`; all three at 100."""
    async with run_app(size=(80, 24)) as running:
        await running.poll_all()
        running.app.main.view_actions.mark()
        await running.until(lambda: "esc Back" in hints(running))
        assert "C Costs  W Clips" in hints(running)
        await running.pilot.resize_terminal(100, 24)
        await running.until(lambda: "C Costs  W Clips  T Timeline" in hints(running))


async def test_shows_only_keys_that_do_something_now() -> None:
    """A key whose action is replaced by another is not shown."""
    async with run_app(size=(220, 40)) as running:
        await running.poll_all()
        assert "space Pause" in hints(running)
        await running.pilot.press("space")
        await running.pilot.pause()
        assert "space Resume" in hints(running)
        assert "space Pause" not in hints(running)
        await running.pilot.press("a")
        await running.pilot.pause()
        assert "q Quit" not in hints(running)
        assert "esc " in hints(running)


async def test_a_click_on_a_hint_presses_its_key() -> None:
    """A click beside the hints does nothing."""
    async with run_app(size=(220, 40)) as running:
        await running.poll_all()
        column = 1 + hints(running).index("Pause")
        await running.pilot.click(KeyHints, offset=(column, 0))
        await running.pilot.pause()
        assert running.app.main.session.paused
        await running.pilot.click(KeyHints, offset=(219, 0))
        await running.pilot.pause()
        assert running.app.main.session.paused
