"""The first frame of a video in the detail pane, and the specs of the file."""

from pathlib import Path

import pytest

from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.video.poster import Poster
from tests.support.screen_text import screen_text, toasts, unwrapped_text
from tests.support.video_app import downloaded_job, running_with, two_colour_cells

pytestmark = pytest.mark.slow

INSTALL_COMMAND = "pip install 'kling-tui[preview]'"


async def test_shows_the_first_frame_and_the_specs_of_the_file(clips: dict[str, Path]) -> None:
    """The specs are those of the file, which may differ from the gateway's."""
    async with running_with(downloaded_job("sunset", clips["dusk"])) as running:
        await running.until(
            lambda: "1280×720  5.1 s  30 fps  h264  62.2 kB" in screen_text(running)
        )
        poster = running.app.main.query_one(Poster)
        assert two_colour_cells(poster) > 50


async def test_follows_the_cursor(clips: dict[str, Path]) -> None:
    """Each job has its own poster, in its aspect ratio; a job without a file has none."""
    jobs = [
        downloaded_job("one", clips["dusk"]),
        downloaded_job("two", clips["lanterns"]),
        downloaded_job("no file"),
    ]
    async with running_with(*jobs) as running:
        await running.until(lambda: bool(running.app.main.query(Poster)))
        poster = running.app.main.query_one(Poster)
        await running.until(lambda: two_colour_cells(poster) > 0)
        landscape = poster.render_line(0)
        running.app.main.table.move_to_job("two")
        await running.until(lambda: "720×1280  5 s" in screen_text(running))
        assert poster.render_line(0) != landscape
        running.app.main.table.move_to_job("no file")
        await running.until(lambda: not poster.display)


async def test_grows_with_the_pane(clips: dict[str, Path]) -> None:
    """A larger pane has a larger picture."""
    async with running_with(downloaded_job("sunset", clips["silk"])) as running:
        await running.until(lambda: bool(running.app.main.query(Poster)))
        poster = running.app.main.query_one(Poster)
        await running.until(lambda: two_colour_cells(poster) > 0)
        cells_before, size_before = two_colour_cells(poster), poster.size
        await running.pilot.resize_terminal(180, 50)
        await running.until(
            lambda: poster.size != size_before and two_colour_cells(poster) > cells_before
        )


async def test_an_unreadable_file_has_its_reason_beside_the_readable_ones(
    clips: dict[str, Path],
) -> None:
    """The poster is of the first file that can be read."""
    files = clips["page"], clips["stub"], clips["silk"]
    async with running_with(downloaded_job("three", *files)) as running:
        await running.until(lambda: "1280×720  5 s" in unwrapped_text(running))
        assert "is not a supported video format" in unwrapped_text(running)
        assert "has no frame that can be decoded" in unwrapped_text(running)
        assert two_colour_cells(running.app.main.query_one(Poster)) > 50


async def test_without_the_preview_extra_it_says_how_to_install_it(clips: dict[str, Path]) -> None:
    """In the pane, and when the play key is pressed."""
    async with running_with(downloaded_job("sunset", clips["dusk"]), open_clip=None) as running:
        shown = " ".join(screen_text(running).split())
        assert INSTALL_COMMAND in shown, "its line wraps where the path of Python ends"
        assert not running.app.main.query(Poster)
        await running.pilot.press("v")
        assert any(INSTALL_COMMAND in toast for toast in toasts(running))
        assert isinstance(running.app.screen, MainScreen)


async def test_without_a_file_the_preview_extra_is_not_mentioned() -> None:
    """There is nothing to play."""
    async with running_with(downloaded_job("no file"), open_clip=None) as running:
        await running.pilot.press("v")
        assert isinstance(running.app.screen, MainScreen)
        assert INSTALL_COMMAND not in screen_text(running)
