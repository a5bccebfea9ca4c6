"""Lines that break, servers that hang, proxies in between: always words, and asked again soon."""

import asyncio
import os
import socket

import httpx
import pytest

from kling_tui.demo import DemoGateway
from kling_tui.gateways import BUILT_IN, ErrorKind, GatewayError
from kling_tui.gateways.client import MAX_REPLY_BYTES, HttpGateway, connect
from kling_tui.gateways.transport import ClientPool
from kling_tui.jobs import Status
from tests.support.broken_connections import (
    close_without_response,
    drip_body,
    never_respond,
    repeat_interim_responses,
    reset,
    send_other_protocol,
    send_oversized_head,
    stall_mid_body,
    truncate_body,
    truncate_chunk,
    truncate_head,
)
from tests.support.polling import IDS, KEY, KINDS, finished_reply, poll_error
from tests.support.scripted_server import Handler, Request, http_response, serving
from tests.support.waiting import TIMEOUT

HANGS = 0.1
"""Seconds to wait for an answer that never comes whole."""


@pytest.mark.parametrize(
    "play",
    [
        reset,
        close_without_response,
        truncate_head,
        truncate_body,
        truncate_chunk,
        send_other_protocol,
        send_oversized_head,
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_broken_lines(kind: str, play: Handler) -> None:
    """An answer that does not come whole is none, and the words say that the line broke."""
    async with serving(play) as url:
        error = await poll_error(url, kind)
    assert error.kind is ErrorKind.UNREACHABLE
    assert error.message.startswith("the connection broke: ")


@pytest.mark.parametrize(
    "play", [never_respond, stall_mid_body, drip_body, repeat_interim_responses]
)
@pytest.mark.parametrize("kind", KINDS)
async def test_slow_lines(kind: str, play: Handler) -> None:
    """The whole poll must end in time, however alive the line seems."""
    async with asyncio.timeout(TIMEOUT), serving(play) as url:
        error = await poll_error(url, kind, timeout=HANGS)
    assert (error.kind, error.message) == (ErrorKind.UNREACHABLE, "no answer within 0.1 s")


@pytest.mark.parametrize("kind", KINDS)
async def test_an_endless_answer_is_refused_while_it_is_read(kind: str) -> None:
    """Past 1 MiB the line is cut: the server could not deliver what it had."""
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
        "the answer is larger than 1 MiB",
    )
    assert MAX_REPLY_BYTES <= sent < 64 << 20


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_there(kind: str) -> None:
    """A port that nobody listens on is a gateway that cannot be reached."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = await poll_error(f"http://127.0.0.1:{port}", kind)
    assert error.kind is ErrorKind.UNREACHABLE
    assert error.message.startswith("the gateway cannot be reached: ")


@pytest.mark.parametrize("kind", KINDS)
async def test_no_tls(gateway: DemoGateway, kind: str) -> None:
    """A server that does not speak TLS is never asked in the clear instead."""
    error = await poll_error(gateway.url.replace("http:", "https:"), kind)
    assert error.kind is ErrorKind.UNREACHABLE
    assert "cannot be reached" in error.message
    assert not gateway.requests


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:99999", "the gateway cannot be reached: "),
        ("http://[::1", "the gateway cannot be reached: "),
        ("http://127.0.0.1\n", "the gateway cannot be reached: "),
        ("ftp://127.0.0.1", "the connection broke: "),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_no_address_at_all(kind: str, url: str, words: str) -> None:
    """Even an address that no connection can have gives words."""
    error = await poll_error(url, kind)
    assert error.kind is ErrorKind.UNREACHABLE
    assert error.message.startswith(words)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            httpx.ConnectError("[Errno -2] Name or service not known"),
            "the gateway cannot be reached: [Errno -2] Name or service not known",
        ),
        (httpx.ConnectTimeout(""), "no answer within 20 s"),
        (httpx.PoolTimeout(""), "no answer within 20 s"),
        (httpx.ReadError(""), "the connection broke: ReadError"),
        (httpx.WriteError("gone"), "the connection broke: gone"),
        (httpx.RemoteProtocolError("bad\x1b[2J"), "the connection broke: bad[2J"),
        (httpx.ProxyError("407"), "the proxy does not let the poll through: 407"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_faults_that_no_server_can_play(kind: str, error: Exception, words: str) -> None:
    """What the HTTP client raises becomes one kind of error, in plain words."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    async with httpx.AsyncClient(transport=httpx.MockTransport(fail)) as client:
        gateway = HttpGateway(
            BUILT_IN[kind], ClientPool(lambda: client), "http://gateway.test", KEY, TIMEOUT
        )
        with pytest.raises(GatewayError) as caught:
            await gateway.poll(IDS[kind])
    assert (caught.value.kind, caught.value.message) == (ErrorKind.UNREACHABLE, words)
    assert caught.value.__cause__ is error


async def test_a_line_that_broke_does_not_spoil_the_next_poll() -> None:
    """After any fault, the next poll gets a sound connection."""
    plays = iter([reset, truncate_body, close_without_response, truncate_chunk])

    async def play(request: Request, writer: asyncio.StreamWriter) -> None:
        if fault := next(plays, None):
            await fault(request, writer)
        else:
            writer.write(http_response(finished_reply("i2v")))

    async with (
        serving(play) as url,
        connect(BUILT_IN, url, KEY, TIMEOUT, through_proxies=False) as gateways,
    ):
        for _ in range(4):
            with pytest.raises(GatewayError):
                await gateways["i2v"].poll(IDS["i2v"])
        assert (await gateways["i2v"].poll(IDS["i2v"])).videos


async def test_a_poll_that_is_called_off_gives_its_connection_back() -> None:
    """A cancelled poll does not take the only connection away from the next."""
    asked = asyncio.Event()

    async def play(_: Request, writer: asyncio.StreamWriter) -> None:
        if asked.is_set():
            writer.write(http_response(finished_reply("o1")))
        asked.set()

    async with (
        asyncio.timeout(TIMEOUT),
        serving(play) as url,
        connect(BUILT_IN, url, KEY, TIMEOUT, through_proxies=False) as gateways,
    ):
        task = asyncio.create_task(gateways["o1"].poll(IDS["o1"]))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await gateways["o1"].poll(IDS["o1"])).videos


