"""Recognises video files by their own bytes, whatever content type the server sent."""

HEAD_SIZE = 64
"""Bytes that `video_suffix` needs."""
MIN_SIZE = 1024
"""Bytes; a smaller file is not a video."""
EBML = b"\x1a\x45\xdf\xa3"
"""The first bytes of Matroska and WebM."""
GIF = (b"GIF87a", b"GIF89a")
_IMAGE_BRANDS = {b"avif", b"heic", b"heix", b"mif1"}
"""Pictures in the container of MP4."""
_OLD_QUICKTIME = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
"""First boxes of a QuickTime file from before there was ``ftyp``."""


def video_suffix(head: bytes) -> str | None:
    """Return the file name suffix of a video that begins with `head`; None if it is not a video."""
    name, brand = head[4:8], head[8:12]
    if name == b"ftyp" and brand not in _IMAGE_BRANDS:
        return ".mov" if brand == b"qt  " else ".mp4"
    # The first byte of a box's length, so that no text is taken for one.
    if name in _OLD_QUICKTIME and (head[0] == 0 or name == b"mdat"):
        return ".mov"
    if head.startswith(EBML):
        return ".mkv" if b"matroska" in head else ".webm"
    return ".gif" if head.startswith(GIF) else None
