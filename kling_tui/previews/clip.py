"""Reads video files by PyAV; nothing else knows it.

Results come from outside, so a file is read as what its first bytes say it is and as nothing else:
FFmpeg knows formats that are lists of other files and addresses, which it would open.
"""

import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.video.reformatter import Interpolation

from kling_tui.downloads.sniff import HEAD_SIZE, video_suffix
from kling_tui.previews.base import Frame, PreviewError, Size, Specs
from kling_tui.sanitize import sanitize_line

_FORMATS = {".mp4": "mp4", ".mov": "mp4", ".mkv": "matroska", ".webm": "matroska"}
_MOST_PIXELS = 7680 * 4320
_BOUNDS = {"max_pixels": str(_MOST_PIXELS)}
_SCALING = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
"""The mean of the pixels under each, alike on every processor."""
_MOST_PACKETS = 5_000
"""Packets that may bring no frame before a file is given up."""
_A_MOMENT = 1e-4
"""Seconds by which two times may differ that are meant to be the same."""


class VideoFile:
    """A video file that is open."""

    specs: Specs
    _shown: av.VideoFrame
    _next: av.VideoFrame | None

    def __init__(self, path: str) -> None:
        """Open it; raises PreviewError."""
        with _faults():
            status = Path(path).stat()
            if not stat.S_ISREG(status.st_mode):
                raise PreviewError("is no file")
            with Path(path).open("rb") as file:
                suffix = video_suffix(file.read(HEAD_SIZE))
            if suffix is None:
                raise PreviewError("is no video that is known here")
            self._container = av.open(
                path,
                format=_FORMATS[suffix],
                options={"protocol_whitelist": "file", **_BOUNDS},
                metadata_errors="replace",
            )
            with ExitStack() as opened:
                opened.callback(self._container.close)
                self._begin(status.st_size)
                opened.pop_all()

    def _begin(self, size: int) -> None:
        if not self._container.streams.video:
            raise PreviewError("has no picture in it")
        stream = self._stream = self._container.streams.video[0]
        if stream.codec_context is None:
            raise PreviewError("has a picture in a code that is not known here")
        codec = stream.codec_context
        codec.options = _BOUNDS
        # The size is 0 where FFmpeg has found it to be beyond the bounds.
        if not 0 < codec.width * codec.height <= _MOST_PIXELS:
            raise PreviewError(f"has no picture of {_MOST_PIXELS:,} pixels or less")
        base = stream.time_base or Fraction(1, av.time_base)
        length = stream.duration
        self._start = float((stream.start_time or 0) * base)
        self.specs = Specs(
            width=codec.width,
            height=codec.height,
            codec=sanitize_line(codec.name, 20),
            size=size,
            seconds=None if length is None else float(length * base),
            frame_rate=float(stream.average_rate) if stream.average_rate else None,
        )
        self._decode_from(0.0)

    def frame_at(self, seconds: float, size: Size) -> Frame:
        """Return the frame that is shown at a time, the last one after the end.

        It is made as large as `size`. Raises PreviewError.
        """
        with _faults():
            if seconds < self._time_of(self._shown) - _A_MOMENT:
                self._decode_from(seconds)
            while self._next and self._time_of(self._next) <= seconds + _A_MOMENT:
                self._shown, self._next = self._next, next(self._frames, None)
            width, height = size
            picture = self._shown.reformat(
                width=width, height=height, format="rgb24", interpolation=_SCALING
            )
            until = self._time_of(self._next) if self._next else None
            return Frame(self._time_of(self._shown), until, width, height, _pixels(picture))

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    def _decode_from(self, seconds: float) -> None:
        """Have the first frame ready from which the one at a time can be decoded."""
        self._container.seek(int((seconds + self._start) * av.time_base))
        self._frames = self._decoded()
        shown = next(self._frames, None)
        if shown is None:
            raise PreviewError("has no picture that can be decoded")
        self._shown, self._next = shown, next(self._frames, None)

    def _decoded(self) -> Iterator[av.VideoFrame]:
        fruitless = 0
        for packet in self._container.demux(self._stream):
            frames = packet.decode()
            fruitless = 0 if frames else fruitless + 1
            if fruitless > _MOST_PACKETS:
                raise PreviewError("has no picture in a long stretch of it")
            yield from frames

    def _time_of(self, frame: av.VideoFrame) -> float:
        return max(0.0, (frame.time or 0.0) - self._start)


def _pixels(picture: av.VideoFrame) -> bytes:
    """Return the pixels without what the lines are padded with."""
    plane, line = picture.planes[0], 3 * picture.width
    raw, stride = bytes(plane), plane.line_size
    if stride == line:
        return raw
    return b"".join(raw[start : start + line] for start in range(0, stride * plane.height, stride))


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        raise PreviewError(
            f"cannot be decoded: {sanitize_line(error.strerror or '', 80)}"
        ) from error
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else "its name is no path"
        raise PreviewError(f"cannot be read: {words}") from error
