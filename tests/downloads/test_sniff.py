"""Video files are recognised by their content."""

import struct
import tempfile

import pytest

from kling_tui.demo import CLIPS, Clip
from kling_tui.downloads.sniff import HEAD_SIZE, is_truncated, video_suffix

FTYP = b"\0\0\0\x18ftypisom\0\0\0\0isomavc1"


def box(name: bytes, content: bytes, wide: bool = False) -> bytes:  # noqa: FBT001, FBT002
    """Return a box of an MP4 file."""
    if wide:
        return struct.pack(">I4sQ", 1, name, len(content) + 16) + content
    return struct.pack(">I4s", len(content) + 8, name) + content


def truncated(body: bytes) -> bool:
    """Return whether a file with this content is reported as truncated."""
    with tempfile.TemporaryFile() as file:
        file.write(body)
        file.flush()
        return is_truncated(file.fileno(), len(body))


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (FTYP, ".mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", ".mov"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", ".webm"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", ".mkv"),
        (b"<!DOCTYPE html>", None),
        (b'{"error": "no"}', None),
        (b"", None),
        (b"\0" * HEAD_SIZE, None),
        (b"GIF89a", None),
    ],
)
def test_video_suffix(head: bytes, suffix: str | None) -> None:
    """The first bytes identify the format."""
    assert video_suffix(head) == suffix


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_a_clip_is_truncated_at_any_size_but_its_own(clip: Clip) -> None:
    """Its boxes show where it should end."""
    body = clip.read()
    assert video_suffix(body[:HEAD_SIZE]) == ".mp4"
    assert not truncated(body)
    assert all(truncated(body[:size]) for size in range(40, len(body), 997))
    assert truncated(body[:-1])


@pytest.mark.parametrize(
    "body",
    [
        FTYP + box(b"mdat", b"\0" * 50, wide=True),
        FTYP + struct.pack(">I4s", 0, b"mdat") + b"\0" * 50,
        FTYP + b"anything at all, of no known box",
        FTYP + struct.pack(">I4s", 3, b"mdat") + b"\0" * 50,
        FTYP + b"\0" * 500,
    ],
    ids=["wide", "to the end", "no box", "too short", "zeros"],
)
def test_unknown_structure_is_not_truncated(body: bytes) -> None:
    """Only a known box that extends past the end shows that bytes are missing."""
    assert not truncated(body)


@pytest.mark.parametrize(
    "body",
    [FTYP + box(b"mdat", b"\0" * 50, wide=True)[:-1], FTYP + box(b"free", b"")[:-1], FTYP[:-1]],
)
def test_a_file_that_ends_within_a_box_is_truncated(body: bytes) -> None:
    """The end may be in the content of a box or in its header."""
    assert truncated(body)
