"""First frames are remembered."""

from contextlib import closing
from pathlib import Path

import pytest

from kling_tui.previews import Frame, PreviewError
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
