"""Input that arrives before a dialog is open, or after it was closed."""

import pytest
from textual import events

from kling_tui.tui.screens.add import AddScreen
from kling_tui.tui.screens.main import MainScreen
from tests.support.scenes import RunningApp, run_app

NAMES = {"\r": "enter", "\x1b": "escape"}


async def type_at_once(running: RunningApp, keys: str) -> None:
    """Press keys without waiting for what any of them does."""
    for key in keys:
        running.app.post_message(events.Key(NAMES.get(key, key), key))
    await running.pilot.pause()


@pytest.mark.parametrize(
    ("keys", "label"),
    [("ei\r", "i"), ("e very nice\r", " very nice"), ("ea\r\r", "a"), ("ex\x1b\x1b", "")],
)
async def test_keys_typed_at_once_go_into_the_dialog(keys: str, label: str) -> None:
    """The text goes into the dialog; keys that would close it twice close it once."""
    async with run_app() as running:
        await running.poll_all()
        job = running.app.main.selection.job
        assert job
        await type_at_once(running, keys.rstrip("\r\x1b"))
        await type_at_once(running, keys[len(keys.rstrip("\r\x1b")) :])
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        await running.until(lambda: running.store.jobs[job.id].label == job.label + label)


@pytest.mark.slow
@pytest.mark.parametrize(
    "keys", ["i\x1b\x1b\x1b", "?\x1b\x1b", "n\r\x1b\x1b", "a\x1b\x1b", "?i\x1be\x1b"]
)
async def test_dialogs_opened_and_closed_at_once_leave_the_table(keys: str) -> None:
    """However fast dialogs are opened and closed, the main screen is left."""
    async with run_app() as running:
        await running.poll_all()
        for _ in range(3):
            await type_at_once(running, keys)
        await type_at_once(running, "\x1b")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        assert len(running.app.screen_stack) == 1


@pytest.mark.parametrize("keys", ["", "a"])
async def test_paste_onto_the_table_opens_the_add_dialog(keys: str) -> None:
    """Ids that are pasted onto the table, or before the dialog is open, are in the dialog."""
    async with run_app() as running:
        await running.poll_all()
        for key in keys:
            running.app.post_message(events.Key(key, key))
        await running.paste("CjPastedPastedPasted01\nCjPastedPastedPasted02")
        await running.until(lambda: isinstance(running.app.screen, AddScreen))
        await type_at_once(running, "\r")
        await running.until(lambda: "CjPastedPastedPasted02" in running.store.jobs)
        assert "CjPastedPastedPasted01" in running.store.jobs
