"""The screen that plays the videos of a job."""

import asyncio
from pathlib import Path

import pytest
from textual.widgets import Label

from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.screens.player import PlayerScreen
from kling_tui.tui.video.picture import Picture
from tests.support.few_colours import NoColourApp
from tests.support.scenes import RunningApp
from tests.support.screen_text import toasts
from tests.support.video_app import downloaded_job, running_with, two_colour_cells
from tests.support.waiting import TIMEOUT

pytestmark = pytest.mark.slow

FRAME_SECONDS = 1 / 30


def status_line(running: RunningApp) -> str:
    """Return the line of the player with its state and position; "" where there is no player."""
    screen = running.app.screen
    is_player = isinstance(screen, PlayerScreen) and screen.is_mounted
    return str(screen.query_one("#playing", Label).render()) if is_player else ""


def picture(running: RunningApp) -> Picture:
    """Return the picture of the player."""
    return running.app.screen.query_one("#picture", Picture)


def position(running: RunningApp) -> float:
    """Return the position of the player in seconds."""
    assert isinstance(running.app.screen, PlayerScreen)
    return running.app.screen.at


def is_paused_and_painted(running: RunningApp) -> bool:
    """Return whether the player is paused and its frame completely painted."""
    return "‖" in status_line(running) and picture(running).finished


def redness(running: RunningApp) -> list[int]:
    """Return the red channel of each line of the picture."""
    lines = map(picture(running).render_line, range(picture(running).size.height))
    styles = (segment.style for line in lines for segment in line if segment.cell_length > 2)
    colours = (style.bgcolor.triplet for style in styles if style and style.bgcolor)
    return [colour.red for colour in colours if colour and colour.green > 100]


async def test_plays_to_the_end_and_again(fade: Path) -> None:
    """It pauses at the end; then space plays from the start."""
    async with running_with(downloaded_job("sunset", fade)) as running:
        await running.pilot.press("v")
        await running.until(lambda: "‖ 0.5 s" in status_line(running) and picture(running).finished)
        assert min(redness(running)) > 200
        running.app.simulate_key("space")
        async with asyncio.timeout(TIMEOUT):
            while position(running) > 0.4:  # noqa: ASYNC110 - no event for each frame
                await asyncio.sleep(0)
        await running.until(lambda: "‖ 0.5 s" in status_line(running) and picture(running).finished)
        await running.pilot.press("escape")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))


async def test_pauses_steps_and_restarts(long_fade: Path) -> None:
    """A step is one frame, and pauses; home plays from the start."""
    async with running_with(downloaded_job("sunset", long_fade)) as running:
        await running.pilot.press("v")
        await running.until(lambda: "▶" in status_line(running))
        await running.pilot.press("space")
        await running.until(lambda: is_paused_and_painted(running))
        start = position(running)
        await running.pilot.press("right")
        await running.until(lambda: position(running) > start)
        assert position(running) == pytest.approx(start + FRAME_SECONDS)
        await running.pilot.press("left")
        await running.until(lambda: position(running) < start + FRAME_SECONDS / 2)
        assert position(running) == pytest.approx(start)
        await running.pilot.press("home")
        await running.until(lambda: "▶" in status_line(running))


async def test_plays_the_next_video_of_a_job(clips: dict[str, Path], fade: Path) -> None:
    """A video that cannot be decoded has its reason, and can be skipped."""
    async with running_with(downloaded_job("three", fade, clips["cut"], fade)) as running:
        await running.pilot.press("v")
        await running.until(lambda: "three 1 of 3  ‖" in status_line(running))
        await running.pilot.press("n")
        error = "three 2 of 3  ✗ cut.mp4 cannot be decoded: Invalid"
        await running.until(lambda: error in status_line(running))
        assert two_colour_cells(picture(running)) == 0
        await running.pilot.press("space", "right", "left", "home", "n")
        await running.until(lambda: "three 3 of 3  ‖" in status_line(running))
        assert "64×36  0.5 s" in status_line(running)


async def test_a_single_video_has_no_next_key(fade: Path) -> None:
    """A key without effect is not offered."""
    async with running_with(downloaded_job("sunset", fade)) as running:
        await running.pilot.press("v")
        await running.until(lambda: status_line(running) != "")
        assert "n" not in running.app.screen.active_bindings


async def test_a_paused_picture_follows_the_size_of_the_window(fade: Path) -> None:
    """A smaller window has a smaller picture."""
    async with running_with(downloaded_job("sunset", fade)) as running:
        await running.pilot.press("v")
        await running.until(lambda: is_paused_and_painted(running))
        lines_before = len(redness(running))
        await running.pilot.resize_terminal(60, 20)
        await running.until(
            lambda: picture(running).finished and len(redness(running)) < lines_before
        )


async def test_low_bandwidth_gets_a_smaller_picture(clips: dict[str, Path]) -> None:
    """So small that it can still move."""
    job = downloaded_job("sunset", clips["silk"])
    async with running_with(job, bytes_per_second=20_000) as running:
        await running.pilot.press("v")
        await running.until(lambda: "▶" in status_line(running) and picture(running).finished)
        assert 0 < two_colour_cells(picture(running)) <= 20_000 / 75


async def test_can_be_closed_at_any_moment(clips: dict[str, Path]) -> None:
    """Also while it opens or decodes the clip."""
    async with running_with(downloaded_job("sunset", clips["silk"])) as running:
        for _ in range(3):
            running.app.simulate_key("v")
            await running.until(lambda: isinstance(running.app.screen, PlayerScreen))
            running.app.simulate_key("q")
            await running.until(lambda: isinstance(running.app.screen, MainScreen))


async def test_without_colours_it_gives_the_reason(fade: Path) -> None:
    """A picture needs colours."""
    async with running_with(downloaded_job("sunset", fade), app_class=NoColourApp) as running:
        await running.pilot.press("v")
        assert any("$NO_COLOR" in toast for toast in toasts(running))
