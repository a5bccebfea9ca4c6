"""What video files show: their frames, and what they are by their own word.

Reading one takes PyAV, the optional extra `preview`, which is loaded when the first file is read.
"""

from kling_tui.previews.base import Clip, Frame, OpenClip, PreviewError, Specs

__all__ = ["Clip", "Frame", "OpenClip", "PreviewError", "Specs"]
