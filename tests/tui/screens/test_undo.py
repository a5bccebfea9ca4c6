"""Undo and redo of what the user does to jobs."""

import pytest
from msgspec.structs import replace

from kling_tui.storage.store import Store
from kling_tui.tui.screens.confirm import ConfirmScreen
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.widgets.key_hints import KeyHints
from tests.support.scenes import DEMO_IDS, RunningApp, run_app
from tests.support.screen_text import toasts

pytestmark = pytest.mark.slow

NEW_IDS = ("CjPastedPastedPasted01", "CjPastedPastedPasted02")


def labels(running: RunningApp) -> dict[str, str]:
    """Return the label of each tracked job."""
    return {job.id: job.label for job in running.store.jobs.values()}


async def add_jobs(running: RunningApp) -> None:
    """Track two jobs with the dialog."""
    await running.paste("\n".join(NEW_IDS))
    await running.pilot.press("enter")
    await running.until(lambda: NEW_IDS[1] in running.store.jobs)


async def test_each_press_undoes_one_more_action_and_redo_repeats_them() -> None:
    """The toast says which; the cursor goes to the job."""
    async with run_app() as running:
        await running.poll_all()
        start = labels(running)
        await running.move_cursor_to("product spin")
        await running.pilot.press("e", *" 2", "enter", "m", "m", "x")
        changed = labels(running)
        await running.pilot.press("u")
        assert toasts(running) == [": Undone: removal of 2 jobs"]
        await running.pilot.press("u")
        assert toasts(running) == [": Undone: label of product spin"]
        assert running.app.main.table.cursor_id == DEMO_IDS["product spin"]
        assert labels(running) == start
        await running.pilot.press("u", "U", "U")
        assert toasts(running) == [": Redone: removal of 2 jobs"]
        assert labels(running) == changed


async def test_removing_paid_jobs_says_what_is_no_longer_counted() -> None:
    """In the toast; of jobs in flight, nothing was spent."""
    async with run_app() as running:
        await running.poll_all()
        await running.move_cursor_to("product spin")
        await running.pilot.press("x")
        assert toasts(running)[-1].endswith(
            "Removed. $0.70 spent is no longer counted. Press u to undo"
        )
        await running.pilot.press("u")
        await running.move_cursor_to("hero shot")
        await running.pilot.press("x")
        assert toasts(running)[-1].endswith("Removed. Press u to undo")


async def test_a_label_that_was_changed_elsewhere_is_reported() -> None:
    """It stays, and the others are undone."""
    async with run_app() as running:
        await running.poll_all()
        start = labels(running)
        await running.pilot.press("g", "m", "m", "m", "e", "ctrl+u", *"new", "enter")
        chosen = [job_id for job_id, label in labels(running).items() if label == "new"]
        assert len(chosen) == 3
        await running.until(lambda: running.store.path.read_text("utf-8").count('"new"') == 3)
        other = Store(running.store.path)
        other.load()
        other.put(replace(other.jobs[chosen[0]], label="theirs"))
        other.save()
        await running.pilot.press("u")
        assert labels(running) == {**start, chosen[0]: "theirs"}
        assert toasts(running) == [": Undone: label of 2 jobs (1 other changed elsewhere since)"]


async def test_undo_of_an_addition_asks_before_it_removes_jobs() -> None:
    """They may have run for hours since."""
    async with run_app() as running:
        await running.poll_all()
        await add_jobs(running)
        await running.pilot.press("u")
        question = running.app.screen
        assert isinstance(question, ConfirmScreen)
        assert "addition of 2 jobs" in str(question.query_one("#question").render())
        assert str(question.query_one("#dialog").border_title) == "Undo"
        assert str(question.query_one(KeyHints).render()).split() == ["⏎/y", "Yes", "esc", "No"]
        await running.pilot.press("escape")
        assert NEW_IDS[0] in running.store.jobs
        await running.pilot.press("u", "y")
        await running.until(lambda: not {*NEW_IDS} & {*running.store.jobs})
        await running.until(lambda: toasts(running) == [": Undone: addition of 2 jobs"])
        await running.pilot.press("U")
        assert {*NEW_IDS} <= {*running.store.jobs}


async def test_keys_are_offered_only_when_they_can_act() -> None:
    """`U` only after an undo."""
    async with run_app() as running:
        await running.poll_all()
        screen = running.app.main
        assert (screen.check_action("jobs", ("undo",)), screen.check_action("jobs", ("redo",))) == (
            False,
            False,
        )
        await running.pilot.press("x")
        assert screen.check_action("jobs", ("undo",))
        await running.pilot.press("u")
        assert screen.check_action("jobs", ("redo",))
        assert isinstance(running.app.screen, MainScreen)
