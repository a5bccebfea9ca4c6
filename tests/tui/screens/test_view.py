"""What the main screen shows: order, cursor, detail, sizes and themes."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.tui.screens.links import LinksScreen
from kling_tui.tui.widgets.detail_fields import DetailFields
from kling_tui.tui.widgets.job_detail import JobDetail
from kling_tui.tui.widgets.job_table import JobTable
from tests.support.scenes import DEMO_IDS, RunningApp, demo_jobs, run_app
from tests.support.screen_text import rows, screen_text, unwrapped_text

pytestmark = pytest.mark.slow


async def elapsed_times(running: RunningApp) -> list[str]:
    """Return the elapsed times on the screen."""
    return re.findall(r"(?<=[;>])\d+:\d\d(?=[&<])", await running.svg())


async def test_cursor_stays_on_its_job_when_rows_move() -> None:
    """Ends of other jobs, sorting and filtering leave the cursor on its job."""
    async with run_app() as running:
        await running.poll_all()
        await running.move_cursor_to("glass harbor")
        await running.advance(16)
        for key in ("s", "c", "s", "c", "S", "s", "l"):
            await running.pilot.press(key)
            assert running.app.main.table.cursor_id == DEMO_IDS["glass harbor"]
        await running.pilot.press("slash", *"harbor", "enter")
        assert running.app.main.table.cursor_id == DEMO_IDS["glass harbor"]
        await running.pilot.press("escape")
        assert running.app.main.table.cursor_id == DEMO_IDS["glass harbor"]


async def test_no_row_moves_by_time_alone() -> None:
    """A tick changes texts, not the order."""
    async with run_app() as running:
        await running.poll_all()
        await running.pilot.press("space")
        before = [row[14:34] for row in rows(running)]
        running.clock.advance(40)
        await running.until(lambda: any("0:44" in row for row in rows(running)))
        assert [row[14:34] for row in rows(running)] == before


async def test_sort_order_and_theme_are_remembered(tmp_path: Path) -> None:
    """The next run has them too, unless the theme of the config has changed."""
    file = tmp_path / "preferences.toml"
    async with run_app(preferences_file=file) as running:
        await running.pilot.press("s", "n", "S")
        assert running.app.main.job_list.sort_order == ("job", True)
        running.app.theme = "nord"
        await running.pilot.press("q")
    async with run_app(preferences_file=file) as running:
        assert running.app.main.job_list.sort_order == ("job", True)
        assert running.app.theme == "nord"
    async with run_app(preferences_file=file, theme="textual-light") as running:
        assert running.app.theme == "textual-light"


async def test_clicks_sort_select_and_enlarge() -> None:
    """The mouse does what the keys do."""
    async with run_app() as running:
        await running.poll_all()
        await running.pilot.click(JobTable, offset=(17, 1))
        assert running.app.main.job_list.sort_order == ("job", False)
        await running.pilot.click(JobTable, offset=(17, 1))
        assert running.app.main.job_list.sort_order == ("job", True)
        await running.pilot.click(JobTable, offset=(20, 4))
        label = rows(running)[3][14:30].strip()
        assert running.app.main.table.cursor_id == DEMO_IDS[label]
        await running.pilot.click(JobTable, offset=(20, 4), times=2)
        assert running.app.main.has_class("-enlarged")


async def test_enlarged_detail_fills_the_screen_and_keeps_its_keys() -> None:
    """Enter enlarges the detail, in which the keys of its job work; escape returns."""
    async with run_app(size=(80, 24)) as running:
        await running.poll_all()
        await running.move_cursor_to("product spin")
        await running.pilot.press("enter")
        pane = running.app.main.query_one(JobDetail)
        assert pane.size.height > 15
        await running.pilot.press("y")
        assert isinstance(running.app.screen, LinksScreen)
        await running.pilot.press("escape", "escape")
        assert running.app.main.table.display
        assert running.app.main.table.has_focus


async def test_detail_follows_once_the_cursor_rests() -> None:
    """Fast keys move the cursor at once, and the detail after the last of them."""
    async with run_app() as running:
        await running.poll_all()
        await running.pilot.press("g", *"jjjjj")
        cursor = running.app.main.table.cursor_id
        assert cursor == running.app.main.table.order[5]
        await running.until(lambda: cursor in screen_text(running))


async def test_enlarged_detail_follows_every_key() -> None:
    """The enlarged detail shows each job that the cursor passes."""
    async with run_app() as running:
        await running.poll_all()
        await running.pilot.press("enter")
        for line in (1, 2, 3):
            await running.pilot.press("right_square_bracket")
            assert running.app.main.table.order[line] in screen_text(running)


@pytest.mark.parametrize("y", [8.0, 8.2])
async def test_rows_tick_after_a_scroll(y: float) -> None:
    """Rows in view show the elapsed time, also after a scroll by part of a row."""
    jobs = [replace(job, id=f"{job.id[:-2]}{n:02}") for n in range(4) for job in demo_jobs()[:4]]
    async with run_app(size=(120, 20), jobs=jobs) as running:
        running.app.main.session.pause(paused=True)
        running.app.main.table.scroll_to(y=8.0, animate=False)
        await running.pilot.pause()
        running.app.main.table.scroll_to(y=y, animate=False)
        await running.pilot.pause()
        before = await elapsed_times(running)
        running.clock.advance(100)
        running.app.main.refresher.tick()
        after = await elapsed_times(running)
        assert len(before) == len(after) > 3
        assert all(old != new for old, new in zip(before, after, strict=True))


async def test_detail_shows_every_field_of_a_reply() -> None:
    """Ids, lengths, sizes, types, prompt, times, links and cost are shown."""
    async with run_app() as running:
        await running.poll_all()
        await running.move_cursor_to("morning silk")
        shown = screen_text(running)
        job = running.store.jobs[DEMO_IDS["morning silk"]]
        for part in ("5 s", "1280×720", "video/mp4", "@Image1", "16:9", "COMPLETED", "$0.90"):
            assert part in shown
        assert job.id in shown
        assert job.videos[0].url in unwrapped_text(running)


@pytest.mark.parametrize("size", [(40, 10), (41, 13), (60, 20), (80, 24), (139, 30), (250, 70)])
async def test_every_size_shows_the_jobs(size: tuple[int, int]) -> None:
    """From 40×10 on, every size shows the table with whole rows."""
    async with run_app(size=size) as running:
        await running.poll_all()
        shown = rows(running)
        assert "Job" in shown[0]
        assert any("rooftop" in row for row in shown)
        keys = ("a", "escape", "question_mark", "escape", "enter", "escape", "end")
        await running.pilot.press(*keys)
        await running.pilot.resize_terminal(120, 40)
        await running.pilot.resize_terminal(*size)
        assert running.app.main.table.cursor_id is not None


async def test_enlarged_detail_scrolls() -> None:
    """The keys of the table scroll the enlarged detail."""
    async with run_app(size=(40, 10)) as running:
        await running.poll_all()
        await running.pilot.press("G", "enter")
        pane = running.app.main.query_one(DetailFields)
        await running.pilot.press("j", "down", "j")
        await running.until(lambda: pane.scroll_offset.y == 3)
        await running.pilot.press("k")
        await running.until(lambda: pane.scroll_offset.y == 2)
        await running.pilot.press("G")
        await running.until(lambda: pane.scroll_offset.y == pane.max_scroll_y)


@pytest.mark.parametrize("size", [(40, 10), (60, 16), (60, 20), (80, 24), (120, 40), (200, 60)])
async def test_the_line_of_the_filter_moves_no_row(size: tuple[int, int]) -> None:
    """It covers neither a row nor the detail's text, also while a filter is set."""
    async with run_app(size=size) as running:
        await running.poll_all()
        main = running.app.main
        await running.pilot.press("G")
        panes = (main.table, main.query_one(JobDetail))
        before = {widget: widget.region for widget in (*panes, main.query_one("#costs"))}
        top = main.table.scroll_offset
        await running.pilot.press("slash")
        assert main.table.scroll_offset == top
        for keys in ("", "o1", ["enter"]):
            await running.pilot.press(*keys)
            assert {widget: widget.region for widget in before} == before
            line = main.query_one("#filter-line").region
            assert line.height == 1
            shown = [pane for pane in panes if pane.display]
            assert not any(pane.content_region.overlaps(line) for pane in shown)


async def test_the_text_of_an_empty_table_is_wrapped() -> None:
    """In a narrow window too, it is complete, and no command is divided at its dash."""
    async with run_app(jobs=[], size=(40, 10)) as running:
        await running.until(lambda: any("No jobs are tracked" in row for row in rows(running)))
        lines = rows(running)[1:]
        assert max(map(len, lines)) <= 38
        shown = " ".join(" ".join(lines).split())
        assert "or from a shell: kling-tui add ID" in shown
        assert shown.endswith("with jobs in it: kling-tui demo")
