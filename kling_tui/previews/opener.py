"""Tells whether videos can be read here, without loading what reads them."""

from importlib.util import find_spec

from kling_tui.previews.base import Clip, OpenClip, PreviewError
from kling_tui.sanitize import sanitize_line


def clip_opener() -> OpenClip | None:
    """Return what opens video files; None where the extra is not installed."""
    return _open if find_spec("av") else None


def _open(path: str) -> Clip:
    """Open a video file; the first time takes some tenths of a second."""
    try:
        from kling_tui.previews.clip import VideoFile
    except ImportError as error:
        raise PreviewError(f"PyAV cannot be loaded: {sanitize_line(str(error), 80)}") from error
    return VideoFile(path)
