"""What is known of a video file, and how it can fail to be shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Size = tuple[int, int]
"""Width and height in pixels."""


class PreviewError(Exception):
    """A video file cannot be shown; the words tell a person why."""


@dataclass(frozen=True, slots=True)
class Specs:
    """What a video file is by its own word; None where it says nothing."""

    width: int
    height: int
    codec: str
    size: int
    """In bytes."""
    seconds: float | None = None
    frame_rate: float | None = None
    """Frames a second."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a clip, as large as it was asked for."""

    at: float
    """Seconds after the beginning at which it is shown."""
    until: float | None
    """When the next one is; None for the last."""
    width: int
    height: int
    pixels: bytes
    """Red, green and blue of each pixel, in lines from the top."""


class Clip(Protocol):
    """A video file that is open; it is used by one thread at a time."""

    specs: Specs

    def frame_at(self, seconds: float, size: Size) -> Frame:
        """Return the frame that is shown at a time, the last one after the end.

        Raises PreviewError.
        """
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


OpenClip = Callable[[str], Clip]
"""Opens the video file of a path, or raises PreviewError."""
