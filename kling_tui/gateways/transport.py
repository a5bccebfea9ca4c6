"""HTTP clients by this machine's own settings, and in words what goes wrong on the line."""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self

import httpx

from kling_tui import __version__
from kling_tui.gateways import json_fields

USER_AGENT = f"kling-tui/{__version__}"
KEEPALIVE_SECONDS = 60.0
"""Seconds for which a connection waits for the next request."""


class ClientPool:
    """A client for each request in flight.

    The more requests a client carries at once, the longer its pool looks for connections.
    """

    def __init__(
        self, new_client: Callable[[], httpx.AsyncClient], keepalive: float = KEEPALIVE_SECONDS
    ) -> None:
        """`make` is called once now, and whenever no client is idle, which may last `kept_for`."""
        self._new_client = new_client
        self._keepalive = keepalive
        self._idle = deque([(time.monotonic(), new_client())])
        """Since when each is, the last one used at the right end."""
        self._in_use: set[httpx.AsyncClient] = set()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[httpx.AsyncClient]:
        """Lend the client that was used last, so that few connections are open for few jobs."""
        # No pool sees by itself that the other side has hung up.
        while self._idle and self._idle[0][0] < time.monotonic() - self._keepalive:
            await self._idle.popleft()[1].aclose()
        client = self._idle.pop()[1] if self._idle else self._new_client()
        self._in_use.add(client)
        try:
            yield client
        finally:
            self._in_use.remove(client)
            self._idle.append((time.monotonic(), client))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in [*self._in_use, *(client for _, client in self._idle)]:
            await client.aclose()


def open_client_pool(timeout: float, *, through_proxies: bool) -> ClientPool | str:
    """Return clients, or words on which of this machine's settings cannot be used.

    They wait `seconds` for each thing that is to come, have no cookies and follow no redirects.
    To read the machine's certificates, as this does, takes longer than a frame.
    """
    try:
        context = httpx.create_ssl_context(trust_env=through_proxies)
    except OSError:
        return "the certificates cannot be read; check $SSL_CERT_FILE and $SSL_CERT_DIR"

    def make() -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=context,
            timeout=timeout,
            limits=httpx.Limits(keepalive_expiry=KEEPALIVE_SECONDS),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            follow_redirects=False,
            trust_env=through_proxies,
        )

    try:
        return ClientPool(make)
    # The words of the error are not told: a proxy's password may be in them.
    except (ValueError, ImportError, httpx.InvalidURL):
        words = "the proxy settings cannot be used; check $HTTP_PROXY, $HTTPS_PROXY, $ALL_PROXY"
        return f"{words} and $NO_PROXY"


def describe_transport_error(error: Exception, host: str, purpose: str) -> str:
    """Return in words what a client raised: `host` was asked, for `what`."""
    cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
    said = json_fields.text(str(cause)) or type(cause).__name__
    if isinstance(error, httpx.ProxyError):
        return f"the proxy does not let the {purpose} through: {said}"
    if isinstance(error, httpx.ConnectError | httpx.InvalidURL | ExceptionGroup):
        return f"the {host} cannot be reached: {said}"
    return f"the connection broke: {said}"
