"""Video files are recognised by their first bytes."""

import pytest

from kling_tui.demo import CLIPS, Clip
from kling_tui.downloads.sniff import HEAD_SIZE, video_suffix
from tests.support.video_files import FTYP


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (FTYP, ".mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", ".mov"),
        (b"\0\0\0\x08wide\0\x01\0\0mdat", ".mov"),
        (b"\x05\0\0\0mdat", ".mov"),
        (b"\0\0\x12\0moov\0\0\0\x6cmvhd", ".mov"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", ".webm"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", ".mkv"),
        (b"GIF89a\x01\0\x01\0", ".gif"),
        (b"GIF87a\x01\0\x01\0", ".gif"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", None),
        (b"\0\0\0\x18ftypheic\0\0\0\0", None),
        (b"Try free hosting", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"#EXTM3U\n", None),
        (b"<!DOCTYPE html>", None),
        (b'{"error": "no"}', None),
        (b"", None),
        (b"\0" * HEAD_SIZE, None),
    ],
)
def test_video_suffix(head: bytes, suffix: str | None) -> None:
    """The first bytes identify the format; pictures, pages and text are no videos."""
    assert video_suffix(head) == suffix


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_a_clip_is_a_video(clip: Clip) -> None:
    """The clips of the demo gateway are MP4 files."""
    assert video_suffix(clip.read()[:HEAD_SIZE]) == ".mp4"
