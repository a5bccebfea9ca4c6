"""The detail pane on the main screen."""

import sys
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.geometry import Offset

from kling_tui.jobs import Status, Video
from kling_tui.tui.screens.links import LinksScreen
from kling_tui.tui.widgets.detail_fields import DetailFields
from kling_tui.tui.widgets.job_detail import JobDetail
from tests.support.layouts import counting_layouts
from tests.support.scenes import DEMO_IDS, RunningApp, demo_jobs, run_app

pytestmark = pytest.mark.slow

URL = "https://cdn.test/1.mp4"


def fields_of(running: RunningApp) -> DetailFields:
    """Return the text of the pane."""
    return running.app.main.query_one(DetailFields)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_moving_the_cursor_lays_nothing_out(size: tuple[int, int]) -> None:
    """Neither does a tick, though some jobs have more fields than others and more than fit."""
    async with run_app(size=size) as running:
        await running.poll_all()
        await running.advance(33)
        await running.until(lambda: len(running.app._notifications) > 0)  # noqa: SLF001
        running.app.clear_notifications()
        await running.pilot.pause()
        lengths = set()
        with counting_layouts(running.app) as layouts:
            for label in ("hero shot", "boxing ring", "product spin", "morning silk"):
                await running.move_cursor_to(label)
                lengths.add(len(fields_of(running).text.splitlines()))
                running.app.main.refresher.tick()
                await running.pilot.pause()
            assert layouts == []
        assert len(lengths) > 1


async def test_another_job_is_shown_from_its_top_and_a_tick_keeps_the_place() -> None:
    """In the enlarged detail, whose keys scroll."""
    async with run_app(size=(60, 16)) as running:
        await running.poll_all()
        running.app.main.table.move_to_job(DEMO_IDS["morning silk"])
        await running.pilot.press("enter", "G")
        fields = fields_of(running)
        await running.until(lambda: fields.scroll_offset.y == fields.max_scroll_y > 0)
        running.clock.advance(100)
        running.app.main.refresher.tick()
        await running.pilot.pause()
        assert fields.scroll_offset.y > 0
        await running.pilot.press("left_square_bracket")
        await running.until(lambda: fields.scroll_offset.y == 0)


async def test_the_focused_pane_is_marked_and_a_click_focuses_it() -> None:
    """By its title, as the table is; the borders stay, so that they are not sent again."""
    async with run_app() as running:
        await running.poll_all()
        pane, table = running.app.main.query_one(JobDetail), running.app.main.table
        border = table.styles.border_top
        assert table.styles.border_title_style.bold
        assert not pane.styles.border_title_style.bold
        await running.pilot.click(DetailFields, offset=(60, 3))
        assert fields_of(running).has_focus
        assert pane.styles.border_title_style.bold
        assert not table.styles.border_title_style.bold
        assert (pane.styles.border_top, table.styles.border_top) == (border, border)


@pytest.mark.parametrize("has_desktop", [True, False])
async def test_a_click_on_a_url_opens_it(tmp_path: Path, *, has_desktop: bool) -> None:
    """Where there is no desktop, it is shown to be opened elsewhere."""
    opened = tmp_path / "opened"
    script = "import sys; open(sys.argv[1], 'a').write(sys.argv[2])"
    opener = (sys.executable, "-c", script, str(opened)) if has_desktop else ()
    job = replace(demo_jobs()[0], status=Status.SUCCEEDED, videos=(Video(URL),), label="")
    async with run_app(jobs=[job], opener=opener) as running:
        await running.until(lambda: URL in fields_of(running).text)
        lines = fields_of(running).text.splitlines()
        number = next(number for number, line in enumerate(lines) if URL in line)
        await running.pilot.click(DetailFields, offset=Offset(12, number))
        if has_desktop:
            await running.until(lambda: opened.exists() and opened.read_text("utf-8") == URL)
        else:
            await running.until(lambda: isinstance(running.app.screen, LinksScreen))


async def test_the_title_follows_the_cursor() -> None:
    """It is drawn again, though no other line of the border is."""
    async with run_app() as running:
        await running.poll_all()
        for label in ("hero shot", "boxing ring"):
            await running.move_cursor_to(label)
            region = running.app.main.query_one(JobDetail).region
            lines = running.app.screen._compositor.render_strips()  # noqa: SLF001
            assert f" {label} " in lines[region.y].text
            assert DEMO_IDS[label] in fields_of(running).text
