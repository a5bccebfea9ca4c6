"""Reads video files: their frames and their properties.

It needs PyAV, the optional extra `preview`, which is loaded when the first file is opened.
"""

from kling_tui.previews.base import Clip, Frame, IndexedImage, OpenClip, PreviewError, Specs

__all__ = ["Clip", "Frame", "IndexedImage", "OpenClip", "PreviewError", "Specs"]
