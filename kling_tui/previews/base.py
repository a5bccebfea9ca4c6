"""The interface of previews: an open video file, its frames and its properties."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

Size = tuple[int, int]
"""Width and height in pixels."""


class PreviewError(Exception):
    """A video file cannot be shown; the message says why, for the user."""


class Specs(Struct, frozen=True):
    """Properties of a video file, as stored in it; None if missing."""

    width: int
    height: int
    codec: str
    size: int
    """In bytes."""
    seconds: float | None = None
    """The duration."""
    frame_rate: float | None = None
    """Frames per second."""


class Frame(Struct, frozen=True):
    """One frame of a clip, scaled to the requested size."""

    at: float
    """Seconds from the beginning of the clip at which it is shown."""
    until: float | None
    """Seconds at which the next frame is shown; None for the last one."""
    width: int
    height: int
    pixels: bytes
    """Red, green and blue of each pixel, line by line from the top."""


class IndexedImage(Struct, frozen=True):
    """One frame of a clip in few colours, scaled to the requested size."""

    width: int
    height: int
    palette: bytes
    """Red, green and blue of each colour."""
    pixels: bytes
    """The index of each pixel's colour, line by line from the top."""


class Clip(Protocol):
    """An open video file; only one thread may use it at a time."""

    specs: Specs

    def frame_at(self, seconds: float, size: Size) -> Frame:
        """Return the frame that is shown at a time; after the end, the last one.

        Raises PreviewError.
        """
        ...

    def indexed_image_at(self, seconds: float, size: Size, colours: int) -> IndexedImage:
        """Return the frame that is shown at a time in at most so many colours, up to 256.

        Raises PreviewError.
        """
        ...

    def close(self) -> None:
        """Close the file."""
        ...


OpenClip = Callable[[str], Clip]
"""Opens the video file at a path; raises PreviewError."""
