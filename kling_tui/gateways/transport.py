"""HTTP clients with this machine's proxy and certificate settings, and their error messages."""

import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self
from urllib.request import getproxies

import httpx

from kling_tui import __version__
from kling_tui.gateways import json_fields
from kling_tui.gateways.proxies import ProxyRouter
from kling_tui.gateways.tls import certificate_advice, create_context

USER_AGENT = f"kling-tui/{__version__}"
KEEPALIVE_SECONDS = 60.0
"""Seconds for which an idle client and its connection are kept for the next request."""


class ClientPool:
    """Lends each request in flight an httpx client that no other request uses.

    The connection pool inside a client does quadratic work in the number of its requests in flight
    (encode/httpx#3215). Measured on one machine, polls per second by requests in flight:

    ==============================  =====  =====  =====
    in flight                           8     32     64
    ==============================  =====  =====  =====
    one client for all              1,416    364    251
    one client for every eight          –  1,599  1,602
    ==============================  =====  =====  =====

    With a client for each request, no client has more than one in flight. All share one TLS
    context, because creating one takes longer than a frame.
    """

    def __init__(
        self, new_client: Callable[[], httpx.AsyncClient], keepalive: float = KEEPALIVE_SECONDS
    ) -> None:
        """Create the first client; more are created when none is idle.

        `keepalive` is the number of seconds after which an idle client is closed.
        """
        self._new_client = new_client
        self._keepalive = keepalive
        self._idle = deque([(time.monotonic(), new_client())])
        """Idle clients and since when, the one used last at the right end."""
        self._in_use: set[httpx.AsyncClient] = set()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[httpx.AsyncClient]:
        """Lend the idle client that was used last, so that few connections stay open."""
        # A client does not notice by itself that the server has closed an idle connection.
        while self._idle and self._idle[0][0] < time.monotonic() - self._keepalive:
            await self._idle.popleft()[1].aclose()
        client = self._idle.pop()[1] if self._idle else self._new_client()
        self._in_use.add(client)
        try:
            yield client
        finally:
            self._in_use.remove(client)
            self._idle.append((time.monotonic(), client))

    async def close_idle(self) -> None:
        """Close the connections that no request uses; later requests open new ones."""
        while self._idle:
            await self._idle.pop()[1].aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in [*self._in_use, *(client for _, client in self._idle)]:
            await client.aclose()


def open_client_pool(timeout: float, *, through_proxies: bool) -> ClientPool | str:
    """Return a pool, or an error message about a setting of this machine that is not valid.

    Its clients wait at most `timeout` seconds for each step of a request, keep no cookies and
    follow no redirects. Call it in a thread: reading the certificates takes longer than a frame.
    """
    settings = getproxies() if through_proxies else {}
    try:
        context = create_context(trust_environment=through_proxies)
    except OSError:
        return "CA certificates cannot be read; check $SSL_CERT_FILE and $SSL_CERT_DIR"

    def new_transport(proxy: str | None) -> httpx.AsyncBaseTransport:
        return httpx.AsyncHTTPTransport(
            verify=context,
            limits=httpx.Limits(keepalive_expiry=KEEPALIVE_SECONDS),
            proxy=None if proxy is None else _proxy(proxy, context),
        )

    def new_client() -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=ProxyRouter(new_transport, settings),
            timeout=timeout,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            follow_redirects=False,
            trust_env=False,
        )

    try:
        return ClientPool(new_client)
    # The error's own message is not shown: it may contain a proxy's password.
    except (ValueError, ImportError, httpx.InvalidURL):
        return "invalid proxy settings; check $HTTP_PROXY, $HTTPS_PROXY and $ALL_PROXY"


def _proxy(url: str, context: ssl.SSLContext) -> httpx.Proxy:
    proxy = httpx.Proxy(url)
    return httpx.Proxy(url, ssl_context=context) if proxy.url.scheme == "https" else proxy


def describe_transport_error(error: Exception, host: str, purpose: str) -> str:
    """Return a message for what a client raised.

    `host` is "gateway" or "server", `purpose` is "poll" or "download".
    """
    cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
    detail = json_fields.text(str(cause)) or type(cause).__name__
    detail += certificate_advice(cause)
    if isinstance(error, httpx.ProxyError):
        return f"the proxy refused the {purpose}: {detail}"
    if isinstance(error, httpx.ConnectError | httpx.InvalidURL | UnicodeError | ExceptionGroup):
        return f"{host} unreachable: {detail}"
    return f"connection failed: {detail}"
