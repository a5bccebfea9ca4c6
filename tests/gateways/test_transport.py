"""The connections that requests use, and how long they are kept."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from kling_tui.gateways.connections import ConnectionTransport
from tests.support.broken_connections import reset
from tests.support.scripted_server import (
    CERTIFICATE,
    Handler,
    Request,
    ScriptedServer,
    http_response,
    respond,
    response_head,
)
from tests.support.waiting import TIMEOUT, wait_until

HELLO = respond("200 OK", body=b"hello")


class Server(ScriptedServer):
    """Keeps the connections on which it received requests."""

    def __init__(self, handler: Handler = HELLO) -> None:
        super().__init__(self._note)
        self.handler = handler
        self.writers: list[asyncio.StreamWriter] = []

    async def _note(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if writer not in self.writers:
            self.writers.append(writer)
        await self.handler(request, writer)

    async def wait_closed(self, *numbers: int) -> None:
        """Wait until the client has closed these connections."""
        async with asyncio.timeout(TIMEOUT):
            for number in numbers:
                await self.writers[number].wait_closed()


@asynccontextmanager
async def opened(
    handler: Handler = HELLO, keepalive: float = 60.0
) -> AsyncIterator[tuple[Server, ConnectionTransport]]:
    """Serve, and yield the server and a transport."""
    context = ssl.create_default_context()
    async with Server(handler) as server, ConnectionTransport(context, None, keepalive) as own:
        yield server, own


async def send(transport: ConnectionTransport, url: str) -> httpx.Response:
    """Send a request, and return the response, of which the body was not yet read."""
    return await transport.handle_async_request(httpx.Request("GET", url))


async def get(transport: ConnectionTransport, url: str) -> bytes:
    """Send a request, and return the body."""
    return await (await send(transport, url)).aread()


def is_readable(response: httpx.Response) -> bool:
    """Whether the connection of a response was closed by the server, or has received more."""
    return bool(response.extensions["network_stream"].get_extra_info("is_readable"))


def silent_handler() -> tuple[Handler, asyncio.Event]:
    """Return a handler that never responds, and what is set once it has a request."""
    requested = asyncio.Event()

    async def never_respond(_: Request, __: asyncio.StreamWriter) -> None:
        requested.set()

    return never_respond, requested


async def test_request_in_flight_has_its_own_connection() -> None:
    """Later requests use the same ones, the one used last first."""
    async with opened() as (server, transport), AsyncExitStack() as stack:
        responses = [await send(transport, server.url) for _ in range(3)]
        assert server.connections == 3
        for response in responses:
            await stack.enter_async_context(contextlib.aclosing(response))
            await response.aread()
        for _ in range(5):
            response = await send(transport, server.url)
            assert await response.aread() == b"hello"
            last = responses[-1].extensions["network_stream"]
            assert response.extensions["network_stream"] is last
        assert server.connections == 3


async def test_connection_is_used_for_its_own_server_only() -> None:
    """Another port is another server."""
    async with opened() as (server, transport), Server() as other:
        for _ in range(2):
            await get(transport, server.url)
            await get(transport, other.url)
        assert (server.connections, other.connections) == (1, 1)
        assert [request.header("host") for request in other.requests] == [
            [other.url.removeprefix("http://")]
        ] * 2


async def test_idle_connection_that_the_server_has_closed_is_not_used() -> None:
    """The next request opens another one."""
    async with opened() as (server, transport):
        response = await send(transport, server.url)
        await response.aread()
        server.writers[0].close()
        await wait_until(lambda: is_readable(response))
        assert await get(transport, server.url) == b"hello"
        assert server.connections == 2


async def test_connections_idle_for_too_long_are_closed() -> None:
    """All of them, with the next request."""
    async with opened(keepalive=-1.0) as (server, transport):
        for response in [await send(transport, server.url) for _ in range(3)]:
            await response.aread()
        await get(transport, server.url)
        await server.wait_closed(0, 1, 2)
        assert server.connections == 4


async def test_idle_connections_to_other_servers_are_closed_in_time_too() -> None:
    """Such as those to the hosts of finished downloads."""
    async with opened(keepalive=-1.0) as (server, transport), Server() as other:
        await get(transport, other.url)
        await get(transport, server.url)
        await other.wait_closed(0)


@pytest.mark.parametrize("number", [0, 1])
async def test_connection_with_a_surplus_response_is_closed(number: int) -> None:
    """Whether it was idle longest, or would be used next; the other one remains."""
    async with opened() as (server, transport):
        responses = [await send(transport, server.url) for _ in range(2)]
        for response in responses:
            await response.aread()
        server.writers[number].write(http_response(b"surplus"))
        await wait_until(lambda: is_readable(responses[number]))
        assert await get(transport, server.url) == b"hello"
        await server.wait_closed(number)
        assert server.connections == 2


async def test_request_that_is_cancelled_leaves_no_connection_open() -> None:
    """Whenever it is cancelled: until it is sent, until the response, and while that is closed."""
    async with opened() as (server, transport):
        outcomes: list[bytes | None] = []
        while None in outcomes[-3:] or not outcomes:
            await get(transport, server.url)
            task = asyncio.create_task(get(transport, server.url))
            for _ in outcomes:
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            outcomes.append(None if task.cancelled() else task.result())
        assert await get(transport, server.url) == b"hello"
        await wait_until(lambda: sum(not writer.is_closing() for writer in server.writers) == 1)
        assert outcomes[0] is None


async def test_cancelled_request_closes_its_connection() -> None:
    """Its response may come later."""
    never_respond, requested = silent_handler()
    async with opened(never_respond) as (server, transport):
        task = asyncio.create_task(get(transport, server.url))
        await requested.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.wait_closed(0)
        server.handler = HELLO
        assert await get(transport, server.url) == b"hello"


@pytest.mark.parametrize("read", [True, False])
async def test_response_that_is_closed_early_closes_its_connection(read: bool) -> None:  # noqa: FBT001
    """Whether reading it was cancelled, or it was not read at all."""

    async def stall(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(response_head("200 OK", "Content-Length: 9") + b"hell")

    async with opened(stall) as (server, transport):
        response = await send(transport, server.url)
        task = asyncio.create_task(response.aread()) if read else None
        await asyncio.sleep(0)
        if task:
            task.cancel()
            await asyncio.wait([task])
        await response.aclose()
        await server.wait_closed(0)
        server.handler = HELLO
        assert await get(transport, server.url) == b"hello"


async def test_reset_is_not_the_end_of_a_body() -> None:
    """A body without a length ends when the connection is closed, not when it breaks."""

    async def start(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(response_head("200 OK") + b"hell")

    async with opened(start) as (server, transport):
        response = await send(transport, server.url)
        await reset(server.requests[0], server.writers[0])
        with pytest.raises(httpx.ReadError):
            await response.aread()


async def test_request_in_flight_ends_with_the_transport() -> None:
    """It fails."""
    never_respond, requested = silent_handler()
    async with opened(never_respond) as (server, transport):
        task = asyncio.create_task(get(transport, server.url))
        await requested.wait()
        await transport.aclose()
        with pytest.raises(httpx.RemoteProtocolError):
            await task
        await server.wait_closed(0)


async def test_cookies_are_not_sent_back() -> None:
    """There is no cookie jar."""
    async with opened(respond("200 OK", "Set-Cookie: a=b; Path=/")) as (server, transport):
        for _ in range(2):
            await get(transport, server.url)
        assert not any(request.header("cookie") for request in server.requests)


async def test_large_body_is_received_no_faster_than_it_is_read() -> None:
    """The server has to wait, so that a download needs little memory."""
    size, chunk = 1 << 26, bytes(1 << 16)
    sent, ahead = 0, []

    async def send_much(_: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(response_head("200 OK", f"Content-Length: {size}"))
        while sent < size:
            writer.write(chunk)
            sent += len(chunk)
            await writer.drain()

    async with asyncio.timeout(TIMEOUT), opened(send_much) as (server, transport):
        response = await send(transport, server.url)
        for _ in range(5_000):  # more than enough to send everything
            await asyncio.sleep(0)
        assert sent < size
        received = 0
        async for data in response.aiter_raw():
            received += len(data)
            ahead.append(sent - received)
            await asyncio.sleep(0)  # as where chunks are decoded or written
        assert received == size
        assert max(ahead) < size / 2


class TunnelProxy:
    """A proxy that connects every CONNECT request to one server."""

    def __init__(self, port: int) -> None:
        """`port` is the server's, on this machine."""
        self.heads: list[bytes] = []
        self._port = port
        self._tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def serving(self, context: ssl.SSLContext | None) -> AsyncIterator[int]:
        """Serve, through TLS with a context, and yield the port."""
        async with await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=context) as server:
            yield server.sockets[0].getsockname()[1]
            await asyncio.wait(self._tasks)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        upstream, downstream = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(response_head("200 Connected"))
        for source, target in ((reader, downstream), (upstream, writer)):
            self._tasks.append(asyncio.create_task(self._copy(source, target)))

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(1 << 16):
                target.write(data)
        finally:
            target.transport.abort()


