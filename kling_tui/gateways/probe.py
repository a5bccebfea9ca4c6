"""Polls endpoints with an id that no job has, to check whether a gateway and its key work."""

import asyncio
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from msgspec import Struct

from kling_tui.gateways import Endpoints
from kling_tui.gateways.base import ErrorKind, GatewayError
from kling_tui.gateways.client import HttpGateway
from kling_tui.gateways.key_test import KeyTest, KeyVerdict
from kling_tui.gateways.o1 import O1
from kling_tui.gateways.transport import open_transport

_NO_JOB = "00000000-0000-0000-0000-000000000000"
"""An id of the form that Kling O1 gives, but of no job."""


class ProbeResult(Struct):
    """What the polls showed."""

    errors: dict[str, GatewayError | None]
    """By kind; None where even the empty id gave a job."""
    status: int | None = None
    """The HTTP status of the last response; None if none arrived."""
    skew: float | None = None
    """Seconds by which the gateway's clock is ahead of this machine's; None if not known."""
    tls: str = ""
    """The TLS version; empty without TLS."""
    tls_expires_at: datetime | None = None
    """When the gateway's certificate expires."""

    @property
    def reached(self) -> bool:
        """Whether any HTTP response arrived."""
        return self.status is not None


async def probe(
    endpoints: Endpoints,
    url: str,
    key: str,
    timeout: float,
    *,
    section: str = "gateway",
    key_source: str = "",
    job_id: str = "",
) -> ProbeResult:
    """Poll each endpoint once, for at most `timeout` seconds; errors are in the result.

    `section` and `key_source` are as in HttpGateway; no job has the id `job_id`.
    """
    transport = await asyncio.to_thread(open_transport, through_proxies=True)
    if isinstance(transport, str):
        return ProbeResult(dict.fromkeys(endpoints, GatewayError(ErrorKind.UNREACHABLE, transport)))
    result = ProbeResult({})
    async with _InspectingTransport(transport, result) as inspecting:
        for kind, endpoint in endpoints.items():
            result.errors[kind] = None
            try:
                gateway = HttpGateway(
                    endpoint, inspecting, url, key, timeout, section=section, key_source=key_source
                )
                await gateway.poll(job_id)
            except GatewayError as error:
                result.errors[kind] = error
    return result


class _InspectingTransport(httpx.AsyncBaseTransport):
    """Notes in a result what each response shows."""

    def __init__(self, transport: httpx.AsyncBaseTransport, result: ProbeResult) -> None:
        self._transport = transport
        self._result = result

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        _inspect_response(self._result, response)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


def _inspect_response(result: ProbeResult, response: httpx.Response) -> None:
    """Note the clock skew, by the ``Date`` header, and the TLS connection."""
    result.status = response.status_code
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


async def verify_key(url: str, key: str, timeout: float) -> KeyTest:
    """Ask for the status of a job that does not exist, which costs nothing, with a key.

    The request goes to Kling O1, whose document demands a key and names the replies to a wrong one:
    401 and 403.
    """
    o1 = {O1.kind: O1}
    result = await probe(o1, url, key, timeout, key_source="the key", job_id=_NO_JOB)
    error = result.errors[O1.kind]
    return KeyTest(_verdict(error, result.status), error.message if error else "")


def _verdict(error: GatewayError | None, status: int | None) -> KeyVerdict:
    """Return what a reply shows: the gateway checks the key before it looks at anything else."""
    if error is None or error.kind is ErrorKind.NO_CREDIT:
        return KeyVerdict.ACCEPTED
    if error.kind in (ErrorKind.UNAUTHORIZED, ErrorKind.NO_ACCESS):
        return KeyVerdict.REJECTED
    answered = error.kind in (ErrorKind.NOT_FOUND, ErrorKind.BAD_REQUEST, ErrorKind.RATE_LIMITED)
    # A redirect is that of a login page between here and the gateway.
    accepted = answered and status is not None and status // 100 == 4
    return KeyVerdict.ACCEPTED if accepted else KeyVerdict.UNTESTED
