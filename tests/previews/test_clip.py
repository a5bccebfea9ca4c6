"""Reading video files: the demo's own clips, and files that are damaged or no videos at all."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import av
import pytest

from kling_tui.demo.clips import CLIPS, DUSK, LANTERNS, Clip
from kling_tui.previews import Frame, PreviewError
from kling_tui.previews.clip import VideoFile
from kling_tui.previews.opener import clip_opener

SIZE = (32, 18)
MATROSKA = b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a test puts a file."""
    return tmp_path / "clip.mp4"


@pytest.fixture
def dusk(path: Path) -> Iterator[VideoFile]:
    """Open a clip of 5.1 seconds."""
    path.write_bytes(DUSK.read())
    with closing(VideoFile(str(path))) as clip:
        yield clip


def colour(frame: Frame, x: int, y: int) -> tuple[int, ...]:
    """Return red, green and blue of a pixel."""
    start = 3 * (y * frame.width + x)
    return tuple(frame.pixels[start : start + 3])


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_specs(clip: Clip, path: Path) -> None:
    """A file says itself what it is."""
    path.write_bytes(clip.read())
    with closing(VideoFile(str(path))) as opened:
        specs = opened.specs
    assert (specs.width, specs.height, specs.codec) == (clip.width, clip.height, "h264")
    assert (specs.seconds, specs.frame_rate, specs.size) == (clip.seconds, 30.0, len(clip.read()))


def test_a_frame_is_as_large_as_it_is_asked_for(path: Path) -> None:
    """Whatever FFmpeg pads its lines with is not in it, and colours are where they should be."""
    path.write_bytes(LANTERNS.read())
    with closing(VideoFile(str(path))) as clip:
        for size in ((9, 16), (31, 55), (32, 56)):
            frame = clip.frame_at(0.0, size)
            assert (frame.width, frame.height) == size
            assert len(frame.pixels) == 3 * size[0] * size[1]
            lit, dark = (colour(frame, int(size[0] * x), int(size[1] * 0.79)) for x in (0.28, 0.95))
            assert min(lit[:2]) > 150 > max(dark)


def test_frames_by_their_times(dusk: VideoFile) -> None:
    """Each time has the frame that is shown then, forwards, backwards and beyond the end."""
    first = dusk.frame_at(0.0, SIZE)
    assert first.at == 0.0
    assert first.until == pytest.approx(1 / 30)
    for seconds in (1.0, 1.02, 3.0, 2.99, 0.5, 4.0):
        frame = dusk.frame_at(seconds, SIZE)
        assert frame.until is not None
        assert frame.at <= seconds + 1e-4 < frame.until + 2e-4
    last = dusk.frame_at(99.0, SIZE)
    assert last.at == pytest.approx(5.1 - 1 / 30)
    assert last.until is None
    assert dusk.frame_at(0.0, SIZE) == first


def test_from_frame_to_frame(dusk: VideoFile) -> None:
    """By each frame's end, all of them are reached, each once."""
    frame, count = dusk.frame_at(4.0, SIZE), 1
    while frame.until is not None:
        frame = dusk.frame_at(frame.until, SIZE)
        count += 1
    assert count == 33


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no video that is known"),
        (b"<html>" * 1000, "no video that is known"),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n", "no video that is known"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "no video that is known"),
        (DUSK.read()[:2_000], "no picture that can be decoded"),
        (DUSK.read()[:30_000], "cannot be decoded: "),
        (DUSK.read()[:32].ljust(9_000, b"\0"), "cannot be decoded: "),
        (MATROSKA.ljust(9_000, b"\0"), "cannot be decoded: "),
        (DUSK.read().replace(b"vide", b"soun"), "no picture in it"),
        (DUSK.read().replace(b"avc1", b"zzzz"), "not known here"),
    ],
)
def test_what_cannot_be_shown(content: bytes, words: str, path: Path) -> None:
    """It is said in words, at once or when the broken place is come to."""
    path.write_bytes(content)
    with pytest.raises(PreviewError, match=words), closing(VideoFile(str(path))) as clip:
        clip.frame_at(99.0, SIZE)


def test_what_is_no_file(path: Path) -> None:
    """What is missing, a folder or a pipe is said to be that, and none is waited for."""
    with pytest.raises(PreviewError, match="No such file"):
        VideoFile(str(path))
    with pytest.raises(PreviewError, match="is no file"):
        VideoFile(str(path.parent))
    os.mkfifo(path)
    with pytest.raises(PreviewError, match="is no file"):
        VideoFile(str(path))


def test_too_many_pixels(path: Path) -> None:
    """A file that would fill the memory with one frame is not decoded."""
    with av.open(str(path), "w", format="mov") as container:
        stream = container.add_stream("png", rate=10)
        stream.width, stream.height, stream.pix_fmt = 8000, 4200, "gray"
        frame = av.VideoFrame(8000, 4200, "gray")
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(PreviewError, match="33,177,600 pixels or less"):
        VideoFile(str(path))


def test_no_other_file_or_address_is_opened(path: Path) -> None:
    """A list of addresses in the clothes of a video is not followed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)  # noqa: FBT003 - its only parameter
        link = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        path.write_bytes(f"#EXTM3U\n#EXTINF:1,\n{link}\n".encode())
        with pytest.raises(PreviewError):
            VideoFile(str(path))
        with pytest.raises(BlockingIOError):
            server.accept()


def test_the_opener(path: Path) -> None:
    """Where the extra is there, files are opened by it."""
    path.write_bytes(DUSK.read())
    opener = clip_opener()
    assert opener is not None
    with closing(opener(str(path))) as clip:
        assert clip.specs.width == DUSK.width
