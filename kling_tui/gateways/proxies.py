"""The environment's proxy settings: which proxy a request goes through, if any."""

from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network

import httpx

from kling_tui.gateways.hosts import is_loopback

_DEFAULT_PORTS = {"http": 80, "https": 443}


class ProxyRouter(httpx.AsyncBaseTransport):
    """Sends each request through the proxy that the environment names for it, or directly.

    A host that is this machine is always requested directly: over plain http, a proxy would see
    the API key.
    """

    def __init__(
        self,
        new_transport: Callable[[str | None], httpx.AsyncBaseTransport],
        settings: Mapping[str, str],
    ) -> None:
        """Create a transport for each proxy, by its URL, and one for None.

        `settings` are proxies by "http", "https" and "all", and the hosts without one by "no".
        """
        self._direct = new_transport(None)
        self._no_proxy = settings.get("no", "").split(",")
        self._proxied = {
            scheme: new_transport(url if "://" in url else f"http://{url}")
            for scheme, url in settings.items()
            if scheme in ("http", "https", "all") and url
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        return await self._transport(request.url).handle_async_request(request)

    def _transport(self, url: httpx.URL) -> httpx.AsyncBaseTransport:
        if is_loopback(_host(url)) or any(_matches(entry, url) for entry in self._no_proxy):
            return self._direct
        return self._proxied.get(url.scheme) or self._proxied.get("all") or self._direct

    async def aclose(self) -> None:
        """Close all connections."""
        for transport in (self._direct, *self._proxied.values()):
            await transport.aclose()


def _matches(entry: str, url: httpx.URL) -> bool:
    """Return whether an entry of $NO_PROXY names the host of a URL.

    An entry is a host, with all its subdomains; ``.domain`` or ``*.domain`` for the subdomains; an
    address or a network; each with or without a scheme and a port; or ``*`` for all hosts. Any
    other entry names none.
    """
    name = entry.strip().lower()
    scheme, separator, rest = name.partition("://")
    if separator:
        if scheme not in ("all", url.scheme):
            return False
        name = rest
    if name == "*":
        return True
    try:
        return ip_address(_host(url)) in ip_network(name.strip("[]"), strict=False)
    except ValueError:
        pass
    name, port = _split_port(name)
    if not name or (port and int(port) != (url.port or _DEFAULT_PORTS.get(url.scheme))):
        return False
    host = _host(url).rstrip(".")
    subdomains = name.startswith((".", "*."))
    name = name.removeprefix("*").removeprefix(".").rstrip(".").strip("[]")
    return host.endswith(f".{name}") or (host == name and not subdomains)


def _host(url: httpx.URL) -> str:
    """Return the host as it is sent; httpx cannot decode every international name."""
    return url.raw_host.decode("ascii", "replace").lower()


def _split_port(name: str) -> tuple[str, str]:
    """Return a host and its port, "" without one; an IPv6 address with a port is in brackets."""
    host, colon, port = name.rpartition(":")
    has_port = colon and port.isdecimal() and (host.endswith("]") or ":" not in host)
    return (host, port) if has_port else (name, "")
