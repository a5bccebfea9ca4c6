"""The screen that plays the videos of a job."""

import asyncio
from inspect import getfile
from pathlib import Path

import pytest
from textual.widgets import Label

from kling_tui.tui.app import KlingApp
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.screens.player import PlayerScreen
from kling_tui.tui.video.picture import Picture
from tests.support.scenes import Stage
from tests.support.screen_text import toasts
from tests.support.video_app import downloaded_job, running_with, two_colour_cells
from tests.support.waiting import TIMEOUT

FRAME_SECONDS = 1 / 30


def status_line(stage: Stage) -> str:
    """Return the line of the player with its state and position; "" where there is no player."""
    screen = stage.app.screen
    is_player = isinstance(screen, PlayerScreen) and screen.is_mounted
    return str(screen.query_one("#playing", Label).render()) if is_player else ""


def picture(stage: Stage) -> Picture:
    """Return the picture of the player."""
    return stage.app.screen.query_one("#picture", Picture)


def position(stage: Stage) -> float:
    """Return the position of the player in seconds."""
    assert isinstance(stage.app.screen, PlayerScreen)
    return stage.app.screen.at


def is_paused_and_painted(stage: Stage) -> bool:
    """Return whether the player is paused and its frame completely painted."""
    return "‖" in status_line(stage) and picture(stage).finished


def redness(stage: Stage) -> list[int]:
    """Return the red channel of each line of the picture."""
    lines = map(picture(stage).render_line, range(picture(stage).size.height))
    styles = (segment.style for line in lines for segment in line if segment.cell_length > 2)
    colours = (style.bgcolor.triplet for style in styles if style and style.bgcolor)
    return [colour.red for colour in colours if colour and colour.green > 100]


class ColourlessApp(KlingApp):
    """The app as it is with NO_COLOR."""

    CSS_PATH = getfile(KlingApp).replace("app.py", "app.tcss")

    def __init__(self, dependencies: AppDependencies) -> None:
        super().__init__(dependencies)
        self.no_color = True


@pytest.mark.slow
async def test_plays_to_the_end_and_again(fade: Path) -> None:
    """It pauses at the end; then space plays from the start."""
    async with running_with(downloaded_job("sunset", fade)) as stage:
        await stage.pilot.press("v")
        await stage.until(lambda: "‖ 0.5 s" in status_line(stage) and picture(stage).finished)
        assert min(redness(stage)) > 200
        stage.app.simulate_key("space")
        async with asyncio.timeout(TIMEOUT):
            while position(stage) > 0.4:  # noqa: ASYNC110 - no event for each frame
                await asyncio.sleep(0)
        await stage.until(lambda: "‖ 0.5 s" in status_line(stage) and picture(stage).finished)
        await stage.pilot.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))


@pytest.mark.slow
async def test_pauses_steps_and_restarts(long_fade: Path) -> None:
    """A step is one frame, and pauses; home plays from the start."""
    async with running_with(downloaded_job("sunset", long_fade)) as stage:
        await stage.pilot.press("v")
        await stage.until(lambda: "▶" in status_line(stage))
        await stage.pilot.press("space")
        await stage.until(lambda: is_paused_and_painted(stage))
        start = position(stage)
        await stage.pilot.press("right")
        await stage.until(lambda: position(stage) > start)
        assert position(stage) == pytest.approx(start + FRAME_SECONDS)
        await stage.pilot.press("left")
        await stage.until(lambda: position(stage) < start + FRAME_SECONDS / 2)
        assert position(stage) == pytest.approx(start)
        await stage.pilot.press("home")
        await stage.until(lambda: "▶" in status_line(stage))


@pytest.mark.slow
async def test_plays_the_next_video_of_a_job(clips: dict[str, Path], fade: Path) -> None:
    """A video that cannot be decoded has its reason, and can be skipped."""
    async with running_with(downloaded_job("three", fade, clips["cut"], fade)) as stage:
        await stage.pilot.press("v")
        await stage.until(lambda: "three 1 of 3  ‖" in status_line(stage))
        await stage.pilot.press("n")
        error = "three 2 of 3  ✗ cut.mp4 cannot be decoded: Invalid"
        await stage.until(lambda: error in status_line(stage))
        assert two_colour_cells(picture(stage)) == 0
        await stage.pilot.press("space", "right", "left", "home", "n")
        await stage.until(lambda: "three 3 of 3  ‖" in status_line(stage))
        assert "64×36  0.5 s" in status_line(stage)


async def test_a_single_video_has_no_next_key(fade: Path) -> None:
    """A key without effect is not offered."""
    async with running_with(downloaded_job("sunset", fade)) as stage:
        await stage.pilot.press("v")
        await stage.until(lambda: status_line(stage) != "")
        assert "n" not in stage.app.screen.active_bindings


@pytest.mark.slow
async def test_a_paused_picture_follows_the_size_of_the_window(fade: Path) -> None:
    """A smaller window has a smaller picture."""
    async with running_with(downloaded_job("sunset", fade)) as stage:
        await stage.pilot.press("v")
        await stage.until(lambda: is_paused_and_painted(stage))
        lines_before = len(redness(stage))
        await stage.pilot.resize_terminal(60, 20)
        await stage.until(lambda: picture(stage).finished and len(redness(stage)) < lines_before)


async def test_low_bandwidth_gets_a_smaller_picture(clips: dict[str, Path]) -> None:
    """So small that it can still move."""
    job = downloaded_job("sunset", clips["silk"])
    async with running_with(job, bytes_per_second=20_000) as stage:
        await stage.pilot.press("v")
        await stage.until(lambda: "▶" in status_line(stage) and picture(stage).finished)
        assert 0 < two_colour_cells(picture(stage)) <= 20_000 / 75


@pytest.mark.slow
async def test_can_be_closed_at_any_moment(clips: dict[str, Path]) -> None:
    """Also while it opens or decodes the clip."""
    async with running_with(downloaded_job("sunset", clips["silk"])) as stage:
        for _ in range(3):
            stage.app.simulate_key("v")
            await stage.until(lambda: isinstance(stage.app.screen, PlayerScreen))
            stage.app.simulate_key("q")
            await stage.until(lambda: isinstance(stage.app.screen, MainScreen))


async def test_without_colours_it_gives_the_reason(fade: Path) -> None:
    """A picture needs colours."""
    async with running_with(downloaded_job("sunset", fade), app_class=ColourlessApp) as stage:
        await stage.pilot.press("v")
        assert any("$NO_COLOR" in toast for toast in toasts(stage))
