"""Asks every endpoint an empty question, to learn whether a gateway is there and lets us in."""

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
    """What came of the questions."""

    errors: dict[str, GatewayError | None]
    """By kind; None where even a question about no job gave a job."""
    reached: bool = False
    """Whether anything answered at all."""
    skew: float | None = None
    """Seconds by which the gateway's clock is ahead of ours, where it tells the time."""
    tls: str = ""
    """The version of TLS and the name of who signed; empty without TLS."""
    tls_expires_at: datetime | None = None
    """When the certificate ends."""


async def probe(
    endpoints: Endpoints, url: str, key: str, timeout: float, section: str
) -> ProbeResult:
    """Ask; each answer may take `within` so many seconds, and what goes wrong is in the result."""
    clients = await asyncio.to_thread(open_client_pool, timeout, through_proxies=True)
    if isinstance(clients, str):
        return ProbeResult(dict.fromkeys(endpoints, GatewayError(ErrorKind.UNREACHABLE, clients)))
    found = ProbeResult({})

    async def note(response: httpx.Response) -> None:
        _note(found, response)

    async with clients.acquire() as client:
        client.event_hooks = {"response": [note]}
    async with clients:
        for kind, endpoint in endpoints.items():
            found.errors[kind] = None
            try:
                await HttpGateway(endpoint, clients, url, key, timeout, section=section).poll("")
            except GatewayError as error:
                found.errors[kind] = error
    return found


def _note(found: ProbeResult, response: httpx.Response) -> None:
    found.reached = True
    try:
        told = parsedate_to_datetime(response.headers.get("Date", ""))
        found.skew = (told - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        pass  # it does not tell the time, or not in words that mean one
    line = response.extensions["network_stream"].get_extra_info("ssl_object")
    if isinstance(line, ssl.SSLObject | ssl.SSLSocket):
        certificate = line.getpeercert() or {}
        found.tls = line.version() or ""
        ends = certificate.get("notAfter")
        if isinstance(ends, str):
            found.tls_expires_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
