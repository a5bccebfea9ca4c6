"""Remembers the first frames of video files, and reads few files at a time."""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TypeVar, cast

from kling_tui.previews import Clip, Frame, IndexedImage, OpenClip, Specs

_MAX_BYTES = 8_000_000
"""Pixels that are kept: thousands of posters in cells, some dozens in real pixels."""
_SPECS_BYTES = 200
"""What the specs of a file count for."""
_MAX_OPEN = 2
"""Files that are read at a time: more would only delay the posters that are wanted first."""
_Remembered = Frame | IndexedImage | Specs
_Found = TypeVar("_Found", Frame, IndexedImage, Specs)


class FirstFrames:
    """Opens clips for posters; a file whose first frame is remembered is not opened again.

    Threads may share it.
    """

    def __init__(self, open_clip: OpenClip, max_bytes: int = _MAX_BYTES) -> None:
        self.open_clip = open_clip
        self.threads = ThreadPoolExecutor(_MAX_OPEN, "first-frames")
        """Those in which files are read, in the order in which they were asked for."""
        self._max_bytes = max_bytes
        self._bytes = 0
        self._lock = Lock()
        self._found: OrderedDict[tuple[object, ...], _Remembered] = OrderedDict()
        """What was read; what was used last is at the end."""

    def __call__(self, path: str) -> Clip:
        """Open the file at a path, or what is remembered of it; raises PreviewError."""
        return _FirstFrame(self, path)

    def stop(self) -> None:
        """Start no further reads."""
        self.threads.shutdown(wait=False, cancel_futures=True)

    def get(self, key: tuple[object, ...]) -> _Remembered | None:
        """Return what was read before."""
        with self._lock:
            if found := self._found.get(key):
                self._found.move_to_end(key)
            return found

    def put(self, key: tuple[object, ...], found: _Remembered) -> None:
        """Remember what was read, and forget what was not used for the longest time."""
        with self._lock:
            if key not in self._found:
                self._bytes += _size(found)
            self._found[key] = found
            while self._bytes > self._max_bytes:
                _, forgotten = self._found.popitem(last=False)
                self._bytes -= _size(forgotten)


def _size(found: _Remembered) -> int:
    return _SPECS_BYTES if isinstance(found, Specs) else len(found.pixels)


class _FirstFrame:
    """A clip of which only the first frame is wanted; its file is opened when it is needed."""

    specs: Specs

    def __init__(self, frames: FirstFrames, path: str) -> None:
        self._frames = frames
        self._path = path
        self._clip: Clip | None = None
        self.specs = self._read(lambda clip: clip.specs, "specs")

    def frame_at(self, seconds: float, size: tuple[int, int]) -> Frame:
        """Return the frame at a time, which is that at the beginning."""
        return self._read(lambda clip: clip.frame_at(seconds, size), "frame", seconds, size)

    def indexed_image_at(self, seconds: float, size: tuple[int, int], colours: int) -> IndexedImage:
        """Return that frame in at most so many colours."""
        return self._read(
            lambda clip: clip.indexed_image_at(seconds, size, colours),
            "indexed image",
            seconds,
            size,
            colours,
        )

    def _read(self, read: Callable[[Clip], _Found], *key: object) -> _Found:
        """Return what `read` returns, or has returned before for the same file and `key`."""
        found = self._frames.get((self._path, *key))
        if found is None:
            found = read(self._open())
            self._frames.put((self._path, *key), found)
        return cast(_Found, found)

    def _open(self) -> Clip:
        if self._clip is None:
            self._clip = self._frames.open_clip(self._path)
        return self._clip

    def close(self) -> None:
        """Close the file, if it was opened."""
        if self._clip is not None:
            self._clip.close()
            self._clip = None
