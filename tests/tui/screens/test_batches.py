"""Folded batches in the app: keys, cursor, actions, polls, unread jobs, and the next run."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.formatting.batches import batch_row_id
from kling_tui.jobs import Job, Status, Video
from kling_tui.tui.messages import JobUpdated
from kling_tui.tui.preferences import load
from kling_tui.tui.screens.label import LabelScreen
from kling_tui.tui.screens.links import LinksScreen
from tests.support.jobs import seen
from tests.support.scenes import START, RunningApp, run_app
from tests.support.screen_text import footer, row_ids, rows, screen_text, toasts

pytestmark = pytest.mark.slow

CAMPAIGN, NIGHT = batch_row_id("campaign"), batch_row_id("night")


def ended(job_id: str, label: str, number: int, status: Status = Status.SUCCEEDED) -> Job:
    """Return a job that ended; those with higher numbers are older."""
    when = START - timedelta(hours=number)
    videos = (Video(f"https://cdn.test/{job_id}.mp4", duration=5.0),)
    return Job(
        id=job_id,
        kind="i2v",
        label=label,
        added_at=when,
        status=status,
        ended_at=when,
        checked_at=when,
        videos=videos if status is Status.SUCCEEDED else (),
    )


def live(job_id: str, label: str) -> Job:
    """Return a job that is not polled, as the config has no such kind."""
    return Job(
        id=job_id,
        kind="gone",
        label=label,
        added_at=START - timedelta(minutes=1),
        status=Status.RUNNING,
        checked_at=START,
        history=seen(Status.RUNNING),
    )


JOBS = [
    live("single", "hero"),
    ended("c1", "campaign/shot 1", 1),
    ended("n1", "night/shot 1", 2),
    ended("c2", "campaign/shot 2", 3, Status.FAILED),
    ended("n2", "night/shot 2", 4),
    ended("c3", "campaign/shot 3", 5),
    ended("last", "end", 6),
]
"""In the order of the table."""


def cursor(running: RunningApp) -> str | None:
    """Return the id of the row under the cursor."""
    return running.app.main.table.cursor_id


async def fold(running: RunningApp, job_id: str) -> None:
    """Fold the batch of a job."""
    running.app.main.table.move_to_job(job_id)
    await running.pilot.press("z")


async def change(running: RunningApp, after: Job) -> None:
    """Let a poll change a job."""
    before = running.store.jobs[after.id]
    running.store.put(after)
    running.app.main.post_message(JobUpdated(before, after))
    await running.pilot.pause()


def end(job: Job) -> Job:
    """Return a live job after its end."""
    return replace(
        job,
        status=Status.FAILED,
        message="cancelled",
        ended_at=START,
        checked_at=START,
        unread=True,
    )


class TestCursor:
    """Where the cursor is after a batch was folded or unfolded."""

    async def test_folding_and_back(self) -> None:
        """On the row of the batch, and back on the same job."""
        async with run_app(jobs=JOBS) as running:
            assert row_ids(running) == [job.id for job in JOBS]
            await fold(running, "c2")
            assert row_ids(running) == ["single", CAMPAIGN, "n1", "n2", "last"]
            assert cursor(running) == CAMPAIGN
            assert "▸ 3 jobs" in rows(running)[2]
            await running.pilot.press("z")
            assert row_ids(running) == [job.id for job in JOBS]
            assert cursor(running) == "c2"

    async def test_unfolding_where_its_job_is_gone(self) -> None:
        """On the first job of the batch."""
        async with run_app(jobs=JOBS) as running:
            await fold(running, "c1")
            running.store.remove(running.store.jobs["c1"].id)
            running.app.main.job_list.sort()
            await running.pilot.press("z")
            assert cursor(running) == "c2"

    async def test_all_batches_at_once(self) -> None:
        """Those that are not folded yet first; the cursor stays on its job."""
        async with run_app(jobs=JOBS) as running:
            await fold(running, "c3")
            running.app.main.table.move_to_job("n2")
            await running.pilot.press("Z")
            assert row_ids(running) == ["single", CAMPAIGN, NIGHT, "last"]
            assert cursor(running) == NIGHT
            await running.pilot.press("Z")
            assert row_ids(running) == [job.id for job in JOBS]
            assert cursor(running) == "n2"

    async def test_all_batches_that_the_filter_shows(self) -> None:
        """The others stay as they are."""
        async with run_app(jobs=JOBS) as running:
            await running.pilot.press("slash", *"batch:night", "enter", "Z", "escape")
            assert row_ids(running) == ["single", "c1", NIGHT, "c2", "c3", "last"]

    async def test_cursor_follows_its_job_into_a_batch(self) -> None:
        """Where the batch is far away."""
        jobs = [*JOBS, *(ended(f"x{n}", f"x/{n}", 10 + n) for n in range(200))]
        async with run_app(jobs=jobs, size=(80, 24)) as running:
            await running.pilot.press("G", "z")
            assert cursor(running) == batch_row_id("x")
            assert any("▸ 200 jobs" in row for row in rows(running))
            await running.pilot.press("z")
            assert cursor(running) == "x199"
            assert any("x/199" in row for row in rows(running))

    async def test_keys_that_cannot_fold_say_why(self) -> None:
        """The job is in no batch, or there are none."""
        async with run_app(jobs=[ended("1", "fox", 1)]) as running:
            await running.pilot.press("z", "Z")
            assert any("in no batch" in toast for toast in toasts(running))
            assert any("No batches" in toast for toast in toasts(running))


class TestOrderAndFilter:
    """The row of a batch is where its first job would be."""

    async def test_sorting_moves_the_batch(self) -> None:
        """The cursor stays on it."""
        async with run_app(jobs=JOBS) as running:
            await fold(running, "c1")
            await running.pilot.press("S")
            assert row_ids(running) == ["last", CAMPAIGN, "n2", "n1", "single"]
            assert cursor(running) == CAMPAIGN

    async def test_filter_counts_what_it_shows(self) -> None:
        """A batch without a job that matches has no row."""
        async with run_app(jobs=JOBS) as running:
            await running.pilot.press("Z", "slash", *"batch:campaign status:done", "enter")
            assert row_ids(running) == [CAMPAIGN]
            assert "▸ 2 of 3" in rows(running)[1]
            assert "2 done" in rows(running)[1]
            await running.pilot.press("escape")
            assert row_ids(running) == ["single", CAMPAIGN, NIGHT, "last"]

    async def test_click_and_brackets_choose_rows(self) -> None:
        """As with jobs, also in the enlarged detail."""
        async with run_app(jobs=JOBS) as running:
            await running.pilot.press("Z")
            await running.pilot.click("#jobs", offset=(20, 3))
            assert cursor(running) == CAMPAIGN
            await running.pilot.press("enter", "right_square_bracket")
            assert cursor(running) == NIGHT
            assert "batch      night  2 jobs" in screen_text(running)
            await running.pilot.press("left_square_bracket")
            assert "shot 3" in screen_text(running)
            await running.pilot.press("escape")
            assert not running.app.main.has_class("-enlarged")
            await running.pilot.click("#jobs", offset=(20, 3), times=2)
            assert running.app.main.has_class("-enlarged")


class TestActions:
    """Keys on the row of a batch act on all of its jobs."""

    async def test_marks(self) -> None:
        """One key marks all of them; the margin shows where only some are marked."""
        async with run_app(jobs=JOBS) as running:
            await fold(running, "c1")
            await running.pilot.press("m")
            assert "3 marked" in footer(running)
            assert "hidden" not in footer(running)
            assert rows(running)[2].startswith("*")
            await running.pilot.press("M")
            assert {job.id for job in running.app.main.selection.targets} == {
                "c1", "c2", "c3", "n1",
            }  # fmt: skip
            await running.pilot.press("k", "m")
            assert "1 marked" in footer(running)
            running.app.main.selection.marks.toggle("c3")
            running.app.main.table.refresh()
            assert rows(running)[2].startswith("-")
            await running.pilot.press("asterisk")
            assert f"{len(JOBS)} marked" in footer(running)

    async def test_copy(self) -> None:
        """All URLs, and all ids."""
        async with run_app(jobs=JOBS) as running:
            await fold(running, "c1")
            await running.pilot.press("Y")
            dialog = running.app.screen
            assert isinstance(dialog, LinksScreen)
            assert str(dialog.query_one("#links").render()).split() == ["c1", "c2", "c3"]

    async def test_remove_and_undo(self) -> None:
        """Only those that the filter shows; messages name the batch."""
        async with run_app(jobs=JOBS) as running:
            await running.pilot.press("slash", *"status:done", "enter")
            await fold(running, "c1")
            await running.pilot.press("x")
            assert set(running.store.jobs) == {job.id for job in JOBS} - {"c1", "c3"}
            assert any("2 jobs of campaign" in toast for toast in toasts(running))
            await running.pilot.press("u")
            assert set(running.store.jobs) == {job.id for job in JOBS}
            assert cursor(running) == CAMPAIGN

    async def test_label_of_marked_jobs(self) -> None:
        """The dialog is that for several jobs; a job with another label leaves the batch."""
        async with run_app(jobs=JOBS) as running:
            await fold(running, "c1")
            await running.pilot.press("m", "k", "e")
            assert isinstance(running.app.screen, LabelScreen)
            await running.pilot.press(*"new", "enter")
            assert [job.label for job in running.store.jobs.values()].count("new") == 3
            assert CAMPAIGN not in row_ids(running)

    async def test_job_that_is_labelled_into_a_folded_batch(self) -> None:
        """The cursor goes with it."""
        async with run_app(jobs=JOBS) as running:
            await fold(running, "c1")
            await running.pilot.press("g", "e", *"campaign", "slash", "9", "ctrl+a", "enter")
            running.app.main.table.move_to_job("last")
            await running.pilot.press("e", "ctrl+u", *"campaign/9", "enter")
            assert running.store.jobs["last"].batch == "campaign"
            assert cursor(running) == CAMPAIGN

    async def test_actions_on_one_job_say_why_they_cannot_act(self) -> None:
        """Playing, and the last response."""
        async with run_app(jobs=JOBS) as running:
            await fold(running, "c1")
            for key in ("v", "i"):
                await running.pilot.press(key)
                assert running.app.screen is running.app.main
                assert any("campaign/ has 3 jobs" in toast for toast in toasts(running))
                running.app.clear_notifications()

    async def test_detail_shows_the_batch(self) -> None:
        """Its sums and its jobs, the failed one first."""
        async with run_app(jobs=JOBS) as running:
            await fold(running, "c1")
            await running.until(lambda: "campaign  3 jobs" in screen_text(running))
            assert "2 done, 1 failed" in screen_text(running)
            assert "0 of 2 downloaded" in screen_text(running)
            assert "✗ failed  campaign/shot 2" in screen_text(running)

    async def test_enlarged_detail_lists_more_jobs(self) -> None:
        """As many as fit."""
        jobs = [ended(f"{n}", f"batch/shot {n}", n) for n in range(60)]
        async with run_app(jobs=jobs, size=(80, 30)) as running:
            await running.pilot.press("z")
            await running.until(lambda: "more jobs" in screen_text(running))
            before = screen_text(running).count("✓ done")
            await running.pilot.press("enter")
            await running.until(lambda: screen_text(running).count("✓ done") > before + 5)


class TestPolls:
    """Polls of jobs in a folded batch."""

    async def test_row_shows_the_new_state(self) -> None:
        """And costs nothing elsewhere."""
        jobs = [*JOBS, live("c4", "campaign/shot 4")]
        async with run_app(jobs=jobs) as running:
            await fold(running, "c4")
            before = rows(running)
            assert "1 running, 2 done, 1 failed" in before[1]
            await change(running, end(jobs[-1]))
            await running.until(lambda: "2 done, 2 failed" in rows(running)[2])
            assert rows(running)[1].strip("▌ ") == before[2].strip("▌ ")

    async def test_end_in_a_folded_batch_is_unread(self) -> None:
        """Unless the cursor is on the row; then all of them are seen."""
        jobs = [*JOBS, live("c4", "campaign/shot 4"), live("c5", "campaign/shot 5")]
        async with run_app(jobs=jobs) as running:
            await fold(running, "c4")
            await change(running, end(jobs[-2]))
            await running.until(lambda: not running.store.jobs["c4"].unread)
            await running.pilot.press("G")
            await change(running, end(jobs[-1]))
            await running.until(lambda: "1 unread" in footer(running))
            row = row_ids(running).index(CAMPAIGN) + 1
            assert rows(running)[row].startswith("•")
            await running.pilot.press("N")
            assert cursor(running) == CAMPAIGN
            await running.until(lambda: "unread" not in footer(running))
            assert not running.store.jobs["c5"].unread

    async def test_row_outside_the_view_is_new_once(self) -> None:
        """However many of its jobs have changed; not where the row is in view."""
        changing = [live(f"c{n}", f"campaign/shot {n}") for n in range(3)]
        others = [live(f"o{n}", f"other {n}") for n in range(60)]
        async with run_app(jobs=[*changing, *others], size=(80, 24)) as running:
            await fold(running, "c0")
            await running.pilot.press("S", "G")
            await change(running, end(changing[0]))
            await change(running, end(changing[1]))
            table = running.app.main.table
            await running.until(lambda: str(table.border_subtitle).startswith("1 new ↑"))
            table.move_to_job("c0")
            await running.until(lambda: "new" not in str(table.border_subtitle))
            await change(running, end(changing[2]))
            await running.pilot.press("G")
            await running.until(
                lambda: CAMPAIGN not in row_ids(running)[table.visible_rows.start :]
            )
            assert "new" not in str(table.border_subtitle)


async def test_folded_batches_and_the_cursor_survive_a_restart(tmp_path: Path) -> None:
    """Those that still have jobs."""
    file = tmp_path / "view.toml"
    async with run_app(jobs=JOBS, preferences_file=file) as running:
        await fold(running, "n1")
        await running.pilot.press("q")
    assert load(file).folded == ("night",)
    async with run_app(jobs=JOBS, preferences_file=file) as running:
        assert row_ids(running) == ["single", "c1", NIGHT, "c2", "c3", "last"]
        assert cursor(running) == NIGHT
        await running.pilot.press("z", "q")
    assert load(file).folded == ()
