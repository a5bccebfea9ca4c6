"""The clip under the cursor of the clip wall: when it plays, and when it does not."""

from pathlib import Path

import pytest
from textual import events

from kling_tui.tui.screens.help import HelpScreen
from kling_tui.tui.screens.player import PlayerScreen
from tests.support.clips import make_fade
from tests.support.scenes import RunningApp
from tests.support.video_app import downloaded_job, running_with
from tests.tui.screens.test_wall import open_wall, picture_cells, shots, tiles, wall
from tests.tui.video.test_clip_ownership import CountingOpener

pytestmark = pytest.mark.slow

FRAMES = 15
"""Those of the clip of half a second."""


def shows_clip(running: RunningApp, number: int) -> bool:
    """Return whether a tile shows its clip in place of its poster."""
    poster = tiles(running)[number].poster
    return poster is not None and not poster.visible


def all_closed(opener: CountingOpener) -> bool:
    """Return whether no clip is open."""
    return opener.opened == opener.closed


async def test_it_plays_again_and_again(fade: Path) -> None:
    """Within the same opened file."""
    opener = CountingOpener()
    async with running_with(*shots(fade, 1), open_clip=opener) as running:
        await open_wall(running)
        await running.until(lambda: shows_clip(running, 0))
        opened, start = opener.opened, opener.frames
        await running.until(lambda: opener.frames > start + 3 * FRAMES)
        assert (opener.opened, opener.opened - opener.closed) == (opened, 1)


async def test_a_clip_of_one_frame_is_not_repeated(tmp_path: Path) -> None:
    """It would be decoded for nothing."""
    opener = CountingOpener()
    still = make_fade(tmp_path / "still.mp4", 1)
    async with running_with(*shots(still, 2), open_clip=opener) as running:
        await open_wall(running)
        await running.until(lambda: opener.opened == opener.closed + 1)
        await running.until(lambda: all(picture_cells(tile) or True for tile in tiles(running)))
        assert not shows_clip(running, 0)
        await running.pilot.press("right")
        await running.until(lambda: wall(running).index == 1 and opener.opened > opener.closed)
        assert opener.frames <= 1 + 2 + 2, "the detail, two posters, two clips"


async def test_it_stops_when_the_cursor_leaves(long_fade: Path) -> None:
    """The poster is shown again, and the next clip plays."""
    opener = CountingOpener()
    async with running_with(*shots(long_fade, 2), open_clip=opener) as running:
        await open_wall(running)
        await running.until(lambda: shows_clip(running, 0))
        await running.pilot.press("right")
        assert not shows_clip(running, 0)
        await running.until(lambda: shows_clip(running, 1))
        assert opener.opened == opener.closed + 1


async def test_it_stops_while_the_terminal_has_no_focus(long_fade: Path) -> None:
    """Nobody sees it; it plays again with the focus."""
    opener = CountingOpener()
    async with running_with(*shots(long_fade, 1), open_clip=opener) as running:
        await open_wall(running)
        await running.until(lambda: shows_clip(running, 0))
        running.app.post_message(events.AppBlur())
        await running.until(lambda: not shows_clip(running, 0) and all_closed(opener))
        running.app.post_message(events.AppFocus())
        await running.until(lambda: shows_clip(running, 0))


async def test_it_stops_under_another_screen_and_when_the_wall_is_left(long_fade: Path) -> None:
    """A dialog, or the player, which plays the same clip larger."""
    opener = CountingOpener()
    async with running_with(*shots(long_fade, 1), open_clip=opener) as running:
        await open_wall(running)
        await running.until(lambda: shows_clip(running, 0))
        await running.pilot.press("question_mark")
        await running.until(lambda: isinstance(running.app.screen, HelpScreen))
        await running.until(lambda: all_closed(opener))
        await running.pilot.press("escape")
        await running.until(lambda: shows_clip(running, 0))
        await running.pilot.press("v")
        await running.until(lambda: isinstance(running.app.screen, PlayerScreen))
        await running.until(lambda: opener.opened == opener.closed + 1)
        await running.pilot.press("escape")
        await running.until(lambda: shows_clip(running, 0))
        await running.pilot.press("escape")
        await running.until(lambda: all_closed(opener))


async def test_pause_holds_the_frame_and_starts_no_other_clip(long_fade: Path) -> None:
    """Until it is pressed again; nothing is decoded while nothing plays."""
    opener = CountingOpener()
    async with running_with(*shots(long_fade, 3), open_clip=opener) as running:
        await open_wall(running)
        await running.until(lambda: shows_clip(running, 0))
        await running.pilot.press("space")
        assert "paused" in str(wall(running).border_subtitle)
        assert shows_clip(running, 0)
        await running.pilot.press("right")
        await running.until(lambda: not shows_clip(running, 0) and all_closed(opener))
        frames = opener.frames
        await running.pilot.press("right", "left", "left")
        assert (opener.frames, all_closed(opener)) == (frames, True)
        await running.pilot.press("space")
        await running.until(lambda: shows_clip(running, 0))


async def test_a_clip_that_cannot_be_decoded_leaves_the_wall_usable(
    clips: dict[str, Path],
) -> None:
    """Its poster stays: only what comes after the first frames is missing."""
    jobs = downloaded_job("cut", clips["cut"]), downloaded_job("page", clips["page"])
    async with running_with(*jobs) as running:
        await open_wall(running)
        for key in ("right", "left", "space", "space", "right"):
            await running.pilot.press(key)
        await running.until(lambda: len(tiles(running)) == 2)


async def test_it_plays_in_the_size_of_a_resized_window(long_fade: Path) -> None:
    """The clip is as large as its poster."""
    async with running_with(*shots(long_fade, 1)) as running:
        await open_wall(running)
        await running.until(lambda: shows_clip(running, 0))
        await running.pilot.resize_terminal(60, 20)
        await running.until(lambda: shows_clip(running, 0))
        assert tiles(running)[0].clip.size.width <= 30
