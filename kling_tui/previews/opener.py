"""Finds out whether PyAV is installed, without loading it."""

from importlib.util import find_spec

from kling_tui.previews.base import Clip, OpenClip, PreviewError
from kling_tui.sanitize import sanitize_line


def clip_opener() -> OpenClip | None:
    """Return a function that opens video files; None if PyAV is not installed."""
    return _open if find_spec("av") else None


def _open(path: str) -> Clip:
    """Open a video file; the first call takes some tenths of a second, to load PyAV."""
    try:
        from kling_tui.previews.video_file import VideoFile
    except ImportError as error:
        raise PreviewError(f"PyAV cannot be loaded: {sanitize_line(str(error), 80)}") from error
    return VideoFile(path)
