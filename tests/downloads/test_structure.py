"""A video file's own structure shows whether its end is missing."""

import tempfile

import pytest

from kling_tui.demo import CLIPS, Clip
from kling_tui.downloads.structure import MAX_ELEMENTS, is_truncated
from tests.support.video_files import (
    FRAGMENT,
    FTYP,
    GIF_FILE,
    MP4_FILES,
    PARTS,
    PICTURES,
    START,
    WEBM_FILES,
    WHOLE_FILES,
    box,
    last_box,
)
from tests.support.video_server import VIDEO

TRAILING = {
    "byte": b"\0",
    "newline": b"\r\n",
    "zeros": b"\0" * 500,
    "unknown box": box("Xtra", b"x" * 100),
    "header of an unknown box": box("Xtra", b"x" * 100)[:50],
    "text": b"-- served by cache 7, thank you for waiting --",
}


def truncated(body: bytes) -> bool:
    """Return whether a file with this content is reported as truncated."""
    with tempfile.TemporaryFile() as file:
        file.write(body)
        file.flush()
        return is_truncated(file.fileno(), len(body))


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_a_whole_file_is_not_truncated(name: str) -> None:
    """The order of its parts, unknown parts and lengths of any form do not matter."""
    assert not truncated(WHOLE_FILES[name])


def test_a_last_box_without_a_length_is_whole() -> None:
    """It extends to the end of the file, wherever that is."""
    assert not truncated(START + last_box("mdat", PICTURES))
    assert not truncated(PARTS["ftyp"] + PARTS["mdat"] + last_box("moov", PARTS["moov"][8:]))


@pytest.mark.parametrize("trailing", TRAILING)
@pytest.mark.parametrize("name", [*MP4_FILES, "known lengths", "gif"])
def test_bytes_after_the_end_do_not_matter(name: str, trailing: str) -> None:
    """Servers and editors append line ends, padding and parts of their own."""
    assert not truncated(WHOLE_FILES[name] + TRAILING[trailing])


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_a_file_that_is_cut_is_truncated(name: str) -> None:
    """Wherever the cut is: within a part, within its header or between two parts."""
    body = WHOLE_FILES[name]
    if name == "fragments":  # a cut between two fragments leaves a playable file
        sizes = [size for size in range(40, len(body) - 50, 97) if size < len(START + FRAGMENT)]
    elif name in ("live", "segment of unknown length"):  # as does one between two clusters
        sizes = list(range(len(body) - 2900, len(body), 97))
    else:
        sizes = [*range(40, len(body), max(97, len(body) // 200)), len(body) - 1]
    assert [size for size in sizes if not truncated(body[:size])] == []


def test_a_file_without_its_last_part_is_truncated() -> None:
    """A cut exactly between two boxes shows in what is missing."""
    assert truncated(PARTS["ftyp"])
    assert truncated(START)
    assert truncated(PARTS["ftyp"] + PARTS["mdat"])
    assert truncated(START + box("moof", b"\0" * 80))
    assert truncated(START + FRAGMENT + box("moof", b"\0" * 80))
    assert truncated(START + last_box("free", PICTURES))
    assert truncated(VIDEO + box("udta", b"x" * 100)[:50])


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_a_clip_is_truncated_at_any_size_but_its_own(clip: Clip) -> None:
    """Its boxes show where it should end."""
    body = clip.read()
    assert not truncated(body)
    assert all(truncated(body[:size]) for size in range(40, len(body), 997))
    assert truncated(body[:-1])


@pytest.mark.parametrize(
    "body",
    [FTYP + b"anything at all, of no known box", FTYP + b"\0" * 500, FTYP[:-1], FTYP,
     WEBM_FILES["live"][:60], GIF_FILE[:13], b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa3\0\0"],
)  # fmt: skip
def test_a_file_without_pictures_is_truncated(body: bytes) -> None:
    """There is nothing to show."""
    assert truncated(body)


def test_the_work_is_bounded() -> None:
    """What comes after a limited number of parts is not read, in any container."""
    free = box("free", b"")
    assert not truncated(PARTS["ftyp"] + free * 1000 + PARTS["moov"] + PARTS["mdat"])
    assert truncated(PARTS["ftyp"] + free * MAX_ELEMENTS + PARTS["moov"] + PARTS["mdat"])
    assert truncated(WEBM_FILES["live"][:60] + b"\xec\x80" * MAX_ELEMENTS + b"\x1f\x43\xb6\x75")
    assert not truncated(GIF_FILE[:-1] + b"\x21\xfe\0" * MAX_ELEMENTS)
