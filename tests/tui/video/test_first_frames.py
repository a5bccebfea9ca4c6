"""First frames are remembered, and few files are read at a time."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest

from kling_tui.previews import Clip, Frame, IndexedImage, PreviewError, Specs
from kling_tui.tui.video.first_frames import FirstFrames
from tests.tui.video.test_clip_ownership import CountingOpener

SIZE = (24, 14)
BYTES = 24 * 14 * 3


def read(frames: FirstFrames, path: Path, size: tuple[int, int] = SIZE) -> Frame:
    """Read the first frame of a file as a poster does."""
    with closing(frames(str(path))) as clip:
        return clip.frame_at(0.0, size)


def test_a_file_is_opened_once(clips: dict[str, Path]) -> None:
    """Its frame and its specs are remembered; for another size it is opened again."""
    opener = CountingOpener()
    frames = FirstFrames(opener)
    first = read(frames, clips["dusk"])
    assert read(frames, clips["dusk"]) is first
    with closing(frames(str(clips["dusk"]))) as clip:
        assert (clip.specs.width, clip.specs.height) == (1280, 720)
    assert (opener.opened, opener.closed) == (1, 1)
    assert read(frames, clips["dusk"], (12, 8)).width == 12
    assert (opener.opened, opener.closed) == (2, 2)


def test_the_frames_that_were_used_last_are_kept(clips: dict[str, Path]) -> None:
    """As many as have room."""
    opener = CountingOpener()
    frames = FirstFrames(opener, max_bytes=2 * BYTES + 800)
    for name in ("dusk", "silk", "dusk", "lanterns"):
        read(frames, clips[name])
    assert opener.opened == 3
    read(frames, clips["dusk"])
    assert opener.opened == 3
    read(frames, clips["silk"])
    assert (opener.opened, opener.closed) == (4, 4)


def test_files_that_cannot_be_read_do_not_block_the_others(clips: dict[str, Path]) -> None:
    """However many there are; a later attempt reads the file again."""
    frames = FirstFrames(CountingOpener())
    for _ in range(5):
        with pytest.raises(PreviewError, match="not a supported video format"):
            read(frames, clips["page"])
    assert read(frames, clips["silk"]).width == 24


class _MeetingClip:
    """A clip that waits until three are open at the same time, or gives up."""

    specs = Specs(24, 14, "none", 0)

    def __init__(self, barrier: Barrier) -> None:
        self._barrier = barrier

    def frame_at(self, seconds: float, size: tuple[int, int]) -> Frame:
        """Wait for the others."""
        self._barrier.wait(0.2)
        return Frame(seconds, None, *size, b"")

    def indexed_image_at(self, seconds: float, size: tuple[int, int], colours: int) -> IndexedImage:
        """Fail: no image in few colours is asked for."""
        raise NotImplementedError

    def close(self) -> None:
        """Do nothing."""


def test_two_files_are_read_at_a_time() -> None:
    """A third one waits until one of them is closed."""
    barrier = Barrier(3)

    def open_clip(_: str) -> Clip:
        return _MeetingClip(barrier)

    frames = FirstFrames(open_clip)
    with ThreadPoolExecutor(3) as threads:
        reads = [threads.submit(read, frames, Path(str(number))) for number in range(3)]
        errors = [each.exception() for each in reads]
    assert all(isinstance(error, BrokenBarrierError) for error in errors)
