"""Polls endpoints over HTTP.

It loads httpx, so it is imported only when a gateway is to be polled.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any

import httpx
from msgspec.structs import replace

from kling_tui.gateways import Endpoints
from kling_tui.gateways.base import Endpoint, ErrorKind, Gateway, GatewayError
from kling_tui.gateways.body import read_body
from kling_tui.gateways.errors import error_from_response, key_setting, retry_after
from kling_tui.gateways.redaction import Redactor
from kling_tui.gateways.reply import Reply, decode_reply, kept_headers
from kling_tui.gateways.routing import PollRequest, PollRouter
from kling_tui.gateways.transport import HEADERS, describe_transport_error, open_transport
from kling_tui.jobs import Exchange, Report, Status
from kling_tui.sanitize import sanitize_line

KEY_HEADER = "Ocp-Apim-Subscription-Key"
_ERROR_STATUSES_ABOUT_JOBS = {400, 422, 500}
"""HTTP error statuses with which replies about jobs were seen."""
_MAX_SHOWN_ID = 80
_MAX_SHOWN_PATH = 300


class HttpGateway:
    """Polls one endpoint over HTTP.

    A poll runs through `poll` (redirects), `_poll_once` (parses the reply), `_exchange` (timeout
    and transport errors) and `_send` (request and response).
    """

    def __init__(
        self,
        endpoint: Endpoint,
        transport: httpx.AsyncBaseTransport,
        url: str,
        key: str,
        timeout: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        section: str = "gateway",
        key_source: str = "",
    ) -> None:
        """`url` is the gateway's, `timeout` in seconds bounds a whole poll.

        `section` is the section of the config that sets the gateway, and `key_source` is where its
        key is set; error messages name them.
        """
        self._endpoint = endpoint
        self._transport = transport
        self._router = PollRouter(endpoint, url)
        self._timeout = timeout
        # The key is in no local variable during a poll: a crash report would show it.
        self._key = key
        self._redactor = Redactor(key)
        self._now = now
        self._section = section
        self._key_source = key_source

    @cached_property
    def _headers(self) -> dict[str, httpx.Headers]:
        """The headers by method; raises UnicodeError for a key that no header can have."""
        headers = httpx.Headers(HEADERS)
        headers.update({"Accept": "application/json", "Cache-Control": "no-cache"})
        if self._key:
            headers[KEY_HEADER] = self._key
        with_body = headers.copy()
        with_body["Content-Type"] = "application/json"
        return {"GET": headers, "POST": with_body}

    @property
    def usable(self) -> bool:
        """Whether it has the API key if the endpoint needs one."""
        return bool(self._key) or not self._endpoint.needs_key

    async def poll(self, job_id: str) -> Report:
        """Request a job's status; raises GatewayError."""
        if not self.usable:
            raise self._missing_key_error(None)
        try:
            report, polling_url = await self._poll_once(self._router.request(job_id))
        except GatewayError as error:
            passing = error.kind in (ErrorKind.UNREACHABLE, ErrorKind.RATE_LIMITED)
            if passing or not self._router.fall_back(job_id):
                raise
            return await self.poll(job_id)
        if report.status.ended:
            self._router.clear(job_id)
        else:
            self._router.redirect(job_id, polling_url)
        videos = (
            replace(video, url=self._router.resolve_link(video.url)) for video in report.videos
        )
        return replace(report, videos=tuple(videos))

    def forget(self, job_id: str) -> None:
        """Drop a job's ``polling_url``."""
        self._router.clear(job_id)

    async def _poll_once(self, request: PollRequest) -> tuple[Report, object]:
        """Return the report in the reply to a request, and the reply's ``polling_url``."""
        started_at = asyncio.get_running_loop().time()
        response, raw_body = await self._exchange(request)
        seconds = asyncio.get_running_loop().time() - started_at
        reply = decode_reply(response.status_code, response.headers, raw_body, self._redactor)
        try:
            report, body = self._read_reply(request, reply, seconds)
        except GatewayError as error:
            if self._key or error.kind not in (ErrorKind.UNAUTHORIZED, ErrorKind.NO_ACCESS):
                raise
            raise self._missing_key_error(reply.error_message) from error
        if (other := request.other_job(body)) is not None:
            # The reply comes from a cache, or is a surplus one on a kept connection. More may
            # follow there.
            if connection := response.extensions.get("network_stream"):
                await connection.aclose()
            message = f"the reply is about another job: {sanitize_line(other, _MAX_SHOWN_ID)}"
            raise GatewayError(ErrorKind.SERVER_ERROR, message)
        return report, body.get("polling_url")

    def _read_reply(
        self, request: PollRequest, reply: Reply, seconds: float
    ) -> tuple[Report, Mapping[str, Any]]:
        """Return the report in a reply that took some seconds, and the reply's JSON object."""
        if isinstance(reply.json_value, dict):
            try:
                report = request.parse(reply.json_value, reply.status)
            except GatewayError as error:
                wait = retry_after(reply.headers, reply.error_message, self._now())
                raise GatewayError(error.kind, self._with_key_source(error), wait) from error
            if report is not None and _is_about_job(report, reply.status):
                exchange = self._kept_exchange(request, reply, seconds)
                report = replace(report, reply=reply.formatted(), exchange=exchange)
                return report, reply.json_value
        raise error_from_response(
            reply.status,
            reply.headers,
            reply.error_message,
            self._now(),
            self._section,
            self._key_source,
        )

    def _kept_exchange(self, request: PollRequest, reply: Reply, seconds: float) -> Exchange:
        """Return what is kept of an exchange with the job: nothing of the request's headers."""
        path = self._redactor.redact(_parse_url(request.url).path)
        return Exchange(
            method=request.method,
            path=sanitize_line(path, _MAX_SHOWN_PATH),
            status=reply.status,
            at=self._now(),
            seconds=round(seconds, 3),
            headers=kept_headers(reply.headers, self._redactor),
        )

    def _with_key_source(self, error: GatewayError) -> str:
        """Return the message of an error in a body; if the key is rejected, with its source."""
        if error.kind not in (ErrorKind.UNAUTHORIZED, ErrorKind.NO_ACCESS):
            return error.message
        return f"{error.message}; check {self._key_source or key_setting(self._section)}"

    def _missing_key_error(self, detail: str | None) -> GatewayError:
        message = f"{self._endpoint.title} needs an API key; set {key_setting(self._section)}"
        return GatewayError(ErrorKind.NO_KEY, f"{message}: {detail}" if detail else message)

    async def _exchange(self, request: PollRequest) -> tuple[httpx.Response, bytes]:
        """Send a request, and return its closed response and the body within the timeout."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._send(request)
        except (TimeoutError, httpx.TimeoutException) as error:
            message = f"no answer within {self._timeout:g} s"
            raise GatewayError(ErrorKind.UNREACHABLE, message) from error
        # A name that is not valid raises an error of the library for international names.
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            message = describe_transport_error(error, "gateway", "poll")
            raise GatewayError(ErrorKind.UNREACHABLE, self._redactor.redact(message)) from error

    async def _send(self, request: PollRequest) -> tuple[httpx.Response, bytes]:
        """Send a request without a client: a poll needs no cookies, redirects or credentials."""
        http_request = httpx.Request(
            request.method,
            _parse_url(request.url),
            content=request.content,
            headers=self._headers[request.method],
        )
        response = await self._transport.handle_async_request(http_request)
        async with aclosing(response):
            return response, await read_body(response)


@lru_cache(maxsize=2048)
def _parse_url(url: str) -> httpx.URL:
    """Return a URL as httpx takes it; without the cache it would be parsed at every poll."""
    return httpx.URL(url)


def _is_about_job(report: Report, http_status: int) -> bool:
    """Return whether a report is a job's, not an error body that has a ``status`` field too."""
    if http_status < 300:
        return True
    return http_status in _ERROR_STATUSES_ABOUT_JOBS and report.status is not Status.UNKNOWN


