"""Network connections for httpcore, on asyncio's transports.

httpcore's own are anyio's, with which a poll takes two fifths more CPU time.
"""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any, cast

import httpcore

_MAX_UNREAD = 1 << 16
"""Bytes that are kept for reading before the connection stops receiving."""


class AsyncioBackend(httpcore.AsyncNetworkBackend):
    """Opens connections. They ignore timeouts, because each request has a deadline."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - as in the base class
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a server; raises ConnectError."""
        if not 0 <= port < 1 << 16:
            raise httpcore.ConnectError(f"there is no port {port}")
        loop = asyncio.get_running_loop()
        try:
            # One address after the other: asyncio's race of addresses fails in Python 3.13.0.
            _, stream = await loop.create_connection(_Stream, host, port)
        except (OSError, UnicodeError) as error:  # the latter for a name that is not valid
            raise httpcore.ConnectError(str(error)) from error
        return stream


class _Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection. It receives also while nothing reads, so that its end is noticed."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._unread = bytearray()
        self._ended = False
        self._error: Exception | None = None
        self._changed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if len(self._unread) > _MAX_UNREAD:
            self._transport.pause_reading()
        self._changed.set()

    def eof_received(self) -> None:
        self._ended = True
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._error = exc
        self.eof_received()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Return what was received, b"" at the end; raises ReadError."""
        while not self._unread and not self._ended:
            self._changed.clear()
            await self._changed.wait()
        if self._error and not self._unread:
            raise httpcore.ReadError(str(self._error)) from self._error
        data = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        if len(self._unread) <= _MAX_UNREAD:
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send some bytes without waiting: requests are small."""
        self._transport.write(buffer)

    async def aclose(self) -> None:
        """Close the connection."""
        self._ended = True
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Encrypt the connection from now on; raises ConnectError."""
        if self._unread:  # it would be read as if it had come encrypted
            self._transport.abort()
            raise httpcore.ConnectError("the proxy sent data before the encryption began")
        try:
            transport = await asyncio.get_running_loop().start_tls(
                self._transport, self, ssl_context, server_hostname=server_hostname
            )
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        self._transport = cast(asyncio.Transport, transport)
        return self

    def get_extra_info(self, info: str) -> Any:
        """Return whether a read would return at once, or what the transport knows."""
        if info == "is_readable":
            return self._ended or bool(self._unread)
        return self._transport.get_extra_info(info)
