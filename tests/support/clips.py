"""A clip whose frames each have one colour, by which a test recognises them."""

from pathlib import Path

import av

RATE = 30
_WIDTH, _HEIGHT = 64, 36


def make_fade(path: Path, frames: int = 15) -> Path:
    """Write a clip that fades from blue to orange, and return its path."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        for number in range(frames):
            shade = 255 * number // frames
            frame = av.VideoFrame(_WIDTH, _HEIGHT, "rgb24")
            frame.planes[0].update(bytes((shade, 128, 255 - shade)) * _WIDTH * _HEIGHT)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
