"""The clips: their properties, and how they are served."""

import struct
from collections.abc import Iterator

import pytest

from kling_tui.demo import CLIPS, DUSK, Clip
from tests.support.demo_client import DemoClient

CONTAINERS = {b"moov", b"trak"}


def boxes(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and content of each box of an MP4 file (ISO/IEC 14496-12)."""
    at = 0
    while at < len(body):
        size, name = struct.unpack_from(">I4s", body, at)
        content = body[at + 8 : at + size]
        yield name, content
        if name in CONTAINERS:
            yield from boxes(content)
        at += size


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_properties_are_those_of_the_file(clip: Clip) -> None:
    """The index comes first, so that the clip plays while it loads."""
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
    """They are part of the package."""
    assert max(len(clip.read()) for clip in CLIPS) <= 120_000
    assert sum(len(clip.read()) for clip in CLIPS) <= 350_000


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_a_request_without_range_gets_the_whole_clip(client: DemoClient, clip: Clip) -> None:
    """The query is ignored."""
    reply = client.http.get(f"{clip.path}?job=CjI17WevH1IAAAAAAHmgsw")
    assert (reply.status_code, reply.content) == (200, clip.read())
    assert reply.headers["Content-Type"] == "video/mp4"
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["ETag"].startswith('"')


def test_each_clip_has_its_own_etag(client: DemoClient) -> None:
    """It is the same in every response."""
    tags = [client.http.head(clip.path).headers["ETag"] for clip in CLIPS * 2]
    assert len(set(tags)) == len(CLIPS)


def test_head_sends_no_body(client: DemoClient) -> None:
    """The headers are those of GET, and the connection stays usable."""
    reply = client.http.head(DUSK.path, headers={"Range": "bytes=0-1"})
    assert (reply.status_code, reply.content) == (200, b"")
    assert int(reply.headers["Content-Length"]) == len(DUSK.read())
    assert client.http.get(DUSK.path).content == DUSK.read()


SIZE = len(DUSK.read())


@pytest.mark.parametrize(
    ("range_header", "first", "last"),
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
def test_a_single_range_gets_those_bytes(
    client: DemoClient, range_header: str, first: int, last: int
) -> None:
    """``Content-Range`` names them."""
    reply = client.http.get(DUSK.path, headers={"Range": range_header})
    assert reply.status_code == 206
    assert reply.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert reply.headers["Content-Type"] == "video/mp4"
    assert reply.content == DUSK.read()[first : last + 1]


@pytest.mark.parametrize(
    "range_header", [f"bytes={SIZE}-", "bytes=-0", f"bytes={SIZE + 5}-{SIZE + 9}"]
)
def test_an_unsatisfiable_range_is_416(client: DemoClient, range_header: str) -> None:
    """``Content-Range`` gives the length of the file."""
    reply = client.http.get(DUSK.path, headers={"Range": range_header})
    assert reply.status_code == 416
    assert reply.headers["Content-Range"] == f"bytes */{SIZE}"
    assert "error" in reply.json()


@pytest.mark.parametrize(
    "range_header",
    ["bytes=9-5", "bytes=-", "bytes=1-2,5-9", "lines=1-2", "bytes=a-b", "bytes=" + "9" * 40],
)
def test_other_ranges_are_ignored(client: DemoClient, range_header: str) -> None:
    """Malformed or multiple ranges, and those of another unit, get the whole file."""
    reply = client.http.get(DUSK.path, headers={"Range": range_header})
    assert (reply.status_code, reply.content) == (200, DUSK.read())


def test_if_range_with_another_etag_gets_the_whole_clip(client: DemoClient) -> None:
    """With the right one, the range is sent."""
    etag = client.http.head(DUSK.path).headers["ETag"]
    same = client.http.get(DUSK.path, headers={"Range": "bytes=5-", "If-Range": etag})
    assert (same.status_code, len(same.content)) == (206, SIZE - 5)
    other = client.http.get(DUSK.path, headers={"Range": "bytes=5-", "If-Range": '"old"'})
    assert (other.status_code, len(other.content)) == (200, SIZE)
