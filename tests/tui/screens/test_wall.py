"""The clip wall: which results it shows, and what its keys do."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from kling_tui.formatting import results
from kling_tui.jobs import Job, Review
from kling_tui.previews import Clip
from kling_tui.storage.store import Store
from kling_tui.tui.screens.filter_by import FilterByScreen
from kling_tui.tui.screens.label import LabelScreen
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.screens.refresh import Refresh
from kling_tui.tui.screens.wall import WallScreen
from kling_tui.tui.widgets.clip_wall import ClipWall
from kling_tui.tui.widgets.job_detail import JobDetail
from kling_tui.tui.widgets.wall_tile import Tile
from tests.support.few_colours import NoColourApp
from tests.support.jobs import after
from tests.support.scenes import RunningApp
from tests.support.screen_text import toasts
from tests.support.video_app import downloaded_job, running_with, two_colour_cells
from tests.tui.video.test_clip_ownership import CountingOpener

pytestmark = pytest.mark.slow


def shots(file: Path, number: int) -> list[Job]:
    """Return finished jobs with the same file, in the order in which the table shows them."""
    return [
        replace(downloaded_job(f"shot {index:04}", file), added_at=after(-index))
        for index in range(number)
    ]


def wall(running: RunningApp) -> ClipWall:
    """Return the tiles."""
    return running.app.screen.query_one(ClipWall)


def tiles(running: RunningApp) -> list[Tile]:
    """Return the tiles that show a result, in their order on the screen."""
    shown = [tile for tile in running.app.screen.query(Tile) if tile.display]
    return sorted(shown, key=lambda tile: (tile.region.y, tile.region.x))


def names(running: RunningApp) -> list[str]:
    """Return the names below the posters."""
    return [tile.content.title for tile in tiles(running) if tile.content]


def text(tile: Tile) -> str:
    """Return what a tile shows as text."""
    widget = tile.poster or tile
    lines = [widget.render_line(y).text for y in range(widget.size.height)]
    captions = [tile.render_line(y).text for y in range(tile.size.height)]
    return " ".join(" ".join([*lines, *captions]).split())


def picture_cells(tile: Tile) -> int:
    """Return how many cells of the poster, or of the clip, show two colours."""
    return max(two_colour_cells(each) for each in (tile.clip, tile.poster) if each)


async def open_wall(running: RunningApp) -> None:
    """Open the wall, and wait until it shows all that it can."""
    await running.until(lambda: running.store.loaded)
    await running.pilot.press("W")
    await running.until(
        lambda: (
            isinstance(running.app.screen, WallScreen)
            and len(tiles(running)) == len(wall(running).in_view)
        )
    )


async def test_shows_the_downloaded_results_of_the_jobs_in_the_table(
    clips: dict[str, Path],
) -> None:
    """In its order, each of several videos in a tile of its own; with poster and facts."""
    several = replace(downloaded_job("two", clips["dusk"], clips["silk"]), added_at=after(-9))
    kept = replace(downloaded_job("one", clips["silk"]), review=Review.KEPT)
    async with running_with(kept, several, downloaded_job("not here")) as running:
        await open_wall(running)
        assert names(running) == ["one", "two 1/2", "two 2/2"]
        await running.until(lambda: all(picture_cells(tile) > 30 for tile in tiles(running)))
        assert "one ▌i2v ? kept" in text(tiles(running)[0])
        assert "Clip wall: 3 results" in str(wall(running).border_title)
        assert str(wall(running).border_subtitle) == "1 of 3"


@pytest.mark.parametrize("number", [20, 400])
async def test_only_what_is_in_view_is_read(fade: Path, tmp_path: Path, number: int) -> None:
    """However many results there are; further down, the next row is."""
    jobs = shots(fade, number)
    for index, job in enumerate(jobs):
        copy = tmp_path / f"{job.id}.mp4"
        copy.hardlink_to(fade)
        jobs[index] = job.with_file(0, str(copy))
    opener = CountingOpener()

    def read() -> set[str]:
        return {Path(path).stem for path in opener.paths}

    async with running_with(*jobs, open_clip=opener, size=(80, 24)) as running:
        await open_wall(running)
        assert len(wall(running).in_view) == len(running.app.screen.query(Tile)) == 6
        await running.until(lambda: read() == {job.id for job in jobs[:6]})
        await running.pilot.press("down", "down")
        assert (names(running)[0], wall(running).cursor) == ("shot 0003", ("shot 0006", 0))
        await running.until(lambda: read() == {job.id for job in jobs[:9]})
        await running.pilot.press("end")
        assert str(wall(running).border_subtitle) == f"{number} of {number}"
        await running.until(lambda: read() == {job.id for job in jobs[:9]} | {*names(running)})


async def test_two_files_are_read_at_a_time_and_none_after_the_wall_is_left(
    fade: Path, tmp_path: Path
) -> None:
    """Quitting would have to wait for the others."""
    jobs = shots(fade, 6)
    for index, job in enumerate(jobs):
        copy = tmp_path / f"{job.id}.mp4"
        copy.hardlink_to(fade)
        jobs[index] = job.with_file(0, str(copy))
    opener, asked_for = CountingOpener(), list[str]()

    def open_clip(path: str) -> Clip:
        asked_for.append(Path(path).stem)
        return opener(path)

    async with running_with(*jobs, open_clip=open_clip) as running:
        await running.until(lambda: opener.closed == 1)
        opener.may_open.clear()
        await running.pilot.press("W")
        await running.until(lambda: len(asked_for) > 2)
        await running.pilot.press("escape")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        opener.may_open.set()
        await running.until(lambda: opener.closed == opener.opened == len(asked_for))
        others = set(asked_for) - {jobs[0].id}  # that is read for its detail and its clip as well
        assert len(others) <= 2


async def test_a_file_that_cannot_be_read_says_why(clips: dict[str, Path]) -> None:
    """In its tile, beside the others."""
    missing = downloaded_job("missing", clips["dusk"]).with_file(0, None, "/disk/x.mp4")
    broken, page = downloaded_job("broken", clips["stub"]), downloaded_job("page", clips["page"])
    reasons = {
        "missing": results.MISSING_FILE,
        "broken": "has no frame that can be decoded",
        "page": "is not a supported video format",
    }
    async with running_with(missing, broken, page) as running:
        await open_wall(running)
        assert sorted(names(running)) == sorted(reasons)
        shown = dict(zip(names(running), tiles(running), strict=True))
        await running.until(lambda: all(reasons[name] in text(shown[name]) for name in shown))


async def test_keeps_and_rejects_the_result_under_the_cursor(fade: Path) -> None:
    """As in the table, which shows it too; undo takes it back."""
    async with running_with(*shots(fade, 3)) as running:
        await open_wall(running)
        await running.pilot.press("right", "plus")
        assert running.store.jobs["shot 0001"].review is Review.KEPT
        assert "kept" in text(tiles(running)[1])
        await running.pilot.press("right", "minus", "u")
        assert [job.review for job in running.store.jobs.values()] == [None, Review.KEPT, None]
        await running.pilot.press("left", "plus")
        assert running.store.jobs["shot 0001"].review is None


async def test_a_review_removes_the_result_from_a_filter_for_others(fade: Path) -> None:
    """The cursor goes to the next one."""
    async with running_with(*shots(fade, 3)) as running:
        await running.pilot.press("f", "v")
        await open_wall(running)
        await running.pilot.press("right", "minus")
        await running.until(lambda: names(running) == ["shot 0000", "shot 0002"])
        assert wall(running).cursor == ("shot 0002", 0)
        await running.pilot.press("plus")
        await running.until(lambda: names(running) == ["shot 0000"])
        await running.pilot.press("plus")
        await running.until(lambda: names(running) == [])
        assert "No downloaded result matches the filter" in str(wall(running).render())


async def test_marks_are_those_of_the_table(fade: Path) -> None:
    """And the keys act on all of them."""
    async with running_with(*shots(fade, 4)) as running:
        await running.pilot.press("m")
        await open_wall(running)
        assert "*shot 0000" in text(tiles(running)[0])
        await running.pilot.press("home", "right", "right", "M")
        assert sorted(running.app.main.selection.marks) == ["shot 0000", "shot 0001", "shot 0002"]
        assert str(wall(running).border_subtitle) == "3 of 4 · 3 marked"
        await running.pilot.press("minus")
        rejected = [job.id for job in running.store.jobs.values() if job.review is Review.REJECTED]
        assert rejected == ["shot 0000", "shot 0001", "shot 0002"]
        await running.pilot.press("asterisk", "asterisk", "m")
        assert list(running.app.main.selection.marks) == ["shot 0002"]
        assert wall(running).cursor == ("shot 0003", 0)


async def test_the_filter_is_that_of_the_table(fade: Path) -> None:
    """It can be typed on the wall; escape takes back what was typed."""
    async with running_with(*shots(fade, 12)) as running:
        await open_wall(running)
        await running.pilot.press("slash", *"0001", "enter")
        assert names(running) == ["shot 0001"]
        assert list(running.app.main.table.order) == ["shot 0001"]
        await running.pilot.press("slash", "ctrl+u", *"0002", "escape")
        assert names(running) == ["shot 0001"]
        await running.pilot.press("1")
        assert len(names(running)) == 12
        await running.pilot.press("slash", *"status:x", "enter")
        assert running.app.screen.query_one("#filter", Input).has_focus
        assert len(names(running)) == 12
        await running.pilot.press("escape", "f")
        await running.until(lambda: isinstance(running.app.screen, FilterByScreen))
        await running.pilot.press("plus")
        await running.until(lambda: isinstance(running.app.screen, WallScreen))
        assert names(running) == []
        await running.pilot.press("escape")
        assert isinstance(running.app.screen, MainScreen)
        assert running.app.main.query_one("#filter", Input).value == "is:kept"


async def test_enter_opens_the_job_in_the_table(fade: Path) -> None:
    """Escape leaves the cursor of the table where it was."""
    async with running_with(*shots(fade, 3)) as running:
        table = running.app.main.table
        await open_wall(running)
        await running.pilot.press("right", "escape")
        assert (isinstance(running.app.screen, MainScreen), table.cursor_id) == (True, "shot 0000")
        await open_wall(running)
        await running.pilot.press("right", "right", "enter")
        assert (isinstance(running.app.screen, MainScreen), table.cursor_id) == (True, "shot 0002")


async def test_a_job_that_is_opened_is_unfolded_and_shown_in_full(fade: Path) -> None:
    """Where there is no room for the detail beside the table, it is enlarged."""
    jobs = [replace(job, label=f"campaign/{job.label}") for job in shots(fade, 3)]
    async with running_with(*jobs, size=(40, 10)) as running:
        await running.pilot.press("z")
        await open_wall(running)
        await running.pilot.press("right", "plus", "enter")
        assert running.app.main.table.cursor_id == "shot 0001"
        assert running.app.main.query_one(JobDetail).display
        kept = [job.id for job in running.store.jobs.values() if job.review]
        assert kept == ["shot 0001"], "not the whole batch, which was folded in the table"


async def test_keys_of_the_table_act_on_the_result_under_the_cursor(fade: Path) -> None:
    """Dialogs open over the wall."""
    async with running_with(*shots(fade, 3)) as running:
        await open_wall(running)
        await running.pilot.press("right", "e")
        assert isinstance(running.app.screen, LabelScreen)
        await running.pilot.press("ctrl+u", *"new", "enter")
        await running.until(lambda: names(running) == ["shot 0000", "new", "shot 0002"])
        await running.pilot.press("x")
        await running.until(lambda: names(running) == ["shot 0000", "shot 0002"])
        await running.pilot.press("u")
        await running.until(lambda: len(names(running)) == 3)


async def test_changes_of_other_processes_are_shown(fade: Path) -> None:
    """The cursor stays on its result where others come before it."""
    jobs = shots(fade, 3)
    async with running_with(*jobs[1:]) as running:
        await open_wall(running)
        other = Store(running.store.path)
        other.load()
        other.put(jobs[0], replace(jobs[2], review=Review.KEPT))
        other.save()
        await running.until(lambda: len(names(running)) == 3)
        assert names(running)[0] == "shot 0000"
        assert wall(running).cursor == ("shot 0001", 0)
        assert "kept" in text(tiles(running)[2])


async def test_a_download_that_ends_appears(fade: Path) -> None:
    """The wall says which key downloads all; there it works too."""
    job = shots(fade, 1)[0]
    async with running_with(job.with_file(0, None)) as running:
        await open_wall(running)
        assert str(wall(running).render()) == "No result is downloaded. Press D to download all."
        running.store.put(job)
        running.app.main.refresher.invalidate(Refresh.ROWS, job)
        await running.until(lambda: names(running) == ["shot 0000"])


async def test_a_key_that_can_do_nothing_says_why(fade: Path) -> None:
    """As in the table."""
    async with running_with(shots(fade, 1)[0].with_file(0, None)) as running:
        await open_wall(running)
        await running.pilot.press("plus")
        assert toasts(running) == [": No jobs are shown."]


async def test_without_the_preview_extra_tiles_have_text(fade: Path) -> None:
    """And the wall says how to install it."""
    async with running_with(*shots(fade, 2), open_clip=None) as running:
        await open_wall(running)
        assert results.NO_PREVIEW in str(running.app.screen.query_one("#wall-note").render())
        assert "fade.mp4" in text(tiles(running)[0])
        await running.pilot.press("right", "plus", "space", "escape")
        assert running.store.jobs["shot 0001"].review is Review.KEPT


async def test_without_colours_tiles_have_text(fade: Path) -> None:
    """The cursor is seen by its bar, and reversed."""
    async with running_with(*shots(fade, 2), app_class=NoColourApp) as running:
        await open_wall(running)
        assert "$NO_COLOR" in str(running.app.screen.query_one("#wall-note").render())
        assert "fade.mp4" in text(tiles(running)[0])
        first, second = tiles(running)
        caption = first.size.height - 1
        assert any(
            segment.style and segment.style.reverse for segment in first.render_line(caption)
        )
        assert first.render_line(0).text.startswith("▌")
        assert not second.render_line(0).text.startswith("▌")


@pytest.mark.parametrize("size", [(5, 2), (10, 3), (40, 10), (60, 20), (300, 100)])
async def test_any_window_has_a_wall(fade: Path, size: tuple[int, int]) -> None:
    """Also while it is resized."""
    async with running_with(*shots(fade, 3), size=size) as running:
        await running.pilot.press("W")
        await running.until(lambda: isinstance(running.app.screen, WallScreen))
        await running.pilot.press("right", "pagedown")
        await running.pilot.resize_terminal(80, 24)
        await running.until(lambda: len(tiles(running)) == 3)
        await running.pilot.resize_terminal(*size)
        await running.pilot.press("escape")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))


async def test_a_clicked_tile_is_under_the_cursor_and_a_double_click_opens_it(fade: Path) -> None:
    """The mouse is optional."""
    async with running_with(*shots(fade, 3)) as running:
        await open_wall(running)
        await running.pilot.click(tiles(running)[1])
        assert wall(running).cursor == ("shot 0001", 0)
        await running.pilot.click(tiles(running)[2], times=2)
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        assert running.app.main.table.cursor_id == "shot 0002"


async def test_the_cursor_on_a_result_has_seen_its_end(fade: Path) -> None:
    """As the cursor of the table does; until then its tile has the sign of unread jobs."""
    jobs = [replace(job, unread=True) for job in shots(fade, 3)]
    async with running_with(*jobs) as running:
        await open_wall(running)
        assert "•shot 0002" in text(tiles(running)[2])
        await running.pilot.press("end")
        assert "shot 0002" not in running.app.main.unseen.unread
        assert "shot 0001" in running.app.main.unseen.unread
        assert "•" not in text(tiles(running)[2])
