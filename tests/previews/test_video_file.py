"""Video files: the demo's clips, damaged files, and files that are not videos."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import av
import pytest

from kling_tui.demo.clips import CLIPS, DUSK, LANTERNS, Clip
from kling_tui.previews import Frame, PreviewError
from kling_tui.previews.opener import clip_opener
from kling_tui.previews.video_file import VideoFile

SIZE = (32, 18)
MATROSKA = b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the file under test."""
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
    """They are read from the file."""
    path.write_bytes(clip.read())
    with closing(VideoFile(str(path))) as opened:
        specs = opened.specs
    assert (specs.width, specs.height, specs.codec) == (clip.width, clip.height, "h264")
    assert (specs.seconds, specs.frame_rate, specs.size) == (clip.seconds, 30.0, len(clip.read()))


def test_a_frame_is_scaled_to_the_requested_size(path: Path) -> None:
    """The padding of lines is removed, and each colour is in its place."""
    path.write_bytes(LANTERNS.read())
    with closing(VideoFile(str(path))) as clip:
        for size in ((9, 16), (31, 55), (32, 56)):
            frame = clip.frame_at(0.0, size)
            assert (frame.width, frame.height) == size
            assert len(frame.pixels) == 3 * size[0] * size[1]
            lit, dark = (colour(frame, int(size[0] * x), int(size[1] * 0.79)) for x in (0.28, 0.95))
            assert min(lit[:2]) > 150 > max(dark)


@pytest.mark.parametrize("size", [(1, 1), (31, 55), (160, 90)])
@pytest.mark.parametrize("colours", [16, 256])
def test_an_image_in_few_colours_looks_like_the_frame(
    dusk: VideoFile, size: tuple[int, int], colours: int
) -> None:
    """The palette has no more colours than are asked for, and every pixel is one of them."""
    image, frame = dusk.indexed_image_at(1.0, size, colours), dusk.frame_at(1.0, size)
    assert (image.width, image.height, len(image.pixels)) == (*size, size[0] * size[1])
    assert max(image.pixels) < len(image.palette) / 3 <= colours
    shown = b"".join(image.palette[3 * index : 3 * index + 3] for index in image.pixels)
    differences = [abs(a - b) for a, b in zip(shown, frame.pixels, strict=True)]
    assert sum(differences) / len(differences) < (12 if colours == 16 else 4)


def test_frame_at_any_time(dusk: VideoFile) -> None:
    """Seeking works forwards, backwards and beyond the end."""
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


def test_until_leads_to_the_next_frame(dusk: VideoFile) -> None:
    """Stepping by it reaches every frame once."""
    frame, count = dusk.frame_at(4.0, SIZE), 1
    while frame.until is not None:
        frame = dusk.frame_at(frame.until, SIZE)
        count += 1
    assert count == 33


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a supported video format"),
        (b"<html>" * 1000, "not a supported video format"),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n", "not a supported video format"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not a supported video format"),
        (DUSK.read()[:2_000], "no frame that can be decoded"),
        (DUSK.read()[:30_000], "cannot be decoded: "),
        (DUSK.read()[:32].ljust(9_000, b"\0"), "cannot be decoded: "),
        (MATROSKA.ljust(9_000, b"\0"), "cannot be decoded: "),
        (DUSK.read().replace(b"vide", b"soun"), "no video stream"),
        (DUSK.read().replace(b"avc1", b"zzzz"), "unsupported video codec"),
    ],
)
def test_an_unreadable_file_is_an_error(content: bytes, message: str, path: Path) -> None:
    """It is raised on opening, or when the damaged part is reached."""
    path.write_bytes(content)
    with pytest.raises(PreviewError, match=message), closing(VideoFile(str(path))) as clip:
        clip.frame_at(99.0, SIZE)


def test_a_path_that_is_not_a_file_is_an_error(path: Path) -> None:
    """A missing file, a folder and a pipe; opening the pipe does not block."""
    with pytest.raises(PreviewError, match="No such file"):
        VideoFile(str(path))
    with pytest.raises(PreviewError, match="is not a regular file"):
        VideoFile(str(path.parent))
    os.mkfifo(path)
    with pytest.raises(PreviewError, match="is not a regular file"):
        VideoFile(str(path))


def test_too_many_pixels_are_an_error(path: Path) -> None:
    """A frame that would fill the memory is not decoded."""
    with av.open(str(path), "w", format="mov") as container:
        stream = container.add_stream("png", rate=10)
        stream.width, stream.height, stream.pix_fmt = 8000, 4200, "gray"
        frame = av.VideoFrame(8000, 4200, "gray")
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(PreviewError, match="more than 33,177,600 pixels"):
        VideoFile(str(path))


def test_a_playlist_is_not_followed(path: Path) -> None:
    """No connection is made to the URL in a playlist with a video's file name."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)  # noqa: FBT003 - its only parameter
        link = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        path.write_bytes(f"#EXTM3U\n#EXTINF:1,\n{link}\n".encode())
        with pytest.raises(PreviewError):
            VideoFile(str(path))
        with pytest.raises(BlockingIOError):
            server.accept()


def test_the_opener_opens_files(path: Path) -> None:
    """PyAV is installed wherever the tests run."""
    path.write_bytes(DUSK.read())
    opener = clip_opener()
    assert opener is not None
    with closing(opener(str(path))) as clip:
        assert clip.specs.width == DUSK.width
