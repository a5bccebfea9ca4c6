"""Finds out from a video file's own structure whether its end is missing.

A file is read header by header, at most `MAX_ELEMENTS` of them, so that a hostile file cannot
keep a thread busy for long.
"""

import os
import struct
from collections.abc import Iterator

from kling_tui.downloads import sniff

MAX_ELEMENTS = 200_000
"""Headers to read: some tenths of a second. A file with more is judged by those."""
_BOXES = {
    b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"free", b"skip", b"wide", b"uuid", b"udta",
    b"meta", b"pnot", b"styp", b"sidx", b"ssix", b"prft", b"emsg", b"pdin",
}  # fmt: skip
"""Of the top level of MP4 and QuickTime files (ISO/IEC 14496-12)."""
_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_SEGMENT_CHILDREN = {
    _CLUSTER, 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1254C367, 0x1941A469, 0x1043A770,
}  # fmt: skip
_CLUSTER_CHILDREN = {0xE7, 0xA7, 0xAB, 0xA3, 0xA0, 0xEC, 0xBF}
"""Elements of Matroska (RFC 9559), and those that may be anywhere."""


def is_truncated(fd: int, size: int) -> bool:
    """Return whether bytes are missing at the end of a video file; raises OSError.

    Bytes after the end of the video, and parts of a type that is not known, do not matter.
    """
    head = os.pread(fd, sniff.HEAD_SIZE, 0)
    if head.startswith(sniff.EBML):
        return _matroska_is_truncated(fd, size)
    if head.startswith(sniff.GIF):
        return _gif_is_truncated(fd, head)
    return _mp4_is_truncated(fd, size)


def _mp4_is_truncated(fd: int, size: int) -> bool:
    """Return whether the index or the pictures of an MP4 or QuickTime file are missing or cut."""
    missing = {b"moov", b"mdat"}
    for name, end in _boxes(fd, size):
        if end > size:
            return name in _BOXES or bool(missing)
        missing.discard(name)
        if name == b"moof":  # the pictures of a fragment follow it
            missing.add(b"mdat")
    return bool(missing)


def _boxes(fd: int, size: int) -> Iterator[tuple[bytes, int]]:
    """Yield the name of each box, and the offset of its end, up to the first bytes that are none.

    The end may be after that of the file.
    """
    offset = 0
    for _ in range(MAX_ELEMENTS):
        header = os.pread(fd, 16, offset)
        if len(header) < 8:
            return
        length, name = struct.unpack_from(">I4s", header)
        if length == 1 and len(header) == 16:
            (length,) = struct.unpack_from(">Q", header, 8)
        elif length == 0 and name in _BOXES:  # it extends to the end of the file
            length = size - offset
        if length < 8:
            return
        offset += length
        yield name, offset


def _matroska_is_truncated(fd: int, size: int) -> bool:
    """Return whether a segment of known length is cut, or an element of one of unknown length."""
    offset, in_segment, has_cluster = 0, False, False
    for _ in range(MAX_ELEMENTS):
        header = os.pread(fd, 16, offset)
        element = _parse_element(header)
        if element is None:
            break
        element_id, length, header_length = element
        if length is not None and element_id == _SEGMENT:
            return offset + header_length + length > size
        known = element_id in _SEGMENT_CHILDREN or element_id in _CLUSTER_CHILDREN
        if in_segment and not known:
            break
        in_segment = in_segment or element_id == _SEGMENT
        has_cluster = has_cluster or element_id == _CLUSTER
        offset += header_length + (length or 0)  # of an unknown length, its children follow
        if offset > size:
            return True
    return not has_cluster


def _parse_element(header: bytes) -> tuple[int, int | None, int] | None:
    """Return the id of an EBML element, its length (None if unknown) and that of its header.

    Returns None if the bytes are not the whole header of one (RFC 8794).
    """
    id_length = 9 - header[0].bit_length() if header else 9
    if id_length > 4 or len(header) <= id_length:
        return None
    width = 9 - header[id_length].bit_length()
    raw = header[id_length : id_length + width]
    if width > 8 or len(raw) < width:
        return None
    length = int.from_bytes(raw, "big") & ((1 << 7 * width) - 1)
    unknown = length == (1 << 7 * width) - 1
    element_id = int.from_bytes(header[:id_length], "big")
    return element_id, None if unknown else length, id_length + width


def _gif_is_truncated(fd: int, head: bytes) -> bool:
    """Return whether the trailer of a GIF is missing."""
    offset = 13 + _color_table_size(head[10:11])
    in_sub_blocks = False
    for _ in range(MAX_ELEMENTS):
        block = os.pread(fd, 10, offset)
        if not block:
            return True
        if in_sub_blocks:
            offset += 1 + block[0]
            in_sub_blocks = block[0] != 0
        elif block[0] == 0x21:  # an extension, and its type
            offset, in_sub_blocks = offset + 2, True
        elif block[0] == 0x2C:  # an image, and the size of its codes
            offset += 10 + _color_table_size(block[9:10]) + 1
            in_sub_blocks = True
        else:
            return block[0] != 0x3B
    return False


def _color_table_size(flags: bytes) -> int:
    """Return the bytes of the color table that a GIF's flags announce."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0