class _UnavailableGateway:
    """A gateway whose polls all fail, because of this machine's proxy or certificate settings."""

    usable = False

    def __init__(self, message: str) -> None:
        self._message = message

    async def poll(self, job_id: str) -> Report:  # noqa: ARG002 - as Gateway has it
        raise GatewayError(ErrorKind.UNREACHABLE, self._message)

    def forget(self, job_id: str) -> None:
        """Do nothing: no job is remembered."""


@asynccontextmanager
async def connect(
    endpoints: Endpoints,
    url: str,
    key: str,
    timeout: float,
    *,
    section: str = "gateway",
    key_source: str = "",
    through_proxies: bool = True,
) -> AsyncIterator[dict[str, Gateway]]:
    """Yield a gateway for each endpoint, by kind; all share one transport.

    `url`, `timeout`, `section` and `key_source` are as in HttpGateway. `through_proxies` is whether
    the environment's proxy and certificate settings count; if they are not valid, every poll fails
    with a message that names them.
    """
    transport = await asyncio.to_thread(open_transport, through_proxies=through_proxies)
    if isinstance(transport, str):
        yield dict[str, Gateway].fromkeys(endpoints, _UnavailableGateway(transport))
        return
    async with transport:
        yield {
            kind: HttpGateway(
                endpoint, transport, url, key, timeout, section=section, key_source=key_source
            )
            for kind, endpoint in endpoints.items()
        }
