"""The last line names the keys that can be pressed, whole or not at all."""

import re

import pytest

from kling_tui.tui.widgets.key_hints import KeyHints
from tests.support.scenes import RunningApp, run_app


def hints(stage: RunningApp) -> str:
    """Return the last line."""
    return str(stage.app.screen.query_one(KeyHints).render())


@pytest.mark.parametrize("width", [40, 57, 80, 120, 200])
async def test_as_many_as_fit_whole(width: int) -> None:
    """A wider screen only adds keys at the end; none is cut off."""
    async with run_app(size=(220, 40)) as stage:
        await stage.poll_all()
        keys = hints(stage)
    async with run_app(size=(width, 40)) as stage:
        await stage.poll_all()
        shown = hints(stage)
    assert keys.startswith(shown)
    assert len(shown) <= width - 2
    assert re.split("  +", shown) == re.split("  +", keys)[: len(re.split("  +", shown))]


async def test_what_can_be_done_now() -> None:
    """A key that does nothing now is pale, or away where another stands for it."""
    async with run_app(size=(220, 40)) as stage:
        await stage.poll_all()
        assert "space Pause" in hints(stage)
        await stage.pilot.press("space")
        await stage.pilot.pause()
        assert "space Resume" in hints(stage)
        assert "space Pause" not in hints(stage)
        await stage.pilot.press("a")
        await stage.pilot.pause()
        assert "q Quit" not in hints(stage)
        assert "esc " in hints(stage)


async def test_a_click_presses_the_key() -> None:
    """A click on a hint does as its key; one beside them does nothing."""
    async with run_app(size=(220, 40)) as stage:
        await stage.poll_all()
        column = 1 + hints(stage).index("Pause")
        await stage.pilot.click(KeyHints, offset=(column, 0))
        await stage.pilot.pause()
        assert stage.app.main.session.paused
        await stage.pilot.click(KeyHints, offset=(219, 0))
        await stage.pilot.pause()
        assert stage.app.main.session.paused
