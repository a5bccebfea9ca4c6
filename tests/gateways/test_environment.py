"""Proxy and certificate settings of the machine."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from kling_tui.demo import DemoGateway
from kling_tui.gateways import BUILT_IN, ErrorKind, GatewayError
from kling_tui.gateways.client import connect
from kling_tui.gateways.proxies import ProxyRouter
from kling_tui.gateways.transport import describe_transport_error
from kling_tui.jobs import Status
from tests.support.polling import IDS, KEY, finished_reply
from tests.support.scripted_server import CERTIFICATE, Request, http_response, serving
from tests.support.waiting import TIMEOUT

ODD_NO_PROXY = [
    "localhost,127.0.0.1,[::1]",
    "[::1]",
    "::1",
    "[::1",
    "[fe80::1%eth0]:x",
    "fe80::/10",
    "10.0.0.0/99",
    "http://",
    "://",
    "a b\tc",
    ",,;,",
    "%zz",
    "*.*.test",
    "gateway.test:99999999999999999999",
    "é.test",
    "\x7f",
]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Remove all such settings."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT"):
            monkeypatch.delenv(name)
    return monkeypatch


async def poll_status(url: str, *, through_proxies: bool = True) -> Status | GatewayError:
    """Return the status of a job, or the error of its poll."""
    async with connect(BUILT_IN, url, KEY, TIMEOUT, through_proxies=through_proxies) as gateways:
        try:
            return (await gateways["o1"].poll(IDS["o1"])).status
        except GatewayError as error:
            return error


class Route(httpx.AsyncBaseTransport):
    """Replies with the proxy that it stands for."""

    def __init__(self, proxy: str | None) -> None:
        self._proxy = proxy

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002
        """Reply."""
        return httpx.Response(200, text=self._proxy or "direct")


async def route(url: str, **settings: str) -> str:
    """Return the proxy that a request goes through, or "direct"."""
    router = ProxyRouter(Route, settings)
    return (await router.handle_async_request(httpx.Request("GET", url))).text


class TestProxies:
    """Which requests go through a proxy."""

    async def test_proxy_is_used(self, environment: pytest.MonkeyPatch) -> None:
        """The request goes to the proxy, with the gateway's absolute URL."""
        lines: list[str] = []

        async def proxy(request: Request, writer: asyncio.StreamWriter) -> None:
            lines.append(request.raw.decode().partition("\r\n")[0])
            writer.write(http_response(finished_reply("o1")))

        async with serving(proxy) as url:
            environment.setenv("HTTP_PROXY", url)
            assert await poll_status("http://gateway.invalid") is Status.SUCCEEDED
        assert lines[0].startswith("POST http://gateway.invalid/kling-o1-")

    @pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
    async def test_this_machine_is_asked_directly(
        self, gateway: DemoGateway, environment: pytest.MonkeyPatch, name: str
    ) -> None:
        """The key travels to no proxy in clear, also without $NO_PROXY."""
        received: list[bytes] = []

        async def proxy(request: Request, writer: asyncio.StreamWriter) -> None:
            received.append(request.raw)
            writer.write(http_response(b"{}"))

        async with serving(proxy) as url:
            environment.setenv(name, url)
            assert isinstance(await poll_status(gateway.url), Status)
        assert not received

    @pytest.mark.parametrize(
        "url",
        ["http://localhost:1", "http://LOCALHOST", "http://127.0.0.1", "http://127.9.9.9:8080",
         "http://[::1]:8080", "https://localhost"],
    )  # fmt: skip
    async def test_every_name_of_this_machine_is_direct(self, url: str) -> None:
        """Whatever the proxies are."""
        proxy = "http://proxy.test"
        assert await route(url, http=proxy, https=proxy, all=proxy) == "direct"

    @pytest.mark.parametrize("value", ODD_NO_PROXY)
    async def test_odd_entry_of_no_proxy_is_skipped(
        self, gateway: DemoGateway, environment: pytest.MonkeyPatch, value: str
    ) -> None:
        """Polls go on, and the other entries count."""
        environment.setenv("NO_PROXY", value)
        assert isinstance(await poll_status(gateway.url), Status)
        environment.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
        assert isinstance(await poll_status(gateway.url), Status)
        proxy = {"all": "http://proxy.test", "no": f"{value},direct.test"}
        assert await route("https://gateway.test", **proxy) == "http://proxy.test"
        assert await route("https://direct.test", **proxy) == "direct"

    @pytest.mark.parametrize(
        ("entry", "direct", "proxied"),
        [
            ("a.test", "https://a.test", "https://ba.test"),
            ("a.test", "https://x.a.test:8443", "https://a.test.evil"),
            (" A.test. ", "https://a.TEST", "https://a"),
            (".a.test", "https://x.a.test", "https://a.test"),
            ("*.a.test", "https://x.a.test", "https://a.test"),
            ("a.test:8443", "https://a.test:8443", "https://a.test"),
            ("a.test:443", "https://a.test", "http://a.test"),
            ("https://a.test", "https://a.test", "http://a.test"),
            ("all://a.test", "http://a.test", "http://b.test"),
            ("10.0.0.7", "http://10.0.0.7", "http://10.0.0.70"),
            ("10.0.0.0/8", "http://10.9.9.9", "http://11.0.0.1"),
            ("fd00::7", "http://[fd00::7]", "http://[fd00::8]"),
            ("[fd00::7]", "http://[fd00::7]:80", "http://[fd00::8]"),
            ("[fd00::7]:80", "http://[fd00::7]", "http://[fd00::7]:81"),
            ("fd00::/8", "http://[fd12::1]", "http://[fe80::1]"),
        ],
    )
    async def test_no_proxy(self, entry: str, direct: str, proxied: str) -> None:
        """Hosts with their subdomains, addresses, networks, schemes and ports."""
        settings = {"all": "http://proxy.test", "no": f"x.invalid, {entry}"}
        assert await route(direct, **settings) == "direct"
        assert await route(proxied, **settings) == "http://proxy.test"
        assert await route(proxied, **settings | {"no": "*"}) == "direct"

    async def test_proxy_by_scheme(self) -> None:
        """`all` is for what has none; a proxy's URL may lack its scheme."""
        settings = {"http": "one.test:1", "all": "http://two.test", "ftp": "ftp://x", "https": ""}
        assert await route("http://a.test", **settings) == "http://one.test:1"
        assert await route("https://a.test", **settings) == "http://two.test"
        assert await route("https://a.test") == "direct"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("HTTP_PROXY", "http://user:hush hush/@proxy.test:1"),
            ("HTTP_PROXY", "http://proxy.test:hush"),
            ("ALL_PROXY", "hush://proxy.test"),
            ("ALL_PROXY", "socks5://user:hush@proxy.test:1"),
            ("HTTPS_PROXY", "http://user:hush@proxy.test:x"),
        ],
    )
    async def test_invalid_proxy_is_an_error_without_its_value(
        self, gateway: DemoGateway, environment: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        """The value may contain a password."""
        environment.setenv(name, value)
        error = await poll_status(gateway.url)
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
        error = await poll_status("http://10.0.0.7")
        assert isinstance(error, GatewayError)
        assert error.message.startswith("gateway unreachable: ")

    async def test_environment_can_be_ignored(
        self, gateway: DemoGateway, environment: pytest.MonkeyPatch
    ) -> None:
        """Without proxies, invalid settings do no harm."""
        environment.setenv("HTTP_PROXY", "hush://")
        environment.setenv("SSL_CERT_FILE", "/no/such/file")
        assert isinstance(await poll_status(gateway.url, through_proxies=False), Status)


@asynccontextmanager
async def serving_https() -> AsyncIterator[str]:
    """Serve the reply of a finished job over TLS, and yield the URL."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http_response(finished_reply("o1"), "200 OK", "Connection: close"))
        await writer.drain()
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    async with await asyncio.start_server(reply, "127.0.0.1", 0, ssl=context) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


class TestCertificates:
    """By which certificates the gateway is checked."""

    async def test_unknown_authority_is_an_error_that_names_the_setting(self) -> None:
        """A company's own certificate authority is the usual cause."""
        async with serving_https() as url:
            error = await poll_status(url)
        assert isinstance(error, GatewayError)
        assert error.kind is ErrorKind.UNREACHABLE
        assert error.message.startswith("gateway unreachable: ")
        assert error.message.endswith("set $SSL_CERT_FILE to its file")

    async def test_certificates_of_the_setting_count(
        self, environment: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """With a bundle or without it, beside a folder or alone."""
        async with serving_https() as url:
            environment.setenv("SSL_CERT_FILE", str(CERTIFICATE))
            assert await poll_status(url) is Status.SUCCEEDED
            environment.setenv("SSL_CERT_DIR", str(tmp_path))
            assert await poll_status(url) is Status.SUCCEEDED
            environment.delenv("SSL_CERT_FILE")
            assert isinstance(await poll_status(url), GatewayError)
            environment.setenv("SSL_CERT_DIR", "")
            assert isinstance(await poll_status(url), GatewayError)

    @pytest.mark.parametrize("value", ["/no/such/file", os.devnull])
    async def test_unreadable_certificates_are_an_error(
        self, gateway: DemoGateway, environment: pytest.MonkeyPatch, value: str
    ) -> None:
        """The message names the setting."""
        environment.setenv("SSL_CERT_FILE", value)
        error = await poll_status(gateway.url)
        assert isinstance(error, GatewayError)
        assert "$SSL_CERT_FILE" in error.message

    @pytest.mark.parametrize(
        ("code", "advised"), [(20, True), (19, True), (10, False), (62, False)]
    )
    def test_advice_only_where_certificates_would_help(self, code: int, advised: bool) -> None:  # noqa: FBT001
        """Not for a certificate that has expired, or is for another host."""
        cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
        cause.verify_code = code
        error = httpx.ConnectError("certificate verify failed")
        error.__cause__ = cause
        message = describe_transport_error(error, "gateway", "poll")
        assert ("$SSL_CERT_FILE" in message) is advised
