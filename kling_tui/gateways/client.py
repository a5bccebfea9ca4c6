"""Asks the gateway over HTTP. Nothing imports this before a gateway is really asked."""

import asyncio
import json
import re
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import httpx
from anyio import fail_after

from kling_tui.gateways import Endpoints, json_fields
from kling_tui.gateways.base import Endpoint, ErrorKind, Gateway, GatewayError
from kling_tui.gateways.errors import error_from_response, key_setting, retry_after
from kling_tui.gateways.routing import PollRequest, PollRouter
from kling_tui.gateways.transport import ClientPool, describe_transport_error, open_client_pool
from kling_tui.jobs import Report, Status
from kling_tui.sanitize import sanitize_line, sanitize_text

MAX_REPLY_BYTES = 1 << 20
"""A status reply larger than this is refused while it is read."""
MAX_KEPT_REPLY = 20_000
"""Characters of a reply that are kept with its job."""
MAX_DEPTH = 200
"""Brackets in a reply up to which it is indented."""
MAX_ERROR_TEXT = 300
"""Characters of a reply without JSON that are told to a person."""
MIN_SECRET_LENGTH = 6
"""Characters; a shorter key is nobody's secret, and would be found in words that mean no key."""
KEY_HEADER = "Ocp-Apim-Subscription-Key"
_JOB_MAY_SPEAK = {400, 500}
"""HTTP error statuses with which replies about jobs were seen; else the status is the answer."""
_PACKED = {"gzip", "x-gzip", "deflate"}
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class HttpGateway:
    """One endpoint, asked over a shared client."""

    def __init__(
        self,
        endpoint: Endpoint,
        clients: ClientPool,
        url: str,
        key: str,
        timeout: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        section: str = "gateway",
    ) -> None:
        """`section` of the config is what sets the gateway."""
        self._endpoint = endpoint
        self._clients = clients
        self._router = PollRouter(endpoint, url)
        self._timeout = timeout
        # The key is in no local variable of a poll: a crash report would show it.
        self._headers = {
            "Accept": "application/json",
            "Cache-Control": "no-cache",
        }
        if key:
            self._headers[KEY_HEADER] = key
        self._secret = _key_pattern(key)
        self._now = now
        self._section = section

    async def poll(self, job_id: str) -> Report:
        """Ask once how a job is; raises GatewayError when that does not come to light."""
        if self._endpoint.needs_key and KEY_HEADER not in self._headers:
            words = f"{self._endpoint.title} needs a key; set {key_setting(self._section)}"
            raise GatewayError(ErrorKind.UNAUTHORIZED, words)
        try:
            report, body = await self._answer(self._router.request(job_id))
        except GatewayError as error:
            if error.kind in (
                ErrorKind.UNREACHABLE,
                ErrorKind.RATE_LIMITED,
            ) or not self._router.fall_back(job_id):
                raise
            return await self.poll(job_id)
        if report.status.ended:
            self._router.clear(job_id)
        else:
            self._router.redirect(job_id, body.get("polling_url"))
        videos = (
            replace(video, url=self._router.resolve_link(video.url)) for video in report.videos
        )
        return replace(report, videos=tuple(videos))

    async def _answer(self, question: PollRequest) -> tuple[Report, dict[str, Any]]:
        """Ask, and return what the reply says of the job, and the reply's JSON."""
        status, headers, raw = await self._ask(question)
        body, text = self._read(raw)
        if isinstance(body, dict):
            try:
                report = question.parse(body, status)
            except GatewayError as error:
                error.retry_after = retry_after(headers, _said(body, text), self._now())
                raise
            if report is not None and _is_of_job(report, status):
                return replace(report, reply=_kept(body, text)), body
        raise error_from_response(status, headers, _said(body, text), self._now(), self._section)

    async def _ask(self, question: PollRequest) -> tuple[int, Mapping[str, str], bytes]:
        try:
            # Not asyncio's own timeout, from which the client cannot shield its tidying up: cut off
            # there, a connection would stay taken for ever.
            async with self._clients.acquire() as client:
                with fail_after(self._timeout):
                    return await self._send(client, question)
        except (TimeoutError, httpx.TimeoutException) as error:
            words = f"no answer within {self._timeout:g} s"
            raise GatewayError(ErrorKind.UNREACHABLE, words) from error
        # An address that no connection can have comes as a group of errors.
        except (httpx.HTTPError, httpx.InvalidURL, ExceptionGroup) as error:
            words = describe_transport_error(error, "gateway", "poll")
            raise GatewayError(ErrorKind.UNREACHABLE, self._without_key(words)) from error

    async def _send(
        self, client: httpx.AsyncClient, question: PollRequest
    ) -> tuple[int, Mapping[str, str], bytes]:
        request = client.build_request(
            question.method,
            _parsed(question.url),
            content=question.content,
            headers=self._headers,
        )
        if question.content is not None:
            request.headers["Content-Type"] = "application/json"
        async with aclosing(await client.send(request, stream=True)) as response:
            return response.status_code, response.headers, await _receive(response)

    def _read(self, raw: bytes) -> tuple[object, str]:
        """Return a reply's JSON value, None where it has none, and its text, both without key."""
        text = raw.decode("utf-8-sig", "replace")
        body, text = _json(text)
        hidden = self._without_key(text)
        return (body, text) if hidden == text else _json(hidden)

    def _without_key(self, text: str) -> str:
        """Hide the key where a gateway says it back."""
        return self._secret.sub("[key]", text) if self._secret else text


