"""Reading a body: decompression and the size limit."""

import asyncio
import gzip
import tracemalloc
import zlib

import pytest

from kling_tui.demo import DemoGateway, DemoJob, Kind, Response
from kling_tui.gateways import ErrorKind, GatewayError
from kling_tui.gateways.body import MAX_REPLY_BYTES
from kling_tui.jobs import Status
from tests.support.polling import IDS, KINDS, finished_reply, poll, poll_error, poll_reply
from tests.support.scripted_server import Request, serving
from tests.support.waiting import TIMEOUT


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "GZip"])
@pytest.mark.parametrize("kind", KINDS)
async def test_compressed_body_is_decompressed(
    gateway: DemoGateway, kind: Kind, encoding: str
) -> None:
    """Requests ask for no compression, but replies may have one."""
    raw = (
        zlib.compress(finished_reply(kind))
        if encoding == "deflate"
        else gzip.compress(finished_reply(kind))
    )
    reply = Response(headers={"Content-Encoding": encoding}, body=raw)
    gateway.add_job(DemoJob(IDS[kind], kind, "", 0, lambda *_: reply))
    assert (await poll(gateway.url, kind)).status is Status.SUCCEEDED
    assert gateway.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (finished_reply("i2v"), "cannot be decompressed"),
        (b"", "no job status in the reply"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_damaged_compressed_body_is_a_server_error(
    kind: str, body: bytes, message: str
) -> None:
    """The message says what is wrong."""
    outcome = await poll_reply(kind, body, headers={"Content-Encoding": "gzip"})
    assert isinstance(outcome, GatewayError)
    assert outcome.kind is ErrorKind.SERVER_ERROR
    assert message in outcome.message


@pytest.mark.parametrize("kind", KINDS)
async def test_decompression_stops_at_the_size_limit(kind: str) -> None:
    """A compressed body cannot fill the memory."""
    bomb = gzip.compress(bytes(32 << 20))
    tracemalloc.start()
    outcome = await poll_reply(kind, bomb, headers={"Content-Encoding": "gzip"})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(outcome, GatewayError)
    assert (outcome.kind, outcome.message) == (
        ErrorKind.SERVER_ERROR,
        "the reply is larger than 1 MiB",
    )
    assert peak < 8 << 20


@pytest.mark.parametrize("kind", KINDS)
async def test_body_may_have_exactly_the_size_limit(kind: str) -> None:
    """One byte more is an error."""
    outcome = await poll_reply(kind, finished_reply(kind).ljust(MAX_REPLY_BYTES))
    assert not isinstance(outcome, GatewayError)
    outcome = await poll_reply(kind, finished_reply(kind).ljust(MAX_REPLY_BYTES + 1))
    assert isinstance(outcome, GatewayError)
    assert outcome.kind is ErrorKind.SERVER_ERROR


@pytest.mark.parametrize("kind", KINDS)
async def test_reading_stops_at_the_size_limit(kind: str) -> None:
    """The connection is closed: the server cannot send the rest."""
    delivered: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def play(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 268435456\r\n\r\n")
        sent = 0
        try:
            while sent < 256 << 20:
                writer.write(b" " * 65_536)
                await writer.drain()
                sent += 65_536
        finally:
            delivered.set_result(sent)

    async with asyncio.timeout(TIMEOUT), serving(play) as url:
        error = await poll_error(url, kind)
        sent = await delivered
    assert (error.kind, error.message) == (
        ErrorKind.SERVER_ERROR,
        "the reply is larger than 1 MiB",
    )
    assert MAX_REPLY_BYTES <= sent < 64 << 20
