"""The transport below httpx: no two requests in flight share a connection."""

import ssl
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import cast

import httpcore
import httpx

from kling_tui.gateways.network import AsyncioBackend

KEEPALIVE_SECONDS = 60.0
"""Seconds for which an idle connection is kept for the next request."""

_Idle = deque[httpcore.AsyncConnectionInterface]
"""The idle connections to a server, the one used last at the right end."""


class ConnectionTransport(httpx.AsyncBaseTransport):
    """Sends requests, and keeps their connections for later ones.

    It replaces the pool of httpcore, whose bookkeeping grows with the square of the requests in
    flight (encode/httpx#3215).
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        proxy: str | None = None,
        keepalive: float = KEEPALIVE_SECONDS,
    ) -> None:
        """`keepalive` is the number of seconds after which an idle connection is closed.

        Raises ValueError, InvalidURL or ImportError for a proxy's URL that cannot be used.
        """
        # Only creates the connections, because it knows which kind each proxy needs.
        self._factory = httpcore.AsyncConnectionPool(
            ssl_context=context,
            proxy=None if proxy is None else _parse_proxy(proxy, context),
            keepalive_expiry=keepalive,
            network_backend=AsyncioBackend(),
        )
        self._idle: dict[object, _Idle] = {}
        """By scheme, host and port."""
        self._open: set[httpcore.AsyncConnectionInterface] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its connection is free again when the response is closed."""
        url = request.url
        if url.scheme not in ("http", "https"):
            raise httpx.UnsupportedProtocol(f"{url.scheme}:// is not supported")
        core_request = httpcore.Request(
            request.method,
            _core_url(url),
            headers=request.headers.raw,
            content=cast(httpx.AsyncByteStream, request.stream),
            extensions=request.extensions,
        )
        server = url.raw_scheme, url.raw_host, url.port
        connection = await self._take(server, core_request.url)
        try:
            with _httpx_errors():
                response = await connection.handle_async_request(core_request)
        except BaseException:  # also when cancelled: the response may still come on it
            await self._close(connection)
            raise
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response, lambda: self._release(connection, server)),
            extensions=response.extensions,
        )

    async def _take(self, server: object, url: httpcore.URL) -> httpcore.AsyncConnectionInterface:
        """Return the idle connection that was used last, so that few stay open; else a new one.

        A connection that the server has closed, or on which it has sent anything since, is closed.
        """
        await self._close_expired()
        while (connection := self._pop_idle(server)) is not None:
            if not connection.has_expired():
                return connection
            await self._close(connection)
        connection = self._factory.create_connection(url.origin)
        self._open.add(connection)
        return connection

    async def _close_expired(self) -> None:
        """Close the connections to any server that were idle for too long, or were closed there."""
        for idle in list(self._idle.values()):
            while idle and idle[0].has_expired():
                await self._close(idle.popleft())
        self._idle = {server: idle for server, idle in self._idle.items() if idle}

    def _pop_idle(self, server: object) -> httpcore.AsyncConnectionInterface | None:
        idle = self._idle.get(server)
        return idle.pop() if idle else None

    async def _release(self, connection: httpcore.AsyncConnectionInterface, server: object) -> None:
        """Keep a connection for the next request, if it has received all of its response."""
        if connection.is_idle():
            self._idle.setdefault(server, deque()).append(connection)
        else:
            await self._close(connection)

    async def _close(self, connection: httpcore.AsyncConnectionInterface) -> None:
        self._open.discard(connection)
        await connection.aclose()

    async def aclose(self) -> None:
        """Close all connections; requests in flight fail."""
        self._idle.clear()
        while self._open:
            await self._open.pop().aclose()


class _Body(httpx.AsyncByteStream):
    """The body of a response."""

    def __init__(self, response: httpcore.Response, release: Callable[[], Awaitable[None]]) -> None:
        self._response = response
        self._release = release

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx_errors():
            async for chunk in cast(AsyncIterable[bytes], self._response.stream):
                yield chunk

    async def aclose(self) -> None:
        try:
            await self._response.aclose()
        finally:
            await self._release()


@contextmanager
def _httpx_errors() -> Iterator[None]:
    """Raise the errors of httpcore as those of httpx, which have the same names."""
    try:
        yield
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.TimeoutException,
    ) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error


def _core_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _parse_proxy(url: str, context: ssl.SSLContext) -> httpcore.Proxy:
    proxy = httpx.Proxy(url)
    if proxy.url.scheme.startswith("socks"):
        import_module("socksio")  # else httpcore would miss it at the first request only
    return httpcore.Proxy(
        _core_url(proxy.url),
        auth=proxy.raw_auth,
        ssl_context=context if proxy.url.scheme == "https" else None,
    )