async def test_data_of_a_proxy_before_tls_is_not_taken_as_the_servers() -> None:
    """A proxy could otherwise forge replies: the head of its own one fills a read exactly."""
    forged = http_response(b"forged")

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = response_head("200 Connected", "X: ")
        writer.write(
            head[:-4] + bytes(65_536 - len(head)).replace(b"\0", b"a") + head[-4:] + forged
        )
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        context = ssl.create_default_context(cafile=CERTIFICATE)
        async with ConnectionTransport(context, f"http://127.0.0.1:{port}") as transport:
            with pytest.raises(httpx.ConnectError, match="before the encryption began"):
                await get(transport, "https://127.0.0.1:9/")


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_tls_through_a_proxy(scheme: str) -> None:
    """The proxy sees the host only, and its connection is kept; it may demand TLS itself."""
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(CERTIFICATE)
    trusting = ssl.create_default_context(cafile=CERTIFICATE)
    requests: list[bytes] = []

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                requests.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(http_response(b"hello"))
        writer.transport.abort()

    async with (
        asyncio.timeout(TIMEOUT),
        await asyncio.start_server(reply, "127.0.0.1", 0, ssl=served) as server,
    ):
        port = server.sockets[0].getsockname()[1]
        proxy = TunnelProxy(port)
        async with proxy.serving(served if scheme == "https" else None) as proxy_port:
            proxy_url = f"{scheme}://user:p%40ss@127.0.0.1:{proxy_port}"
            async with ConnectionTransport(trusting, proxy_url) as transport:
                for _ in range(2):
                    assert await get(transport, f"https://127.0.0.1:{port}/path") == b"hello"
    (head,) = proxy.heads
    assert head.startswith(f"CONNECT 127.0.0.1:{port} ".encode())
    assert b"Proxy-Authorization: Basic dXNlcjpwQHNz" in head
    assert len(requests) == 2
    assert all(b"roxy" not in request for request in requests)
