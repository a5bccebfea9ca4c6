"""Asks the gateway over HTTP. Nothing imports this before a gateway is really asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx

from kling_tui import __version__
from kling_tui.gateways import ENDPOINTS, fields
from kling_tui.gateways.base import Endpoint, Fault, Gateway, GatewayError
from kling_tui.gateways.faults import judge, retry_after
from kling_tui.jobs import Report
from kling_tui.plain import plain_lines

MOST_BYTES = 1 << 20
"""A status reply larger than this is refused while it is read."""
MOST_KEPT = 20_000
"""Characters of a reply that are kept with its job."""
MOST_DEEP = 200
"""Brackets in a reply up to which it is indented."""
KEY_HEADER = "Ocp-Apim-Subscription-Key"
_JOB_MAY_SPEAK = {400, 500}
"""HTTP error statuses with which replies about jobs were seen; else the status is the answer."""


class HttpGateway:
    """One endpoint, asked over a shared client."""

    def __init__(
        self,
        endpoint: Endpoint,
        client: httpx.AsyncClient,
        url: str,
        key: str,
        within: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._endpoint = endpoint
        self._client = client
        self._url = url + endpoint.path
        self._key = key
        self._within = within
        self._now = now

    async def poll(self, job_id: str) -> Report:
        """Ask once how a job is; raises GatewayError when that does not come to light."""
        if self._endpoint.needs_key and not self._key:
            words = f"{self._endpoint.title} needs a key; set gateway.key or $PIXAZO_API_KEY"
            raise GatewayError(Fault.REFUSED, words)
        status, headers, raw = await self._ask(job_id)
        body = _json(raw)
        said = fields.words(body)
        report = self._parse(body, status, headers, said) if isinstance(body, dict) else None
        if report is not None and (status < 300 or status in _JOB_MAY_SPEAK):
            return replace(report, reply=_kept(body, raw))
        raise judge(status, headers, said, self._now())

    def _parse(
        self, body: dict[str, Any], status: int, headers: Mapping[str, str], said: str | None
    ) -> Report | None:
        try:
            return self._endpoint.parse(body, status)
        except GatewayError as error:
            error.after = retry_after(headers, said, self._now())
            raise

    async def _ask(self, job_id: str) -> tuple[int, Mapping[str, str], str]:
        headers = {"Content-Type": "application/json", "Cache-Control": "no-cache"}
        if self._key:
            headers[KEY_HEADER] = self._key
        body = {self._endpoint.id_field: job_id}
        try:
            async with (
                asyncio.timeout(self._within),
                self._client.stream("POST", self._url, json=body, headers=headers) as response,
            ):
                raw = await _read(response)
        except (TimeoutError, httpx.TimeoutException) as error:
            words = f"no answer within {self._within:g} s"
            raise GatewayError(Fault.AWAY, words) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise GatewayError(Fault.AWAY, self._without_key(_line_words(error))) from error
        return response.status_code, response.headers, self._without_key(raw)

    def _without_key(self, text: str) -> str:
        """Hide the key where a gateway says it back."""
        return text.replace(self._key, "[key]") if self._key else text


async def _read(response: httpx.Response) -> str:
    raw = bytearray()
    async for chunk in response.aiter_bytes():
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise GatewayError(Fault.BROKEN, "the answer is larger than 1 MiB")
    return raw.decode("utf-8", "replace")


def _line_words(error: httpx.HTTPError | httpx.StreamError) -> str:
    said = fields.text(str(error)) or type(error).__name__
    if isinstance(error, httpx.ConnectError):
        return f"the gateway cannot be reached: {said}"
    if isinstance(error, httpx.ProxyError):
        return f"the proxy does not let the poll through: {said}"
    return f"the connection broke: {said}"


def _json(raw: str) -> object:
    try:
        return json.loads(raw, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def _kept(body: object, raw: str) -> str:
    """Return a reply as it is kept: indented, or as it came where that could grow huge."""
    if len(raw) > MOST_KEPT or raw.count("[") + raw.count("{") > MOST_DEEP:
        return plain_lines(raw, MOST_KEPT)
    return plain_lines(json.dumps(body, indent=2, ensure_ascii=False), MOST_KEPT)


@asynccontextmanager
async def connect(
    url: str,
    key: str,
    within: float,
    concurrency: int,
    *,
    through_proxies: bool = True,
) -> AsyncIterator[dict[str, Gateway]]:
    """Open one pooled client and yield a gateway for each endpoint, by kind.

    A poll must be answered whole `within` so many seconds; `concurrency` connections are kept open.
    """
    # The TLS context reads the machine's certificates, which takes longer than a frame.
    context = await asyncio.to_thread(httpx.create_ssl_context)
    async with httpx.AsyncClient(
        verify=context,
        timeout=within,
        limits=httpx.Limits(
            max_connections=concurrency, max_keepalive_connections=concurrency, keepalive_expiry=60
        ),
        headers={"User-Agent": f"kling-tui/{__version__}", "Accept": "application/json"},
        follow_redirects=False,
        trust_env=through_proxies,
    ) as client:
        yield {
            kind: HttpGateway(endpoint, client, url, key, within)
            for kind, endpoint in ENDPOINTS.items()
        }
