"""Broken and slow connections, and proxies: each is an UNREACHABLE error with a message."""

import asyncio
import os
import socket

import httpx
import pytest

from kling_tui.demo import DemoGateway
from kling_tui.gateways import BUILT_IN, ErrorKind, GatewayError
from kling_tui.gateways.client import HttpGateway, connect
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

SHORT_TIMEOUT = 0.1
"""Seconds to wait for a reply that is never complete."""


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
async def test_broken_connection_is_unreachable(kind: str, play: Handler) -> None:
    """A reply that is not complete does not count."""
    async with serving(play) as url:
        error = await poll_error(url, kind)
    assert error.kind is ErrorKind.UNREACHABLE
    assert error.message.startswith("connection failed: ")


@pytest.mark.parametrize(
    "play", [never_respond, stall_mid_body, drip_body, repeat_interim_responses]
)
@pytest.mark.parametrize("kind", KINDS)
async def test_incomplete_reply_times_out(kind: str, play: Handler) -> None:
    """The timeout bounds the whole poll, even while bytes arrive."""
    async with asyncio.timeout(TIMEOUT), serving(play) as url:
        error = await poll_error(url, kind, timeout=SHORT_TIMEOUT)
    assert (error.kind, error.message) == (ErrorKind.UNREACHABLE, "no answer within 0.1 s")


@pytest.mark.parametrize("kind", KINDS)
async def test_closed_port_is_unreachable(kind: str) -> None:
    """No server listens there."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    error = await poll_error(f"http://127.0.0.1:{port}", kind)
    assert error.kind is ErrorKind.UNREACHABLE
    assert error.message.startswith("gateway unreachable: ")


@pytest.mark.parametrize("kind", KINDS)
async def test_missing_tls_is_unreachable_and_sends_nothing(
    gateway: DemoGateway, kind: str
) -> None:
    """An https URL is never requested over plain http."""
    error = await poll_error(gateway.url.replace("http:", "https:"), kind)
    assert error.kind is ErrorKind.UNREACHABLE
    assert "gateway unreachable" in error.message
    assert not gateway.requests


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:99999", "gateway unreachable: "),
        ("http://[::1", "gateway unreachable: "),
        ("http://127.0.0.1\n", "gateway unreachable: "),
        ("ftp://127.0.0.1", "connection failed: "),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_invalid_url_is_unreachable(kind: str, url: str, message: str) -> None:
    """Every URL gives a message."""
    error = await poll_error(url, kind)
    assert error.kind is ErrorKind.UNREACHABLE
    assert error.message.startswith(message)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            httpx.ConnectError("[Errno -2] Name or service not known"),
            "gateway unreachable: [Errno -2] Name or service not known",
        ),
        (httpx.ConnectTimeout(""), "no answer within 20 s"),
        (httpx.PoolTimeout(""), "no answer within 20 s"),
        (httpx.ReadError(""), "connection failed: ReadError"),
        (httpx.WriteError("gone"), "connection failed: gone"),
        (httpx.RemoteProtocolError("bad\x1b[2J"), "connection failed: bad[2J"),
        (httpx.ProxyError("407"), "the proxy refused the poll: 407"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_transport_error_has_a_message(kind: str, error: Exception, message: str) -> None:
    """For errors of httpx that no server can cause here."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    async with httpx.AsyncClient(transport=httpx.MockTransport(fail)) as client:
        gateway = HttpGateway(
            BUILT_IN[kind], ClientPool(lambda: client), "http://gateway.test", KEY, TIMEOUT
        )
        with pytest.raises(GatewayError) as caught:
            await gateway.poll(IDS[kind])
    assert (caught.value.kind, caught.value.message) == (ErrorKind.UNREACHABLE, message)
    assert caught.value.__cause__ is error


async def test_poll_after_a_broken_connection_succeeds() -> None:
    """It uses a new connection."""
    failures = iter([reset, truncate_body, close_without_response, truncate_chunk])

    async def play(request: Request, writer: asyncio.StreamWriter) -> None:
        if failure := next(failures, None):
            await failure(request, writer)
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


