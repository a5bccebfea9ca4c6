"""Each clip that is opened is closed exactly once, however playing ends."""

import threading
from pathlib import Path

import pytest

from kling_tui.previews import Clip, Frame, IndexedImage, Specs
from kling_tui.previews.opener import clip_opener
from kling_tui.tui.screens.main import MainScreen
from tests.support.scenes import RunningApp
from tests.support.video_app import downloaded_job, running_with
from tests.support.waiting import TIMEOUT, wait_until


class CountingOpener:
    """Opens clips, and counts the clips opened and closed and the frames decoded."""

    def __init__(self) -> None:
        self.opened = self.closed = self.frames = 0
        self.paths: set[str] = set()
        """The files that were opened."""
        self.closing_threads: set[threading.Thread] = set()
        self.waiting = threading.Event()
        """Set when a clip is about to be opened."""
        self.may_open = threading.Event()
        self.may_open.set()

    def __call__(self, path: str) -> Clip:
        """Open a clip once `may_open` is set."""
        self.waiting.set()
        assert self.may_open.wait(TIMEOUT)
        open_clip = clip_opener()
        assert open_clip
        clip = CountedClip(open_clip(path), self)
        self.opened += 1
        self.paths.add(path)
        return clip


class CountedClip:
    """A clip that reports when it is closed."""

    def __init__(self, clip: Clip, opener: CountingOpener) -> None:
        self._clip = clip
        self._opener = opener
        self.specs: Specs = clip.specs

    def frame_at(self, seconds: float, size: tuple[int, int]) -> Frame:
        """Return the frame at a position."""
        self._opener.frames += 1
        return self._clip.frame_at(seconds, size)

    def indexed_image_at(self, seconds: float, size: tuple[int, int], colours: int) -> IndexedImage:
        """Return the frame at a position in few colours."""
        return self._clip.indexed_image_at(seconds, size, colours)

    def close(self) -> None:
        """Close the clip."""
        self._clip.close()
        self._opener.closing_threads.add(threading.current_thread())
        self._opener.closed += 1


@pytest.fixture
def opener() -> CountingOpener:
    """Return an opener that has opened nothing."""
    return CountingOpener()


async def open_player(running: RunningApp, opener: CountingOpener) -> None:
    """Open the player once the poster has been read, which opens the clip too."""
    await running.until(lambda: opener.opened == opener.closed == 1)
    opener.waiting.clear()
    opener.frames = 0
    running.app.simulate_key("v")
    await running.until(opener.waiting.is_set)


async def test_a_player_closed_while_opening_closes_the_clip(
    fade: Path, opener: CountingOpener
) -> None:
    """As soon as it has been opened."""
    async with running_with(downloaded_job("sunset", fade), open_clip=opener) as running:
        await running.until(lambda: opener.opened == opener.closed == 1)
        opener.may_open.clear()
        await open_player(running, opener)
        running.app.simulate_key("q")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        assert (opener.opened, opener.closed) == (1, 1)
        opener.may_open.set()
        await wait_until(lambda: opener.closed == 2)
        assert opener.opened == 2


async def test_a_player_closed_while_playing_closes_the_clip(
    long_fade: Path, opener: CountingOpener
) -> None:
    """In the decoder's thread, so that it is not closed while a frame is decoded."""
    async with running_with(downloaded_job("sunset", long_fade), open_clip=opener) as running:
        await open_player(running, opener)
        await running.until(lambda: opener.frames > 0)
        running.app.simulate_key("q")
        await wait_until(lambda: opener.closed == 2)
        assert opener.opened == 2
        assert threading.main_thread() not in opener.closing_threads


async def test_leaving_the_app_while_playing_closes_the_clip(
    long_fade: Path, opener: CountingOpener
) -> None:
    """Although the player is not closed first."""
    async with running_with(downloaded_job("sunset", long_fade), open_clip=opener) as running:
        await open_player(running, opener)
        await running.until(lambda: opener.frames > 0)
    await wait_until(lambda: opener.closed == 2)
    assert opener.opened == 2


async def test_the_next_video_closes_the_clip_before(fade: Path, opener: CountingOpener) -> None:
    """Only the current clip stays open."""
    async with running_with(downloaded_job("two", fade, fade), open_clip=opener) as running:
        await running.until(lambda: opener.opened == opener.closed == 2)  # by the poster
        opener.frames = 0
        running.app.simulate_key("v")
        await running.until(lambda: opener.frames > 0)
        running.app.simulate_key("n")
        await running.until(lambda: (opener.opened, opener.closed) == (4, 3))
