"""Recognises video files by their own bytes, whatever content type the server sent."""

import os
import struct

HEAD_SIZE = 64
"""Bytes that `video_suffix` needs."""
MIN_SIZE = 1024
"""Bytes; a smaller file is not a video."""
_BOXES = {
    b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"free", b"skip", b"wide", b"uuid", b"udta",
    b"meta", b"pnot", b"styp", b"sidx", b"ssix", b"prft", b"emsg", b"pdin",
}  # fmt: skip
"""Of the top level of MP4 and QuickTime files (ISO/IEC 14496-12)."""


def video_suffix(head: bytes) -> str | None:
    """Return the file name suffix of a video that begins with `head`; None if it is not a video."""
    if head[4:8] == b"ftyp":
        return ".mov" if head[8:12] == b"qt  " else ".mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return ".mkv" if b"matroska" in head else ".webm"
    return None


def is_truncated(fd: int, size: int) -> bool:
    """Return whether an MP4 file ends within one of its boxes.

    False as soon as a box is unknown: nothing can be said about the rest.
    """
    offset = 0
    while offset < size:
        header = os.pread(fd, 16, offset)
        if len(header) < 8:
            return True
        length, name = struct.unpack_from(">I4s", header)
        if name not in _BOXES or length == 0:
            return False
        if length == 1 and len(header) == 16:
            (length,) = struct.unpack_from(">Q", header, 8)
        if length < 8:
            return False
        offset += length
    return offset > size
