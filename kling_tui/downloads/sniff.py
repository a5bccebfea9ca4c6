"""What a file is by its own bytes, whatever its server calls it."""

import os
import struct

HEAD_SIZE = 64
"""Bytes from which `suffix_of` can tell."""
MIN_SIZE = 1024
"""Bytes; what is smaller is no clip."""
_BOXES = {
    b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"free", b"skip", b"wide", b"uuid", b"udta",
    b"meta", b"pnot", b"styp", b"sidx", b"ssix", b"prft", b"emsg", b"pdin",
}  # fmt: skip
"""Of the top level of MP4 and QuickTime files (ISO/IEC 14496-12)."""


def video_suffix(head: bytes) -> str | None:
    """Return the suffix for a video that begins so; None where this is no video."""
    if head[4:8] == b"ftyp":
        return ".mov" if head[8:12] == b"qt  " else ".mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return ".mkv" if b"matroska" in head else ".webm"
    return None


def is_truncated(handle: int, size: int) -> bool:
    """Tell whether a file ends within one of its boxes, and so before its end.

    What is no box that is known is not judged.
    """
    at = 0
    while at < size:
        head = os.pread(handle, 16, at)
        if len(head) < 8:
            return True
        length, name = struct.unpack_from(">I4s", head)
        if name not in _BOXES or length == 0:
            return False
        if length == 1 and len(head) == 16:
            (length,) = struct.unpack_from(">Q", head, 8)
        if length < 8:
            return False
        at += length
    return at > size
