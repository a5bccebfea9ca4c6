"""What is typed faster than dialogs open and close goes where a person meant it to."""

import pytest
from textual import events

from kling_tui.tui.screens.add import AddScreen
from kling_tui.tui.screens.main import MainScreen
from tests.support.scenes import RunningApp, run_app

NAMES = {"\r": "enter", "\x1b": "escape"}


async def type_at_once(stage: RunningApp, keys: str) -> None:
    """Press keys without waiting for what any of them does."""
    for key in keys:
        stage.app.post_message(events.Key(NAMES.get(key, key), key))
    await stage.pilot.pause(0.1)


@pytest.mark.parametrize(
    ("keys", "label"),
    [("ei\r", "i"), ("e very nice\r", " very nice"), ("ea\r\r", "a"), ("ex\x1b\x1b", "")],
)
async def test_a_label_in_one_burst(keys: str, label: str) -> None:
    """The text goes into the dialog; what would close it twice closes it once."""
    async with run_app() as stage:
        await stage.poll_all()
        job = stage.app.main.selection.job
        assert job
        await type_at_once(stage, keys.rstrip("\r\x1b"))
        await type_at_once(stage, keys[len(keys.rstrip("\r\x1b")) :])
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        await stage.until(lambda: stage.store.jobs[job.id].label == job.label + label)


@pytest.mark.parametrize(
    "keys", ["i\x1b\x1b\x1b", "?\x1b\x1b", "n\r\x1b\x1b", "a\x1b\x1b", "?i\x1be\x1b"]
)
async def test_in_and_out_at_once(keys: str) -> None:
    """However fast somebody opens and leaves dialogs, the table is there in the end."""
    async with run_app() as stage:
        await stage.poll_all()
        for _ in range(3):
            await type_at_once(stage, keys)
        await type_at_once(stage, "\x1b")
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        assert len(stage.app.screen_stack) == 1


@pytest.mark.parametrize("keys", ["", "a"])
async def test_a_paste_before_there_is_a_dialog(keys: str) -> None:
    """Ids that are pasted onto the table, or too early, are in the dialog that asks for them."""
    async with run_app() as stage:
        await stage.poll_all()
        for key in keys:
            stage.app.post_message(events.Key(key, key))
        await stage.paste("CjPastedPastedPasted01\nCjPastedPastedPasted02")
        await stage.until(lambda: isinstance(stage.app.screen, AddScreen))
        await type_at_once(stage, "\r")
        await stage.until(lambda: "CjPastedPastedPasted02" in stage.store.jobs)
        assert "CjPastedPastedPasted01" in stage.store.jobs
