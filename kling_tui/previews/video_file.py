"""Reads video files with PyAV.

Results come from the network, so a file is opened only as the format that its first bytes show:
FFmpeg also knows playlist formats, whose files name other files and URLs that it would open.
"""

import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.reformatter import Interpolation

from kling_tui.downloads.sniff import HEAD_SIZE, video_suffix
from kling_tui.previews.base import Frame, IndexedImage, PreviewError, Size, Specs
from kling_tui.previews.palette import indexed_image, plane_bytes
from kling_tui.sanitize import sanitize_line

_FORMATS = {".mp4": "mp4", ".mov": "mp4", ".mkv": "matroska", ".webm": "matroska"}
"""FFmpeg's names of formats, by file name suffix."""
_MAX_PIXELS = 7680 * 4320
_FFMPEG_LIMITS = {"max_pixels": str(_MAX_PIXELS)}
_SCALING = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
"""The mean of the covered pixels, with the same result on every processor."""
_MAX_EMPTY_PACKETS = 5_000
"""Packets in a row that may contain no frame."""
_TIME_TOLERANCE = 1e-4
"""Seconds by which two equal times may differ after rounding."""

_METADATA: dict[str, Any] = {}
"""Options for texts in a file that are not UTF-8."""
if int(av.__version__.partition(".")[0]) < 19:  # since then, they are never an error
    _METADATA["metadata_errors"] = "replace"


class VideoFile:
    """An open video file."""

    specs: Specs
    _shown: av.VideoFrame
    _next: av.VideoFrame | None

    def __init__(self, path: str) -> None:
        """Open it; raises PreviewError."""
        with _translate_errors():
            status = Path(path).stat()
            if not stat.S_ISREG(status.st_mode):
                raise PreviewError("is not a regular file")
            with Path(path).open("rb") as file:
                suffix = video_suffix(file.read(HEAD_SIZE))
            if suffix is None:
                raise PreviewError("is not a supported video format")
            self._container = av.open(
                path,
                format=_FORMATS[suffix],
                options={"protocol_whitelist": "file", **_FFMPEG_LIMITS},
                **_METADATA,
            )
            with ExitStack() as on_failure:
                on_failure.callback(self._container.close)
                self._open_stream(status.st_size)
                on_failure.pop_all()

    def _open_stream(self, size: int) -> None:
        """Read the specs and decode the first frame."""
        if not self._container.streams.video:
            raise PreviewError("has no video stream")
        stream = self._stream = self._container.streams.video[0]
        if stream.codec_context is None:
            raise PreviewError("has an unsupported video codec")
        codec = stream.codec_context
        codec.options = _FFMPEG_LIMITS
        # FFmpeg reports a size of 0 if it is beyond the limit.
        if not 0 < codec.width * codec.height <= _MAX_PIXELS:
            raise PreviewError(f"has frames of more than {_MAX_PIXELS:,} pixels")
        time_base = stream.time_base or Fraction(1, av.time_base)
        self._start = float((stream.start_time or 0) * time_base)
        self.specs = Specs(
            width=codec.width,
            height=codec.height,
            codec=sanitize_line(codec.name, 20),
            size=size,
            seconds=None if stream.duration is None else float(stream.duration * time_base),
            frame_rate=float(stream.average_rate) if stream.average_rate else None,
        )
        self._decode_from(0.0)

    def frame_at(self, seconds: float, size: Size) -> Frame:
        """Return the frame that is shown at a time; after the end, the last one.

        It is scaled to `size`. Raises PreviewError.
        """
        with _translate_errors():
            self._move_to(seconds)
            width, height = size
            picture = self._scaled(size)
            until = self._time_of(self._next) if self._next else None
            pixels = plane_bytes(picture.planes[0], 3 * width)
            return Frame(self._time_of(self._shown), until, width, height, pixels)

    def indexed_image_at(self, seconds: float, size: Size, colours: int) -> IndexedImage:
        """Return the frame that is shown at a time in at most so many colours, up to 256.

        The colours are those that suit the frame, and are dithered. Raises PreviewError.
        """
        with _translate_errors():
            self._move_to(seconds)
            return indexed_image(self._scaled(size), colours)

    def _move_to(self, seconds: float) -> None:
        """Decode up to the frame that is shown at a time."""
        if seconds < self._time_of(self._shown) - _TIME_TOLERANCE:
            self._decode_from(seconds)
        while self._next and self._time_of(self._next) <= seconds + _TIME_TOLERANCE:
            self._shown, self._next = self._next, next(self._frames, None)

    def _scaled(self, size: Size) -> av.VideoFrame:
        """Return the current frame as RGB, in another size."""
        width, height = size
        return self._shown.reformat(
            width=width, height=height, format="rgb24", interpolation=_SCALING
        )

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _decode_from(self, seconds: float) -> None:
        """Seek to the last key frame before a time, and decode the first two frames there."""
        self._container.seek(int((seconds + self._start) * av.time_base))
        self._frames = self._decode()
        shown = next(self._frames, None)
        if shown is None:
            raise PreviewError("has no frame that can be decoded")
        self._shown, self._next = shown, next(self._frames, None)

    def _decode(self) -> Iterator[av.VideoFrame]:
        empty_packets = 0
        for packet in self._container.demux(self._stream):
            frames = packet.decode()
            empty_packets = 0 if frames else empty_packets + 1
            if empty_packets > _MAX_EMPTY_PACKETS:
                raise PreviewError("has a long part without frames")
            yield from frames

    def _time_of(self, frame: av.VideoFrame) -> float:
        return max(0.0, (frame.time or 0.0) - self._start)


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Turn errors of FFmpeg and of the file system into PreviewError."""
    try:
        yield
    except av.FFmpegError as error:
        message = f"cannot be decoded: {sanitize_line(error.strerror or '', 80)}"
        raise PreviewError(message) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "invalid file name"
        raise PreviewError(f"cannot be read: {reason}") from error
