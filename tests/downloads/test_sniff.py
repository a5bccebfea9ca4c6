"""Files known by their own bytes."""

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


def cut(body: bytes) -> bool:
    """Tell whether a file with these bytes is taken to be cut."""
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
def test_suffixes(head: bytes, suffix: str | None) -> None:
    """The first bytes tell a video, and which."""
    assert video_suffix(head) == suffix


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_every_beginning_of_a_clip_is_cut_and_the_whole_is_not(clip: Clip) -> None:
    """Wherever a real clip is cut behind its first box, its boxes say so."""
    body = clip.read()
    assert video_suffix(body[:HEAD_SIZE]) == ".mp4"
    assert not cut(body)
    assert all(cut(body[:size]) for size in range(40, len(body), 997))
    assert cut(body[:-1])


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
def test_what_is_not_judged(body: bytes) -> None:
    """Only a known box that goes on past the end means that some is missing."""
    assert not cut(body)


@pytest.mark.parametrize(
    "body",
    [FTYP + box(b"mdat", b"\0" * 50, wide=True)[:-1], FTYP + box(b"free", b"")[:-1], FTYP[:-1]],
)
def test_what_is_cut(body: bytes) -> None:
    """Be it within a box or within the head of one."""
    assert cut(body)
