"""Reduces a frame to few colours, with FFmpeg's filters `palettegen` and `paletteuse`."""

from fractions import Fraction
from typing import cast

import av
from av.filter import Graph
from av.video.plane import VideoPlane

from kling_tui.previews.base import IndexedImage

_BYTES_PER_COLOUR = 4
"""Of FFmpeg's palette: blue, green, red and alpha."""


def indexed_image(frame: av.VideoFrame, colours: int) -> IndexedImage:
    """Return an RGB frame in at most so many colours, up to 256, that suit it; dithered."""
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or Fraction(1, 25),
    )
    split = graph.add("split")
    generate = graph.add("palettegen", f"max_colors={colours}:reserve_transparent=0")
    # A regular pattern: it compresses better than the diffusion of errors.
    use = graph.add("paletteuse", "dither=bayer:bayer_scale=5")
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(generate, 1, 0)
    generate.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    graph.push(frame)
    graph.push(None)
    return _unpack(cast(av.VideoFrame, graph.pull()))


def _unpack(picture: av.VideoFrame) -> IndexedImage:
    """Return a frame of the format `pal8`, with the colours that it uses."""
    pixels = plane_bytes(picture.planes[0], picture.width)
    palette = bytes(picture.planes[1])
    end = (max(pixels) + 1) * _BYTES_PER_COLOUR
    colours = (palette[at : at + 3][::-1] for at in range(0, end, _BYTES_PER_COLOUR))
    return IndexedImage(picture.width, picture.height, b"".join(colours), pixels)


def plane_bytes(plane: VideoPlane, width: int) -> bytes:
    """Return the content of a plane whose lines have `width` bytes, without their padding."""
    raw, stride = bytes(plane), plane.line_size
    if stride == width:
        return raw[: width * plane.height]
    lines = range(0, stride * plane.height, stride)
    return b"".join(raw[start : start + width] for start in lines)
