"""The label dialog, for one job and for several."""

import pytest
from textual.widgets import Input

from kling_tui.tui.screens.confirm import ConfirmScreen
from kling_tui.tui.screens.label import LabelScreen
from kling_tui.tui.screens.main import MainScreen
from tests.support.scenes import RunningApp, run_app

pytestmark = pytest.mark.slow


def labels(running: RunningApp) -> list[str]:
    """Return the labels of all jobs in the order of the table."""
    return [running.store.jobs[job_id].label for job_id in running.app.main.table.order]


async def open_dialog(running: RunningApp, *keys: str) -> LabelScreen:
    """Press keys, then the one that opens the dialog."""
    await running.poll_all()
    await running.pilot.press("g", *keys, "e")
    dialog = running.app.screen
    assert isinstance(dialog, LabelScreen)
    return dialog


async def test_several_jobs_with_different_labels_keep_them_if_nothing_is_typed() -> None:
    """The dialog says how many jobs there are, and that their labels differ."""
    async with run_app() as running:
        dialog = await open_dialog(running, "m", "m", "m")
        before = labels(running)
        assert dialog.query_one("#dialog").border_title == "Label of 3 jobs"
        assert dialog.query_one(Input).placeholder == "Different labels"
        assert dialog.query("#hint")
        await running.pilot.press("enter")
        assert isinstance(running.app.screen, MainScreen)
        assert labels(running) == before
        assert running.app.main.session.edits.next_undo is None


async def test_several_jobs_with_the_same_label_show_it() -> None:
    """It can be edited for all of them."""
    async with run_app() as running:
        await open_dialog(running, "m", "m")
        await running.pilot.press(*"both", "enter", "e")
        dialog = running.app.screen
        assert dialog.query_one(Input).value == "both"
        assert not dialog.query("#hint")
        await running.pilot.press("2", "enter")
        assert labels(running)[:2] == ["both2"] * 2


@pytest.mark.parametrize("keys", [["space"], ["a", "backspace"]], ids=["a space", "deleted text"])
async def test_erasing_several_labels_asks_first(keys: list[str]) -> None:
    """No returns to the dialog; yes erases them, which one undo takes back."""
    async with run_app() as running:
        dialog = await open_dialog(running, "m", "m", "m")
        before = labels(running)
        await running.pilot.press(*keys, "enter")
        question = running.app.screen
        assert isinstance(question, ConfirmScreen)
        assert "labels of 3 jobs" in str(question.query_one("#question").render())
        await running.pilot.press("n")
        assert running.app.screen is dialog
        assert labels(running) == before
        await running.pilot.press("enter", "y")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        assert labels(running)[:3] == [""] * 3
        await running.pilot.press("u")
        assert labels(running) == before


async def test_erasing_one_label_needs_no_question() -> None:
    """It can be undone."""
    async with run_app() as running:
        dialog = await open_dialog(running)
        job = running.app.main.selection.job
        assert job
        assert dialog.query_one("#dialog").border_subtitle == job.name
        await running.pilot.press("ctrl+u", "enter")
        assert running.store.jobs[job.id].label == ""
        await running.pilot.press("u")
        assert running.store.jobs[job.id] == job


async def test_labels_that_are_all_empty_can_stay_so() -> None:
    """Nothing is erased, so nothing is asked."""
    async with run_app() as running:
        await open_dialog(running, "m", "m")
        await running.pilot.press("space", "enter", "y", "e", "space", "enter")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        assert labels(running)[:2] == ["", ""]
