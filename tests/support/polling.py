"""Ways to ask an endpoint how a job is: over HTTP, or with the answer put in its mouth."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import httpx

from kling_tui.demo import Kind
from kling_tui.gateways import BUILT_IN, GatewayError
from kling_tui.gateways.client import HttpGateway, connect
from kling_tui.gateways.transport import ClientPool
from kling_tui.jobs import Report

IDS = {
    "i2v": "CjNQtmctxFMAAAAxxxxxx",
    "o1": "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8",
    "v2": "klingai-video_019da2c4-7b1e-7c3a-9f52-6d0e8b41a7f3",
}
"""The documents' own examples, and one as it was seen."""
KINDS: list[Kind] = ["i2v", "o1", "v2"]
KEY = 'k3y/0f+"n0b0dy"='
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
TIMEOUT = 20.0
"""Seconds after which something that must happen is taken to have failed to."""
RECORDED_REPLIES = Path(__file__).parent.parent / "answers"

Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
"""What a server does about a request, of which it has head and body."""


def recorded_reply(kind: str, name: str) -> bytes:
    """Return a recorded answer."""
    return (RECORDED_REPLIES / kind / f"{name}.json").read_bytes()


def finished_reply(kind: str) -> bytes:
    """Return the document's answer for a job that has succeeded."""
    return recorded_reply(kind, "succeed" if kind == "i2v" else "completed")


def status_reply(kind: str, status: str, message: str = "") -> dict[str, object]:
    """Return the shortest answer with a status word, and with words for a person."""
    if kind == "i2v":
        return {"code": 0, "data": {"task_status": status, "task_status_msg": message}}
    return {"status": status, "error": message}


def requested_kind(request: bytes) -> str:
    """Return which endpoint a request asks."""
    if request.startswith(b"GET "):
        return "v2"
    return "i2v" if b"task_id" in request else "o1"


def requested_job_id(request: bytes) -> str:
    """Return which job a request is about."""
    if request.startswith(b"GET "):
        return unquote(request.split(b" ")[1].rpartition(b"/")[2].decode())
    body = json.loads(request.partition(b"\r\n\r\n")[2])
    return str(body.get("task_id") or body.get("request_id"))


async def poll(url: str, kind: str, key: str = KEY, timeout: float = TIMEOUT) -> Report:
    """Ask once over HTTP."""
    async with connect(BUILT_IN, url, key, timeout, through_proxies=False) as gateways:
        return await gateways[kind].poll(IDS[kind])


async def poll_error(url: str, kind: str, key: str = KEY, timeout: float = TIMEOUT) -> GatewayError:
    """Ask once over HTTP, and return why the poll failed."""
    try:
        report = await poll(url, kind, key, timeout)
    except GatewayError as error:
        return error
    raise AssertionError(f"the poll has not failed: {report}")


async def poll_reply(
    kind: str,
    body: bytes | object,
    status: int = 200,
    headers: dict[str, str] | None = None,
    key: str = KEY,
) -> Report | GatewayError:
    """Ask where this is the answer (what is not bytes goes as JSON), and return what it means."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = httpx.Response(status, headers=headers, stream=httpx.ByteStream(raw))
    transport = httpx.MockTransport(lambda _: reply)
    async with httpx.AsyncClient(transport=transport) as client:
        endpoint = BUILT_IN[kind]
        gateway = HttpGateway(
            endpoint, ClientPool(lambda: client), "http://gateway.test", key, TIMEOUT, lambda: NOW
        )
        try:
            return await gateway.poll(IDS[kind])
        except GatewayError as error:
            return error


@asynccontextmanager
async def serving(play: Handler) -> AsyncIterator[str]:
    """Listen on loopback and do with every request on every connection what `play` does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Either side may hang up on the other at any time.
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = int((head.lower().partition(b"content-length:")[2].split() or [b"0"])[0])
                await play(head + await reader.readexactly(length), writer)
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    async with asyncio.TaskGroup() as connections:

        def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.create_task(serve(reader, writer))

        async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
            yield "http://{}:{}".format(*server.sockets[0].getsockname())


def http_response(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """Return a whole HTTP reply."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body
