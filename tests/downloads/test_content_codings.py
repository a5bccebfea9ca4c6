"""A video arrives as it is, whatever content coding the server names or uses."""

import asyncio
import gzip
import zlib
from functools import partial
from pathlib import Path

import pytest

from kling_tui.downloads import Limits
from tests.support.downloading import LIMITS, download_error, download_video, file_names
from tests.support.scripted_server import respond, response_head, send_and_close
from tests.support.video_server import VIDEO, VideoServer

gzipped = partial(gzip.compress, mtime=0)  # a time would give test ids that differ by process
SIZE = len(VIDEO)
RAW_DEFLATE = zlib.compress(VIDEO, wbits=-15)
HALF = SIZE // 2


@pytest.mark.parametrize(
    "coding",
    ["aws-chunked", "AWS-Chunked,", "utf-8", "none", "binary", "x-unknown, identity", "",
     "gzip", "deflate", "br", "zstd"],
)  # fmt: skip
async def test_a_coding_that_the_bytes_do_not_have_is_ignored(tmp_path: Path, coding: str) -> None:
    """Storage servers repeat what was said at the upload; such a download is resumed too."""
    marks = {"ETag": '"one"', "Content-Encoding": coding}
    async with VideoServer(**marks) as server:
        server.handlers += [server.close_after(40_000)]
        file = await download_video(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert server.bytes_sent == SIZE


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzipped(VIDEO)),
        ("x-gzip", gzipped(VIDEO)),
        ("GZIP", gzipped(VIDEO)),
        ("aws-chunked, gzip", gzipped(VIDEO)),
        ("gzip, gzip", gzipped(gzipped(VIDEO))),
        ("identity", gzipped(VIDEO)),
        ("gzip", gzipped(VIDEO[:HALF]) + gzipped(VIDEO[HALF:])),
        ("gzip", gzipped(VIDEO) + b"\0\0\0"),
        ("deflate", zlib.compress(VIDEO)),
        ("deflate", RAW_DEFLATE),
        ("deflate, gzip", gzipped(RAW_DEFLATE)),
    ],
)
async def test_a_compressed_video_is_decompressed(tmp_path: Path, coding: str, body: bytes) -> None:
    """The bytes decide about gzip, the header about deflate, which has no mark of its own."""
    async with VideoServer(respond("200 OK", f"Content-Encoding: {coding}", body=body)) as server:
        file = await download_video(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert file_names(tmp_path) == {"clip.mp4"}


async def test_a_compressed_video_is_never_resumed(tmp_path: Path) -> None:
    """A range is one of the compressed bytes, which are not kept."""
    body = gzipped(VIDEO)
    head = response_head(
        "200 OK", "Content-Encoding: gzip", 'ETag: "one"', f"Content-Length: {len(body)}"
    )
    async with VideoServer(send_and_close(head + body[:40_000])) as server:
        file = await download_video(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == [0, 0]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            gzipped(VIDEO)[:-500],
            "before the end of the compressed video (3 attempts)",
        ),
        (gzipped(VIDEO)[:-8] + b"\0" * 8, "video is damaged (3 attempts)"),
        (gzipped(VIDEO[:50_000]), "the video is incomplete"),
        (
            gzipped(b"<html><title>Log in</title>"),
            "text/html instead of a video: Log in",
        ),
        (
            gzipped(gzipped(gzipped(gzipped(VIDEO)))),
            "is not a video",
        ),
    ],
)
async def test_a_damaged_compressed_video_is_an_error(
    tmp_path: Path, body: bytes, message: str
) -> None:
    """No file is saved."""
    lie = send_and_close(response_head("200 OK", "Content-Encoding: gzip") + body)
    async with VideoServer(*[lie] * LIMITS.max_attempts) as server:
        assert message in await download_error(server.link(), tmp_path)
    assert file_names(tmp_path) == set()


async def test_the_size_limit_counts_decompressed_bytes(tmp_path: Path) -> None:
    """A small response cannot fill the disk, nor keep other tasks waiting."""
    body = gzipped(VIDEO[:1000] + b"\0" * (64 << 20))
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with VideoServer(respond("200 OK", "Content-Encoding: gzip", body=body)) as server:
        counter = asyncio.create_task(count_turns())
        limits = Limits(max_bytes=8 << 20)
        assert "larger than 8,388,608 bytes" in await download_error(
            server.link(), tmp_path, limits=limits
        )
        counter.cancel()
    assert turns > (8 << 20) / (1 << 16)
    assert file_names(tmp_path) == set()


@pytest.mark.parametrize("coding", ["br", "zstd", "aws-chunked, ZSTD"])
async def test_a_coding_that_cannot_be_decoded_is_named(tmp_path: Path, coding: str) -> None:
    """It was not requested; no library for it is installed."""
    lie = respond("200 OK", f"Content-Encoding: {coding}", body=b"\x28\xb5\x2f\xfd" + b"\x99" * 99)
    async with VideoServer(lie) as server:
        message = await download_error(server.link(), tmp_path)
    assert message.startswith(f"the server compressed the video ({coding.split(', ')[-1].lower()})")


async def test_a_compressed_error_page_is_read(tmp_path: Path) -> None:
    """Its message is shown."""
    body = gzipped(b'{"message": "bucket is frozen"}')
    async with VideoServer(
        respond("400 Bad Request", "Content-Encoding: gzip", body=body)
    ) as server:
        assert "(400): bucket is frozen" in await download_error(server.link(), tmp_path)
