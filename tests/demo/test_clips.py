"""The clips: that they are what replies say of them, and how they are served."""

import struct
from collections.abc import Iterator

import pytest

from kling_tui.demo import CLIPS, DUSK, Clip
from tests.support.demo_client import DemoClient

CONTAINERS = {b"moov", b"trak"}


def boxes(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Walk the boxes of an MP4 file (ISO/IEC 14496-12): each one's type and content."""
    at = 0
    while at < len(body):
        size, name = struct.unpack_from(">I4s", body, at)
        content = body[at + 8 : at + size]
        yield name, content
        if name in CONTAINERS:
            yield from boxes(content)
        at += size


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_clips_are_what_they_say(clip: Clip) -> None:
    """Length and size are the file's; its index comes first, so that it plays while it loads."""
    names = [name for name, _ in boxes(clip.read())]
    content = dict(boxes(clip.read()))
    timescale, duration = struct.unpack_from(">II", content[b"mvhd"], 12)
    width, height = struct.unpack(">II", content[b"tkhd"][-8:])
    assert duration / timescale == clip.seconds
    assert (width >> 16, height >> 16) == (clip.width, clip.height)
    assert names.count(b"trak") == 1
    assert names.index(b"moov") < names.index(b"mdat")
    assert b"avc1" in content[b"moov"]


def test_clips_are_small() -> None:
    """The package stays light."""
    assert max(len(clip.read()) for clip in CLIPS) <= 120_000
    assert sum(len(clip.read()) for clip in CLIPS) <= 350_000


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_a_whole_clip(ask: DemoClient, clip: Clip) -> None:
    """Without a range the whole file comes, whatever the query string says."""
    reply = ask.http.get(f"{clip.path}?job=CjI17WevH1IAAAAAAHmgsw")
    assert (reply.status_code, reply.content) == (200, clip.read())
    assert reply.headers["Content-Type"] == "video/mp4"
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["ETag"].startswith('"')


def test_clips_have_etags_of_their_own(ask: DemoClient) -> None:
    """An ETag tells a file from others, and is the same each time."""
    tags = [ask.http.head(clip.path).headers["ETag"] for clip in CLIPS * 2]
    assert len(set(tags)) == len(CLIPS)


def test_head_sends_no_body(ask: DemoClient) -> None:
    """HEAD tells what GET would, without the file, on a connection that stays usable."""
    reply = ask.http.head(DUSK.path, headers={"Range": "bytes=0-1"})
    assert (reply.status_code, reply.content) == (200, b"")
    assert int(reply.headers["Content-Length"]) == len(DUSK.read())
    assert ask.http.get(DUSK.path).content == DUSK.read()


SIZE = len(DUSK.read())


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=100-", 100, SIZE - 1),
        ("bytes=-100", SIZE - 100, SIZE - 1),
        (f"bytes=-{SIZE + 5}", 0, SIZE - 1),
        (f"bytes=0-{SIZE + 5}", 0, SIZE - 1),
        ("Bytes= 5 - 9", 5, 9),
    ],
)
def test_one_range(ask: DemoClient, asked: str, first: int, last: int) -> None:
    """A single range of any form brings just these bytes, and says which they are."""
    reply = ask.http.get(DUSK.path, headers={"Range": asked})
    assert reply.status_code == 206
    assert reply.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert reply.headers["Content-Type"] == "video/mp4"
    assert reply.content == DUSK.read()[first : last + 1]


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0", f"bytes={SIZE + 5}-{SIZE + 9}"])
def test_unsatisfiable_range(ask: DemoClient, asked: str) -> None:
    """A range with no byte of the file in it is a 416 that says how long the file is."""
    reply = ask.http.get(DUSK.path, headers={"Range": asked})
    assert reply.status_code == 416
    assert reply.headers["Content-Range"] == f"bytes */{SIZE}"
    assert "error" in reply.json()


@pytest.mark.parametrize(
    "asked",
    ["bytes=9-5", "bytes=-", "bytes=1-2,5-9", "lines=1-2", "bytes=a-b", "bytes=" + "9" * 40],
)
def test_other_ranges_are_ignored(ask: DemoClient, asked: str) -> None:
    """Ranges that are malformed, several, or of another unit bring the whole file."""
    reply = ask.http.get(DUSK.path, headers={"Range": asked})
    assert (reply.status_code, reply.content) == (200, DUSK.read())


def test_if_range(ask: DemoClient) -> None:
    """With the right ETag a download goes on; with another the file comes from the start."""
    etag = ask.http.head(DUSK.path).headers["ETag"]
    same = ask.http.get(DUSK.path, headers={"Range": "bytes=5-", "If-Range": etag})
    assert (same.status_code, len(same.content)) == (206, SIZE - 5)
    other = ask.http.get(DUSK.path, headers={"Range": "bytes=5-", "If-Range": '"old"'})
    assert (other.status_code, len(other.content)) == (200, SIZE)
