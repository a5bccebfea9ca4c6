"""Layers of images for tests."""

from kling_tui.tui.diff_output.image_layer import ImageLayer
from kling_tui.tui.graphics.detection import Detection
from kling_tui.tui.terminal import Terminal


def no_images() -> ImageLayer:
    """Return the layer of a terminal that shows no images."""
    return ImageLayer(Detection("blocks", Terminal()), lambda: 0)