async def test_poll_after_a_cancelled_poll_succeeds() -> None:
    """The cancelled poll does not keep the connection."""
    requested = asyncio.Event()

    async def play(_: Request, writer: asyncio.StreamWriter) -> None:
        if requested.is_set():
            writer.write(http_response(finished_reply("o1")))
        requested.set()

    async with (
        asyncio.timeout(TIMEOUT),
        serving(play) as url,
        connect(BUILT_IN, url, KEY, TIMEOUT, through_proxies=False) as gateways,
    ):
        task = asyncio.create_task(gateways["o1"].poll(IDS["o1"]))
        await requested.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await gateways["o1"].poll(IDS["o1"])).videos


class TestEnvironment:
    """Proxy and certificate settings in the environment."""

    @pytest.fixture(autouse=True)
    def environment(self, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
        """Remove all such settings."""
        for name in list(os.environ):
            if name.lower().endswith("_proxy") or name.startswith("SSL_CERT"):
                monkeypatch.delenv(name)
        return monkeypatch

    async def poll_status(self, url: str, *, through_proxies: bool = True) -> Status | GatewayError:
        """Return the status of a job, or the error of its poll."""
        async with connect(
            BUILT_IN, url, KEY, TIMEOUT, through_proxies=through_proxies
        ) as gateways:
            try:
                return (await gateways["o1"].poll(IDS["o1"])).status
            except GatewayError as error:
                return error

    async def test_proxy_is_used(self, environment: pytest.MonkeyPatch) -> None:
        """The request goes to the proxy, with the gateway's absolute URL."""
        lines: list[str] = []

        async def proxy(request: Request, writer: asyncio.StreamWriter) -> None:
            lines.append(request.raw.decode().partition("\r\n")[0])
            writer.write(http_response(finished_reply("o1")))

        async with serving(proxy) as url:
            environment.setenv("HTTP_PROXY", url)
            assert await self.poll_status("http://gateway.invalid") is Status.SUCCEEDED
        assert lines[0].startswith("POST http://gateway.invalid/kling-o1-")

    async def test_no_proxy_is_respected(
        self, gateway: DemoGateway, environment: pytest.MonkeyPatch
    ) -> None:
        """A host in NO_PROXY is requested directly."""
        environment.setenv("ALL_PROXY", "http://127.0.0.1:1")
        error = await self.poll_status(gateway.url)
        assert isinstance(error, GatewayError)
        environment.setenv("NO_PROXY", "127.0.0.1")
        assert isinstance(await self.poll_status(gateway.url), Status)

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
    async def test_invalid_proxy_setting_is_an_error_without_its_value(
        self, gateway: DemoGateway, environment: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        """The value may contain a password."""
        environment.setenv(name, value)
        error = await self.poll_status(gateway.url)
        assert isinstance(error, GatewayError)
        assert error.kind is ErrorKind.UNREACHABLE
        assert f"${name}" in error.message
        assert "hush" not in str(error)

    @pytest.mark.parametrize(
        "value", ["http://127.0.0.1:99999", "http://127.0.0.1:-1", "http://127.0.0.1:0", "http://"]
    )
    async def test_impossible_proxy_address_is_unreachable(
        self, environment: pytest.MonkeyPatch, value: str
    ) -> None:
        """A valid URL at which no proxy can be."""
        environment.setenv("HTTP_PROXY", value)
        error = await self.poll_status("http://10.0.0.7")
        assert isinstance(error, GatewayError)
        assert error.message.startswith("gateway unreachable: ")

    @pytest.mark.parametrize("value", ["/no/such/file", os.devnull])
    async def test_unreadable_certificates_are_an_error(
        self, gateway: DemoGateway, environment: pytest.MonkeyPatch, value: str
    ) -> None:
        """The message names the setting."""
        environment.setenv("SSL_CERT_FILE", value)
        error = await self.poll_status(gateway.url)
        assert isinstance(error, GatewayError)
        assert "$SSL_CERT_FILE" in error.message

    async def test_environment_can_be_ignored(
        self, gateway: DemoGateway, environment: pytest.MonkeyPatch
    ) -> None:
        """Without proxies, invalid settings do no harm."""
        environment.setenv("HTTP_PROXY", "hush://")
        environment.setenv("SSL_CERT_FILE", "/no/such/file")
        assert isinstance(await self.poll_status(gateway.url, through_proxies=False), Status)
