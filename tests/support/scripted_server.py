"""An HTTP server on 127.0.0.1 that leaves every response to a handler of the test."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from anyio.from_thread import start_blocking_portal

CERTIFICATE = Path(__file__).with_name("loopback_certificate.pem")
"""A key and a certificate for 127.0.0.1 that no authority has signed; valid until 2126."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """An HTTP request as it was received."""

    method: str
    path: str
    """The target with its query; the whole URL where a proxy is asked."""
    headers: dict[str, list[str]]
    """Values by lower-case name."""
    body: bytes
    raw: bytes
    """Head and body."""
    received_at: float = field(default_factory=time.monotonic)

    def header(self, name: str) -> list[str]:
        """Return all values of a header."""
        return self.headers.get(name.lower(), [])

    @property
    def range_start(self) -> int:
        """The first byte that a Range header asks for, 0 without one."""
        found = re.fullmatch(r"bytes=(\d+)-", "".join(self.header("Range")))
        return int(found[1]) if found else 0


Handler = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]
"""Responds to a request, or breaks or closes its connection."""


class ScriptedServer:
    """Passes requests to a handler, records them and counts connections.

    ``async with`` serves in the running event loop; ``with`` serves in a thread, for tests that
    block while other programs talk to the server. On exit all connections are aborted, and what
    a handler raised is raised again.
    """

    def __init__(self, handler: Handler) -> None:
        self.url = ""
        """Known once the server has been entered."""
        self.requests: list[Request] = []
        self.connections = 0
        """How many were opened so far."""
        self._handler = handler
        self._tasks: list[asyncio.Task[None]] = []
        self._thread = ExitStack()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = "http://{}:{}".format(*self._server.sockets[0].getsockname())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        for outcome in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome

    def __enter__(self) -> Self:
        portal = self._thread.enter_context(start_blocking_portal())
        self._thread.enter_context(portal.wrap_async_context_manager(self))
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._tasks.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle the requests of one connection, one after the other."""
        try:
            # Both the client and the handler may close the connection at any time.
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while not writer.is_closing():
                    request = await _read_request(reader)
                    self.requests.append(request)
                    await self._handler(request, writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        finally:
            writer.transport.abort()


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    method, path, _ = first.split(" ")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.lower(), []).append(value.strip())
    body = await reader.readexactly(int(headers.get("content-length", ["0"])[0]))
    return Request(method=method, path=path, headers=headers, body=body, raw=head + body)


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve in the running event loop, and yield the URL."""
    async with ScriptedServer(handler) as server:
        yield server.url


def response_head(status: str, *headers: str) -> bytes:
    """Return the head of a response; `status` is like ``200 OK``, a header like ``Name: value``."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode()


def http_response(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """Return a complete response."""
    return response_head(status, f"Content-Length: {len(body)}", *headers) + body


def respond(status: str, *headers: str, body: bytes = b"") -> Handler:
    """Return a handler that sends a complete response."""
    return send(http_response(body, status, *headers))


def send(raw: bytes) -> Handler:
    """Return a handler that sends some bytes and keeps the connection open."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    return handler


def send_and_close(raw: bytes) -> Handler:
    """Return a handler that sends some bytes and closes the connection."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        writer.close()

    return handler
