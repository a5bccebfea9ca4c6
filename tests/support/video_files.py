"""Video files of all containers, made of the parts of a real MP4 file."""

import struct

from tests.support.video_server import VIDEO

FTYP = b"\0\0\0\x18ftypisom\0\0\0\0isomavc1"


def boxes(video: bytes) -> dict[str, bytes]:
    """Return the boxes of an MP4 file by name."""
    found, offset = {}, 0
    while offset < len(video):
        length, name = struct.unpack_from(">I4s", video, offset)
        found[name.decode()] = video[offset : offset + length]
        offset += length
    return found


def box(name: str, content: bytes) -> bytes:
    """Return a box of an MP4 file."""
    return struct.pack(">I4s", len(content) + 8, name.encode()) + content


def large_box(name: str, content: bytes) -> bytes:
    """Return a box with a length of 64 bits."""
    return struct.pack(">I4sQ", 1, name.encode(), len(content) + 16) + content


def last_box(name: str, content: bytes) -> bytes:
    """Return a box without a length, which extends to the end of the file."""
    return struct.pack(">I4s", 0, name.encode()) + content


PARTS = boxes(VIDEO)
PICTURES = PARTS["mdat"][8:]
START = PARTS["ftyp"] + PARTS["moov"]
FRAGMENT = box("moof", b"\0" * 80) + box("mdat", PICTURES[:2000])
MP4_FILES = {
    "index first": VIDEO,
    "index last": PARTS["ftyp"] + PARTS["mdat"] + PARTS["moov"],
    "length of 64 bits": START + large_box("mdat", PICTURES),
    "fragments": START + FRAGMENT * 3 + box("mfra", b"\0" * 40),
    "segments": START + box("sidx", b"\0" * 30) + box("styp", b"msdh") + FRAGMENT,
    "unknown box inside": PARTS["ftyp"] + box("beam", b"x" * 50) + PARTS["moov"] + PARTS["mdat"],
    "no ftyp": box("wide", b"") + PARTS["mdat"] + PARTS["moov"],
}
"""Whole MP4 and QuickTime files."""


def element(id_: int, content: bytes, *, width: int = 8, unknown: bool = False) -> bytes:
    """Return an element of a Matroska file, whose length has `width` bytes."""
    length = (1 << 7 * width) - 1 if unknown else len(content)
    size = (length | 1 << 7 * width).to_bytes(width, "big")
    return id_.to_bytes((id_.bit_length() + 7) // 8, "big") + size + content


_HEADER = element(0x1A45DFA3, b"\x42\x82\x84webm" + b"\0" * 40, width=1)
_CLUSTER = b"\xe7\x81\0" + element(0xA3, b"p" * 3000, width=2)
_TRACKS = element(0x1549A966, b"\0" * 20) + element(0x1654AE6B, b"\0" * 50)
WEBM_FILES = {
    "known lengths": _HEADER + element(0x18538067, _TRACKS + element(0x1F43B675, _CLUSTER)),
    "live": _HEADER
    + element(0x18538067, _TRACKS, unknown=True)
    + element(0x1F43B675, _CLUSTER, unknown=True) * 2,
    "segment of unknown length": _HEADER
    + element(0x18538067, _TRACKS, unknown=True, width=1)
    + element(0x1F43B675, _CLUSTER, width=4) * 2,
}
"""Whole WebM files."""
_GIF_IMAGE = b"\x21\xf9\x04\0\0\0\0\0" + b"\x2c" + b"\0" * 8 + b"\x80" + b"\0" * 6 + b"\x02"
_GIF_BLOCKS = (b"\xff" + b";" * 255) * 8 + b"\0"
GIF_FILE = b"GIF89a\x01\0\x01\0\x91\0\0" + b"\0" * 12 + (_GIF_IMAGE + _GIF_BLOCKS) * 2 + b";"
"""A whole GIF of two pictures, with color tables."""
WHOLE_FILES = MP4_FILES | WEBM_FILES | {"gif": GIF_FILE}