class TestEnvironment:
    """What the machine's own settings of proxies and certificates do."""

    @pytest.fixture(autouse=True)
    def environment(self, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
        """Begin without any such setting."""
        for name in list(os.environ):
            if name.lower().endswith("_proxy") or name.startswith("SSL_CERT"):
                monkeypatch.delenv(name)
        return monkeypatch

    async def ask(self, url: str, *, through_proxies: bool = True) -> Status | GatewayError:
        """Ask as the app does."""
        async with connect(
            BUILT_IN, url, KEY, TIMEOUT, through_proxies=through_proxies
        ) as gateways:
            try:
                return (await gateways["o1"].poll(IDS["o1"])).status
            except GatewayError as error:
                return error

    async def test_a_proxy_is_used(self, environment: pytest.MonkeyPatch) -> None:
        """A poll goes to the proxy that is set, with the gateway's whole address."""
        lines: list[str] = []

        async def proxy(request: Request, writer: asyncio.StreamWriter) -> None:
            lines.append(request.raw.decode().partition("\r\n")[0])
            writer.write(http_response(finished_reply("o1")))

        async with serving(proxy) as url:
            environment.setenv("HTTP_PROXY", url)
            assert await self.ask("http://gateway.invalid") is Status.SUCCEEDED
        assert lines[0].startswith("POST http://gateway.invalid/kling-o1-")

    async def test_no_proxy(self, gateway: DemoGateway, environment: pytest.MonkeyPatch) -> None:
        """An exception from the proxy is honoured."""
        environment.setenv("ALL_PROXY", "http://127.0.0.1:1")
        away = await self.ask(gateway.url)
        assert isinstance(away, GatewayError)
        environment.setenv("NO_PROXY", "127.0.0.1")
        assert isinstance(await self.ask(gateway.url), Status)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("HTTP_PROXY", "http://user:hush hush/@proxy.test:1"),
            ("HTTP_PROXY", "http://proxy.test:hush"),
            ("ALL_PROXY", "hush://proxy.test"),
            ("ALL_PROXY", "socks5://user:hush@proxy.test:1"),
            ("HTTPS_PROXY", "http://user:hush@proxy.test:x"),
            ("NO_PROXY", "fe80::/10"),
        ],
    )
    async def test_a_proxy_that_cannot_be(
        self, gateway: DemoGateway, environment: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        """Settings that no client takes are told at every poll, without what may be a secret."""
        environment.setenv(name, value)
        error = await self.ask(gateway.url)
        assert isinstance(error, GatewayError)
        assert error.kind is ErrorKind.UNREACHABLE
        assert f"${name}" in error.message
        assert "hush" not in str(error)

    @pytest.mark.parametrize(
        "value", ["http://127.0.0.1:99999", "http://127.0.0.1:-1", "http://127.0.0.1:0", "http://"]
    )
    async def test_a_proxy_that_nobody_can_be(
        self, environment: pytest.MonkeyPatch, value: str
    ) -> None:
        """Settings that look right and lead nowhere are a gateway out of reach."""
        environment.setenv("HTTP_PROXY", value)
        error = await self.ask("http://10.0.0.7")
        assert isinstance(error, GatewayError)
        assert error.message.startswith("the gateway cannot be reached: ")

    @pytest.mark.parametrize("value", ["/no/such/file", os.devnull])
    async def test_certificates_that_cannot_be_read(
        self, gateway: DemoGateway, environment: pytest.MonkeyPatch, value: str
    ) -> None:
        """So it is with certificates."""
        environment.setenv("SSL_CERT_FILE", value)
        error = await self.ask(gateway.url)
        assert isinstance(error, GatewayError)
        assert "$SSL_CERT_FILE" in error.message

    async def test_the_demo_needs_none_of_that(
        self, gateway: DemoGateway, environment: pytest.MonkeyPatch
    ) -> None:
        """A gateway on this very machine is asked past all such settings."""
        environment.setenv("HTTP_PROXY", "hush://")
        environment.setenv("SSL_CERT_FILE", "/no/such/file")
        assert isinstance(await self.ask(gateway.url, through_proxies=False), Status)