@lru_cache(maxsize=2048)
def _parsed(url: str) -> httpx.URL:
    """Return an address as the client takes it, which it would take apart anew for each poll."""
    return httpx.URL(url)


def _key_pattern(key: str) -> re.Pattern[str] | None:
    """Return what finds a key in text and in JSON; None for one that needs no hiding."""
    if len(key) < MIN_SECRET_LENGTH:
        return None
    return re.compile("|".join({re.escape(key), re.escape(json.dumps(key)[1:-1])}))


def _is_of_job(report: Report, http_status: int) -> bool:
    """Tell a job's state from an error body that happens to have a status of its own."""
    spoken = http_status in _JOB_MAY_SPEAK and report.status is not Status.UNKNOWN
    return http_status < 300 or spoken


def _said(body: object, text: str) -> str | None:
    """Return what a reply has to say to a person: a field of it, or all where it is prose."""
    if body is not None:
        return json_fields.error_message(body)
    return sanitize_line(text, MAX_ERROR_TEXT) if text.lstrip()[:1].isalpha() else None


async def _receive(response: httpx.Response) -> bytes:
    raw = bytearray()
    async for chunk in response.aiter_raw():
        raw += chunk
        _check_size(raw)
    packed = response.headers.get("content-encoding", "").lower() in _PACKED
    return _unpacked(bytes(raw)) if packed else bytes(raw)


def _unpacked(raw: bytes) -> bytes:
    """Unpack what came packed though that was not asked for, but no more than is to be read."""
    try:
        body = zlib.decompressobj(_GZIP_OR_ZLIB).decompress(raw, MAX_REPLY_BYTES + 1)
    except zlib.error as error:
        raise GatewayError(ErrorKind.SERVER_ERROR, "the answer cannot be unpacked") from error
    _check_size(body)
    return body


def _check_size(raw: bytes | bytearray) -> None:
    if len(raw) > MAX_REPLY_BYTES:
        raise GatewayError(ErrorKind.SERVER_ERROR, "the answer is larger than 1 MiB")


def _json(text: str) -> tuple[object, str]:
    """Return a text's JSON value, None where it has none, and the text, its escapes resolved."""
    try:
        body = json.loads(text, parse_constant=lambda _: None)
        return body, json.dumps(body, ensure_ascii=False) if "\\" in text else text
    except (ValueError, RecursionError):
        return None, text


def _kept(body: object, raw: str) -> str:
    """Return a reply as it is kept: indented, or as it came where that could grow huge."""
    if len(raw) > MAX_KEPT_REPLY or raw.count("[") + raw.count("{") > MAX_DEPTH:
        return sanitize_text(raw, MAX_KEPT_REPLY)
    return sanitize_text(json.dumps(body, indent=2, ensure_ascii=False), MAX_KEPT_REPLY)


class _UnavailableGateway:
    """Stands in for a gateway where this machine's own settings let no poll out."""

    def __init__(self, words: str) -> None:
        self._words = words

    async def poll(self, job_id: str) -> Report:  # noqa: ARG002 - as Gateway has it
        raise GatewayError(ErrorKind.UNREACHABLE, self._words)


@asynccontextmanager
async def connect(
    endpoints: Endpoints,
    url: str,
    key: str,
    timeout: float,
    *,
    section: str = "gateway",
    through_proxies: bool = True,
) -> AsyncIterator[dict[str, Gateway]]:
    """Open clients that all share, and yield a gateway for each of the endpoints, by kind.

    `section` of the config is what sets the gateway. A poll must be answered whole `within` so
    many seconds. Where the machine's settings of proxies or certificates cannot be used, every
    poll says so.
    """
    clients = await asyncio.to_thread(open_client_pool, timeout, through_proxies=through_proxies)
    if isinstance(clients, str):
        yield dict[str, Gateway].fromkeys(endpoints, _UnavailableGateway(clients))
        return
    async with clients:
        yield {
            kind: HttpGateway(endpoint, clients, url, key, timeout, section=section)
            for kind, endpoint in endpoints.items()
        }
