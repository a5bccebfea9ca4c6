"""Renaming a folded batch: the dialog, its errors and questions, and undoing it."""

import pytest
from textual.widgets import Input, Static

from kling_tui.formatting.batches import batch_row_id
from kling_tui.gateways.job_ids import MAX_LABEL_LENGTH
from kling_tui.jobs import Job, Status
from kling_tui.tui.screens.confirm import ConfirmScreen
from kling_tui.tui.screens.rename_batch import RenameBatchScreen
from tests.support.jobs import a_job
from tests.support.scenes import RunningApp, run_app
from tests.support.screen_text import toasts

pytestmark = pytest.mark.slow

LABELS = ("campaign/shot 1", "campaign/ take/2", "night/shot 1", "hero")
JOBS = [
    a_job(label, label=label, status=Status.FAILED if "shot" in label else Status.SUCCEEDED)
    for label in LABELS
]
"""Their ids are their first labels."""


def labels(running: RunningApp) -> list[str]:
    """Return the labels of the jobs in the order of `JOBS`."""
    return [running.store.jobs[job_id].label for job_id in LABELS]


async def open_dialog(running: RunningApp, job: Job = JOBS[0]) -> RenameBatchScreen:
    """Fold the batch of a job, and ask for its name."""
    running.app.main.table.move_to_job(job.id)
    await running.pilot.press("z", "e")
    dialog = running.app.screen
    assert isinstance(dialog, RenameBatchScreen)
    return dialog


def hint(dialog: RenameBatchScreen) -> str:
    """Return the line below the input."""
    return str(dialog.query_one("#hint", Static).render())


async def rename(running: RunningApp, name: str) -> None:
    """Type another name, and press Enter."""
    running.app.screen.query_one(Input).value = name
    await running.pilot.press("enter")


@pytest.mark.parametrize("typed", ["new", " new ", "new/"])
async def test_all_jobs_of_the_batch_get_its_new_name(typed: str) -> None:
    """The rest of each label stays, the row stays folded, and one undo takes it back."""
    async with run_app(jobs=JOBS) as running:
        dialog = await open_dialog(running)
        assert dialog.query_one("#dialog").border_title == "Rename batch"
        assert "campaign/ · 2 jobs" in str(dialog.query_one("#dialog").border_subtitle)
        assert dialog.query_one(Input).value == "campaign"
        await rename(running, typed)
        assert labels(running) == ["new/shot 1", "new/ take/2", *LABELS[2:]]
        assert running.app.main.table.cursor_id == batch_row_id("new")
        assert any("Renamed to new/. Press u to undo" in toast for toast in toasts(running))
        await running.pilot.press("u")
        assert tuple(labels(running)) == LABELS
        assert toasts(running) == [": Undone: renaming campaign/ to new/"]
        assert running.app.main.table.cursor_id == batch_row_id("campaign")
        await running.pilot.press("U")
        assert toasts(running) == [": Redone: renaming campaign/ to new/"]
        assert running.app.main.table.cursor_id == batch_row_id("new")
        await running.pilot.press("z")
        assert running.app.main.table.cursor_id == JOBS[0].id


async def test_jobs_that_the_filter_hides_are_renamed_too() -> None:
    """The dialog says how many these are."""
    async with run_app(jobs=JOBS) as running:
        await running.pilot.press("slash", *"status:failed", "enter")
        dialog = await open_dialog(running)
        subtitle = str(dialog.query_one("#dialog").border_subtitle)
        assert "campaign/ · 2 jobs, 1 hidden by the filter" in subtitle
        await rename(running, "new")
        assert labels(running) == ["new/shot 1", "new/ take/2", *LABELS[2:]]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a/b", "cannot contain a slash"),
        ("/a", "cannot contain a slash"),
        ("x" * MAX_LABEL_LENGTH, "Too long"),
        ("x" * (MAX_LABEL_LENGTH + 1), "Too long"),
    ],
)
async def test_a_name_that_cannot_be_used_is_an_error_below_the_input(
    name: str, problem: str
) -> None:
    """Enter does nothing then; the error goes when the name is corrected."""
    async with run_app(jobs=JOBS) as running:
        dialog = await open_dialog(running)
        await rename(running, name)
        assert running.app.screen is dialog
        assert problem in hint(dialog)
        assert tuple(labels(running)) == LABELS
        dialog.query_one(Input).value = "[b]"
        await running.pilot.pause()
        assert hint(dialog) == "campaign/shot 1 → [b]/shot 1"


@pytest.mark.parametrize(
    ("name", "question", "after"),
    [
        ("", "Remove campaign/ from the labels of 2 jobs?", ["shot 1", "take/2"]),
        ("night", "night/ already has 1 job.", ["night/shot 1", "night/ take/2"]),
    ],
    ids=["no name", "another batch"],
)
async def test_removing_and_merging_ask_first(name: str, question: str, after: list[str]) -> None:
    """No returns to the dialog, which is hidden until then; one undo takes it back."""
    async with run_app(jobs=JOBS) as running:
        dialog = await open_dialog(running)
        await rename(running, name)
        asked = running.app.screen
        assert isinstance(asked, ConfirmScreen)
        assert question in str(asked.query_one("#question").render())
        assert not dialog.query_one("#dialog").visible
        await running.pilot.press("n")
        assert running.app.screen is dialog
        assert dialog.query_one("#dialog").visible
        assert dialog.focused is dialog.query_one(Input)
        assert tuple(labels(running)) == LABELS
        await running.pilot.press("enter", "y")
        await running.until(lambda: running.app.screen is running.app.main)
        assert labels(running) == [*after, *LABELS[2:]]
        await running.pilot.press("u")
        assert tuple(labels(running)) == LABELS


async def test_the_same_name_changes_nothing() -> None:
    """There is nothing to undo."""
    async with run_app(jobs=JOBS) as running:
        await open_dialog(running)
        await running.pilot.press("enter")
        assert running.app.screen is running.app.main
        assert running.app.main.session.edits.next_undo is None


async def test_batch_whose_jobs_were_removed_while_the_dialog_was_open() -> None:
    """Nothing is renamed."""
    async with run_app(jobs=JOBS) as running:
        await open_dialog(running)
        running.store.remove(*LABELS[:2])
        await rename(running, "new")
        assert running.app.screen is running.app.main
        assert set(running.store.jobs) == set(LABELS[2:])
