"""Keeping and rejecting results in the table."""

import pytest
from msgspec.structs import replace

from kling_tui.jobs import Job, Review, Status, Video
from kling_tui.storage.store import Store
from kling_tui.tui.app import KNOWN_KEYS
from kling_tui.tui.keymap import keymap_errors
from kling_tui.tui.screens.main import MainScreen
from tests.support.jobs import a_job, after
from tests.support.scenes import RunningApp, run_app
from tests.support.screen_text import rows, screen_text, toasts

pytestmark = pytest.mark.slow

VIDEO = Video("https://cdn.test/1.mp4")
JOBS = [
    a_job(f"D{number}", label=f"shot {number}", status=Status.SUCCEEDED, videos=(VIDEO,),
          ended_at=after(-number), added_at=after(-number))
    for number in range(3)
] + [a_job("F", status=Status.FAILED, ended_at=after(-9), added_at=after(-9))]  # fmt: skip


def reviews(running: RunningApp) -> list[Review | None]:
    """Return the reviews of the three results."""
    return [running.store.jobs[f"D{number}"].review for number in range(3)]


async def test_a_result_is_kept_or_rejected_and_that_is_taken_back() -> None:
    """By the same key again, and by undo; row and detail show it at once."""
    async with run_app(jobs=JOBS) as running:
        running.app.main.table.move_to_job("D1")
        await running.pilot.press("plus")
        assert reviews(running) == [None, Review.KEPT, None]
        assert any("✓ done +" in row and "shot 1" in row for row in rows(running))
        await running.until(lambda: "kept" in screen_text(running))
        await running.pilot.press("minus")
        assert reviews(running) == [None, Review.REJECTED, None]
        assert any("✓ done -" in row for row in rows(running))
        await running.pilot.press("minus")
        assert reviews(running) == [None] * 3
        await running.pilot.press("u", "u")
        assert reviews(running) == [None, Review.KEPT, None]
        assert toasts(running) == [": Undone: review of shot 1"]
        await running.pilot.press("U")
        assert reviews(running) == [None, Review.REJECTED, None]


async def test_all_marked_results_are_reviewed_in_one_step() -> None:
    """A job without a result among them stays as it is."""
    async with run_app(jobs=JOBS) as running:
        await running.pilot.press("asterisk", "plus")
        assert reviews(running) == [Review.KEPT] * 3
        assert running.store.jobs["F"].review is None
        assert toasts(running) == ["3 jobs: Kept. Press u to undo"]
        await running.pilot.press("u")
        assert reviews(running) == [None] * 3


async def test_some_kept_jobs_become_all_kept_before_that_is_taken_back() -> None:
    """So that one press has the same result for all."""
    jobs = [replace(JOBS[0], review=Review.KEPT), *JOBS[1:]]
    async with run_app(jobs=jobs) as running:
        await running.pilot.press("asterisk", "plus")
        assert reviews(running) == [Review.KEPT] * 3
        await running.pilot.press("plus")
        assert reviews(running) == [None] * 3


@pytest.mark.parametrize("key", ["plus", "minus"])
async def test_a_job_without_a_result_says_so(key: str) -> None:
    """Nothing is stored."""
    async with run_app(jobs=JOBS) as running:
        running.app.main.table.move_to_job("F")
        await running.pilot.press(key)
        assert toasts(running) == [": This job failed: it has no result."]
        assert running.store.jobs["F"].review is None


async def test_the_menu_filters_by_review() -> None:
    """What is reviewed leaves the filter for results that are not, and the cursor goes on."""
    async with run_app(jobs=JOBS) as running:
        table = running.app.main.table
        await running.pilot.press("f", "v")
        assert list(table.order) == ["D0", "D1", "D2"]
        await running.pilot.press("g", "plus")
        assert (list(table.order), table.cursor_id) == (["D1", "D2"], "D1")
        await running.pilot.press("minus")
        assert list(table.order) == ["D2"]
        await running.pilot.press("f", "plus")
        assert list(table.order) == ["D0"]
        await running.pilot.press("f", "minus")
        assert list(table.order) == ["D1"]
        assert isinstance(running.app.screen, MainScreen)


async def test_a_review_of_another_process_is_shown() -> None:
    """And saved reviews of this one reach it."""
    async with run_app(jobs=JOBS) as running:
        await running.until(lambda: running.store.loaded)
        other = Store(running.store.path)
        other.load()
        other.put(replace(other.jobs["D2"], review=Review.REJECTED))
        other.save()
        await running.until(lambda: reviews(running) == [None, None, Review.REJECTED])
        running.app.main.table.move_to_job("D0")
        await running.pilot.press("plus")

        def saved() -> Job:
            other.load()
            return other.jobs["D0"]

        await running.until(lambda: saved().review is Review.KEPT)


async def test_a_config_may_use_the_keys_for_something_else() -> None:
    """A config that is older than these keys stays valid, and does what it did."""
    keys = {"refresh": "plus", "mark": "-"}
    assert list(keymap_errors(keys, KNOWN_KEYS)) == []
    async with run_app(jobs=JOBS, keys=keys) as running:
        await running.pilot.press("plus", "minus")
        assert reviews(running) == [None] * 3
        assert len(running.app.main.selection.marks) == 1
