"""The last line shows the keys that can be pressed now."""

import re

from kling_tui.tui.widgets.key_hints import KeyHints
from tests.support.scenes import Stage, running


def hints(stage: Stage) -> str:
    """Return the last line."""
    return str(stage.app.screen.query_one(KeyHints).render())


async def test_shows_as_many_hints_as_fit_and_cuts_none_off() -> None:
    """A wider screen only adds keys at the end."""
    async with running(size=(220, 40)) as stage:
        await stage.all_polled()
        all_hints = hints(stage)
        for width in 40, 57, 80, 120, 200:
            await stage.pilot.resize_terminal(width, 40)
            await stage.pilot.pause()
            shown = hints(stage)
            assert all_hints.startswith(shown)
            assert len(shown) <= width - 2
            parts = re.split("  +", shown)
            assert parts == re.split("  +", all_hints)[: len(parts)]
            assert len(parts) > 1


async def test_shows_only_keys_that_do_something_now() -> None:
    """A key whose action is replaced by another is not shown."""
    async with running(size=(220, 40)) as stage:
        await stage.all_polled()
        assert "space Pause" in hints(stage)
        await stage.pilot.press("space")
        await stage.pilot.pause()
        assert "space Resume" in hints(stage)
        assert "space Pause" not in hints(stage)
        await stage.pilot.press("a")
        await stage.pilot.pause()
        assert "q Quit" not in hints(stage)
        assert "esc " in hints(stage)


async def test_a_click_on_a_hint_presses_its_key() -> None:
    """A click beside the hints does nothing."""
    async with running(size=(220, 40)) as stage:
        await stage.all_polled()
        column = 1 + hints(stage).index("Pause")
        await stage.pilot.click(KeyHints, offset=(column, 0))
        await stage.pilot.pause()
        assert stage.app.main.session.paused
        await stage.pilot.click(KeyHints, offset=(219, 0))
        await stage.pilot.pause()
        assert stage.app.main.session.paused
