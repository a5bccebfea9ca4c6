"""Remembers the first frames of video files, and limits how many files are read at a time."""

from collections import OrderedDict
from threading import BoundedSemaphore, Lock

from kling_tui.previews import Clip, Frame, OpenClip, Specs

_MAX_BYTES = 8_000_000
"""Pixels that are kept: thousands of posters in cells, some dozens in real pixels."""
_MAX_OPEN = 2
"""Files that are read at a time: more would only delay the posters that are wanted first."""


class FirstFrames:
    """Opens clips for posters; a file whose first frame is remembered is not opened again.

    Threads may share it.
    """

    def __init__(self, open_clip: OpenClip, max_bytes: int = _MAX_BYTES) -> None:
        self.open_clip = open_clip
        self.slots = BoundedSemaphore(_MAX_OPEN)
        self._max_bytes = max_bytes
        self._bytes = 0
        self._lock = Lock()
        self._found: OrderedDict[str, tuple[Specs, Frame]] = OrderedDict()
        """By path; what was used last is at the end."""

    def __call__(self, path: str) -> Clip:
        """Open the file at a path, or what is remembered of it; raises PreviewError."""
        return _FirstFrame(self, path)

    def get(self, path: str) -> tuple[Specs, Frame] | None:
        """Return what is remembered of a file."""
        with self._lock:
            if found := self._found.get(path):
                self._found.move_to_end(path)
            return found

    def put(self, path: str, specs: Specs, frame: Frame) -> None:
        """Remember the first frame of a file in its latest size, and forget the oldest ones."""
        with self._lock:
            self._forget(path)
            self._found[path] = specs, frame
            self._bytes += len(frame.pixels)
            while self._bytes > self._max_bytes:
                self._forget(next(iter(self._found)))

    def _forget(self, path: str) -> None:
        if found := self._found.pop(path, None):
            self._bytes -= len(found[1].pixels)


class _FirstFrame:
    """A clip of which only the first frame is wanted."""

    specs: Specs

    def __init__(self, frames: FirstFrames, path: str) -> None:
        self._frames = frames
        self._path = path
        self._clip: Clip | None = None
        self._known = frames.get(path)
        self.specs = self._known[0] if self._known else self._open().specs

    def frame_at(self, seconds: float, size: tuple[int, int]) -> Frame:
        """Return the frame at a time, which is that at the beginning."""
        if self._known and size == (self._known[1].width, self._known[1].height):
            return self._known[1]
        frame = self._open().frame_at(seconds, size)
        self._frames.put(self._path, self.specs, frame)
        return frame

    def _open(self) -> Clip:
        if self._clip is None:
            self._frames.slots.acquire()
            try:
                self._clip = self._frames.open_clip(self._path)
            finally:
                if self._clip is None:
                    self._frames.slots.release()
        return self._clip

    def close(self) -> None:
        """Close the file, if it was opened."""
        if self._clip is not None:
            self._clip.close()
            self._clip = None
            self._frames.slots.release()
