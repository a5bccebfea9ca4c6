"""Polls every endpoint with an empty id, to check whether a gateway and its key work."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from kling_tui.gateways import Endpoints
from kling_tui.gateways.base import ErrorKind, GatewayError
from kling_tui.gateways.client import HttpGateway
from kling_tui.gateways.transport import open_client_pool


@dataclass(slots=True)
class ProbeResult:
    """What the polls showed."""

    errors: dict[str, GatewayError | None]
    """By kind; None where even the empty id gave a job."""
    reached: bool = False
    """Whether any HTTP response arrived."""
    skew: float | None = None
    """Seconds by which the gateway's clock is ahead of this machine's; None if not known."""
    tls: str = ""
    """The TLS version; empty without TLS."""
    tls_expires_at: datetime | None = None
    """When the gateway's certificate expires."""


async def probe(
    endpoints: Endpoints, url: str, key: str, timeout: float, section: str
) -> ProbeResult:
    """Poll each endpoint once, for at most `timeout` seconds; errors are in the result.

    `section` is the section of the config that sets the gateway.
    """
    clients = await asyncio.to_thread(open_client_pool, timeout, through_proxies=True)
    if isinstance(clients, str):
        return ProbeResult(dict.fromkeys(endpoints, GatewayError(ErrorKind.UNREACHABLE, clients)))
    result = ProbeResult({})

    async def inspect(response: httpx.Response) -> None:
        _inspect_response(result, response)

    # The polls run one after another, so that all of them get this client again.
    async with clients.acquire() as client:
        client.event_hooks = {"response": [inspect]}
    async with clients:
        for kind, endpoint in endpoints.items():
            result.errors[kind] = None
            try:
                await HttpGateway(endpoint, clients, url, key, timeout, section=section).poll("")
            except GatewayError as error:
                result.errors[kind] = error
    return result


def _inspect_response(result: ProbeResult, response: httpx.Response) -> None:
    """Note the clock skew, by the ``Date`` header, and the TLS connection."""
    result.reached = True
    try:
        date = parsedate_to_datetime(response.headers.get("Date", ""))
        result.skew = (date - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        pass  # no date, or one that is not valid
    connection = response.extensions["network_stream"].get_extra_info("ssl_object")
    if isinstance(connection, ssl.SSLObject | ssl.SSLSocket):
        certificate = connection.getpeercert() or {}
        result.tls = connection.version() or ""
        not_after = certificate.get("notAfter")
        if isinstance(not_after, str):
            result.tls_expires_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(not_after), UTC)
