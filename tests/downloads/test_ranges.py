"""Which bytes a server sends: parts of two versions are never combined, whole files are taken."""

import asyncio
from pathlib import Path

import pytest

from kling_tui.downloads import Limits
from tests.support.broken_connections import reset
from tests.support.downloading import LIMITS, download_error, download_video, file_names
from tests.support.scripted_server import Handler, Request, respond, response_head, send_and_close
from tests.support.video_server import OTHER_VIDEO, VIDEO, VideoServer

SIZE = len(VIDEO)
OLDER = "Last-Modified: Thu, 19 Nov 2026 10:00:00 GMT"
NEWER = "Last-Modified: Fri, 20 Nov 2026 10:00:00 GMT"
OTHER = VIDEO[:60_000] + b"\0" * (SIZE - 60_000)
"""Another version of the same length."""


def partial(content_range: str, body: bytes, *headers: str) -> Handler:
    """Return a handler that responds with 206."""
    lines = (f"Content-Range: {content_range}",) if content_range else ()
    return respond("206 Partial Content", *lines, *headers, body=body)


@pytest.mark.parametrize(
    "content_range",
    [f"bytes 0-{SIZE - 1}/{SIZE}", f"bytes 0-{SIZE - 1}/*", f"Bytes: 0-{SIZE - 1} / {SIZE}", ""],
)
async def test_a_206_of_the_whole_file_is_taken(tmp_path: Path, content_range: str) -> None:
    """No range was requested, so that it is the same as a 200."""
    async with VideoServer(partial(content_range, VIDEO)) as server:
        assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO
    assert len(server.requests) == 1


async def test_a_206_of_the_whole_file_replaces_a_part(tmp_path: Path) -> None:
    """A server that ignores the range may say so in this way too."""
    async with VideoServer() as server:
        whole = partial(f"bytes 0-{len(OTHER_VIDEO) - 1}/{len(OTHER_VIDEO)}", OTHER_VIDEO)
        server.handlers += [server.close_after(40_000), whole]
        assert (await download_video(server.link(), tmp_path)).read_bytes() == OTHER_VIDEO
    assert len(server.requests) == 2


async def test_an_unrequested_206_is_resumed(tmp_path: Path) -> None:
    """Its length is that of the whole file, not that of its first part."""
    head = response_head(
        "206 Partial Content", f"Content-Range: bytes 0-{SIZE - 1}/{SIZE}", 'ETag: "one"'
    )
    async with VideoServer(send_and_close(head + VIDEO[:40_000])) as server:
        assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == [0, 40_000]


async def test_a_file_that_is_sent_in_parts_is_put_together(tmp_path: Path) -> None:
    """Some servers send at most so many bytes, even if no range is requested."""

    async def send_part(request: Request, writer: asyncio.StreamWriter) -> None:
        start = request.range_start
        part = VIDEO[start : start + 10_000]
        extent = f"bytes {start}-{start + len(part) - 1}/{SIZE}"
        await partial(extent, part, 'ETag: "one"')(request, writer)

    async with VideoServer(*[send_part] * 10) as server:
        limits = Limits(max_attempts=1)  # not one error
        file = await download_video(server.link(), tmp_path, limits=limits)
    assert file.read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == list(range(0, SIZE, 10_000))


@pytest.mark.parametrize("validator", [OLDER, 'ETag: "one"'])
@pytest.mark.parametrize("total", [str(SIZE), "*"])
async def test_the_rest_of_the_same_version_is_taken(
    tmp_path: Path, validator: str, total: str
) -> None:
    """The response repeats the validator; the total length need not be known to the server."""
    async with VideoServer(**dict([validator.split(": ")])) as server:
        rest = partial(f"bytes 40000-{SIZE - 1}/{total}", VIDEO[40_000:], validator)
        server.handlers += [server.close_after(40_000), rest]
        assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("validator", "content_range", "headers"),
    [
        (OLDER, f"bytes 40000-{SIZE - 1}/{SIZE}", [NEWER]),
        (OLDER, f"bytes 40000-{SIZE - 1}/*", [NEWER]),
        (OLDER, f"bytes 40000-{SIZE - 1}/{SIZE}", []),
        (OLDER, f"bytes 40000-{SIZE - 1}/{SIZE}", ['ETag: "two"']),
        ('ETag: "one"', f"bytes 40000-{SIZE - 1}/{SIZE}", ['ETag: "two"']),
        ('ETag: "one"', f"bytes 40000-{SIZE - 1}/{SIZE}", ['ETag: W/"one"']),
        ('ETag: "one"', f"bytes 40000-{SIZE - 1}/{SIZE}", []),
        ('ETag: "one"', f"bytes 40000-{SIZE - 1}/{SIZE + 1}", ['ETag: "one"']),
        ('ETag: "one"', f"bytes 39999-{SIZE - 2}/{SIZE}", ['ETag: "one"']),
        ('ETag: "one"', f"bytes 40001-{SIZE}/*", ['ETag: "one"']),
        ('ETag: "one"', f"bytes 40000-{SIZE + 8}/*", ['ETag: "one"']),
        ('ETag: "one"', f"bytes 0-{SIZE - 40_001}/{SIZE}", ['ETag: "one"']),
        ('ETag: "one"', f"bytes {SIZE - 1}-40000/{SIZE}", ['ETag: "one"']),
        ('ETag: "one"', "bytes */*", ['ETag: "one"']),
        ('ETag: "one"', "", ['ETag: "one"']),
    ],
)
async def test_a_206_of_another_version_or_range_restarts(
    tmp_path: Path, validator: str, content_range: str, headers: list[str]
) -> None:
    """A server may ignore If-Range: the file is that of the last version, all of it."""
    async with VideoServer(**dict([validator.split(": ")])) as server:
        rest = partial(content_range, OTHER[40_000:], *headers)
        server.handlers += [server.close_after(40_000), rest]
        server.video = OTHER[:60_000] + VIDEO[60_000:]
        assert (await download_video(server.link(), tmp_path)).read_bytes() == server.video
    assert [request.range_start for request in server.requests] == [0, 40_000, 0]


async def test_a_range_that_is_always_wrong_is_an_error(tmp_path: Path) -> None:
    """The number of attempts is limited."""
    async with VideoServer(*[partial(f"bytes 5-{SIZE - 1}/{SIZE}", VIDEO[5:])] * 9) as server:
        assert "wrong range (3 attempts)" in await download_error(server.link(), tmp_path)
    assert len(server.requests) == LIMITS.max_attempts
    assert file_names(tmp_path) == set()


async def test_more_bytes_than_announced_are_not_kept(tmp_path: Path) -> None:
    """The length of a part that ends with the connection is not limited by the protocol."""
    head = response_head(
        "206 Partial Content", f"Content-Range: bytes 40000-{SIZE - 1}/{SIZE}", 'ETag: "one"'
    )
    async with VideoServer() as server:
        too_much = send_and_close(head + VIDEO[40_000:] + b"more")
        server.handlers += [server.close_after(40_000), too_much]
        assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == [0, 40_000, 0]


async def test_a_validator_that_cannot_be_sent_back_is_not_used(tmp_path: Path) -> None:
    """Headers are ASCII."""
    async with VideoServer(ETag='"ü"') as server:
        server.handlers += [server.close_after(40_000), reset]
        assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == [0, 0, 0]
