"""Writes PNG files (ISO/IEC 15948) with a palette."""

import struct
import zlib

from kling_tui.previews import IndexedImage

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BIT_DEPTH, _INDEXED = 8, 3
_NO_FILTER = b"\0"


def png(image: IndexedImage) -> bytes:
    """Return an image as a PNG file."""
    width, height = image.width, image.height
    header = struct.pack(">2I5B", width, height, _BIT_DEPTH, _INDEXED, 0, 0, 0)
    starts = range(0, width * height, width)
    lines = b"".join(_NO_FILTER + image.pixels[start : start + width] for start in starts)
    chunks = {
        b"IHDR": header,
        b"PLTE": image.palette,
        b"IDAT": zlib.compress(lines, 9),
        b"IEND": b"",
    }
    return _SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks.items())


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
