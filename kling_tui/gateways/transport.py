"""HTTP clients by this machine's own settings, and in words what goes wrong on the line."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from math import ceil
from typing import Self

import httpx

from kling_tui import __version__
from kling_tui.gateways import fields

USER_AGENT = f"kling-tui/{__version__}"
MOST_IN_FLIGHT = 8
"""Requests that one client carries: beyond, its pool spends its time on looking for connections."""


class Clients:
    """Several clients that share what is in flight."""

    def __init__(self, *clients: httpx.AsyncClient) -> None:
        self._in_flight = dict.fromkeys(clients, 0)

    @contextmanager
    def one(self) -> Iterator[httpx.AsyncClient]:
        """Lend the first client that has room, so that few connections are open for few jobs."""
        roomy = (each for each, count in self._in_flight.items() if count < MOST_IN_FLIGHT)
        client = next(roomy, None) or min(self._in_flight, key=self._in_flight.__getitem__)
        self._in_flight[client] += 1
        try:
            yield client
        finally:
            self._in_flight[client] -= 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._in_flight:
            await client.aclose()


def open_clients(seconds: float, connections: int, *, through_proxies: bool) -> Clients | str:
    """Return clients, or words on which of this machine's settings cannot be used.

    They wait `seconds` for each thing that is to come and keep so many `connections` open; they
    have no cookies and follow no redirects. To read the machine's certificates, as this does,
    takes longer than a frame.
    """
    try:
        context = httpx.create_ssl_context(trust_env=through_proxies)
    except OSError:
        return "the certificates cannot be read; check $SSL_CERT_FILE and $SSL_CERT_DIR"
    each = min(connections, MOST_IN_FLIGHT)
    try:
        return Clients(
            *(
                httpx.AsyncClient(
                    verify=context,
                    timeout=seconds,
                    limits=httpx.Limits(
                        max_connections=each, max_keepalive_connections=each, keepalive_expiry=60
                    ),
                    headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                    follow_redirects=False,
                    trust_env=through_proxies,
                )
                for _ in range(ceil(connections / MOST_IN_FLIGHT))
            )
        )
    # The words of the error are not told: a proxy's password may be in them.
    except (ValueError, ImportError, httpx.InvalidURL):
        words = "the proxy settings cannot be used; check $HTTP_PROXY, $HTTPS_PROXY, $ALL_PROXY"
        return f"{words} and $NO_PROXY"


def line_words(error: Exception, host: str, what: str) -> str:
    """Return in words what a client raised: `host` was asked, for `what`."""
    cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
    said = fields.text(str(cause)) or type(cause).__name__
    if isinstance(error, httpx.ProxyError):
        return f"the proxy does not let the {what} through: {said}"
    if isinstance(error, httpx.ConnectError | httpx.InvalidURL | ExceptionGroup):
        return f"the {host} cannot be reached: {said}"
    return f"the connection broke: {said}"
