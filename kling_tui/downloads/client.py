"""Sends the HTTP requests of downloads. Imported only when the first download starts.

Its client never has an API key: a result's host is not the gateway.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from kling_tui.downloads import responses, sniff
from kling_tui.downloads.errors import DownloadError, DownloadErrorKind
from kling_tui.downloads.limits import Limits
from kling_tui.downloads.partial_file import PartialFile
from kling_tui.gateways.hosts import is_loopback
from kling_tui.gateways.transport import ClientPool, describe_transport_error, open_client_pool
from kling_tui.sanitize import sanitize_line

MAX_REDIRECTS = 5
_MIN_CHUNK = 1024
"""Bytes that must arrive within the read timeout; with fewer, the connection is stalled."""


class HttpClient:
    """Downloads to a partial file, with one request per call (and its redirects)."""

    def __init__(self, clients: ClientPool, limits: Limits) -> None:
        self._clients = clients
        self._limits = limits

    async def fetch(self, url: str, partial_file: PartialFile) -> None:
        """Download the rest of a file, or all of it if the server has another version.

        Raises DownloadError; what was received until then is in the partial file.
        """
        headers = _request_headers(url, partial_file)
        try:
            async with (
                self._clients.acquire() as client,
                self._open_response(client, url, headers) as response,
            ):
                await self._receive(response, url, partial_file)
        except (TimeoutError, httpx.TimeoutException) as error:
            message = f"no data received for {self._limits.read_timeout:g} s"
            raise DownloadError(message, DownloadErrorKind.TRANSIENT) from error
        # An address that cannot be connected to is reported as a group of errors.
        except (httpx.HTTPError, httpx.InvalidURL, ExceptionGroup) as error:
            raise DownloadError(
                describe_transport_error(error, "server", "download"), DownloadErrorKind.TRANSIENT
            ) from error

    @asynccontextmanager
    async def _open_response(
        self, client: httpx.AsyncClient, url: str, headers: dict[str, str]
    ) -> AsyncIterator[httpx.Response]:
        """Send the request, and follow redirects to https (or within this machine)."""
        redirected_from: httpx.URL | None = None
        for _ in range(MAX_REDIRECTS + 1):
            target = httpx.URL(url)
            _check_url(target, redirected_from)
            request = client.build_request("GET", target, headers=headers)
            async with asyncio.timeout(self._limits.read_timeout):
                response = await client.send(request, stream=True)
            try:
                if not response.has_redirect_location:
                    yield response
                    return
                redirected_from, url = target, str(target.join(response.headers["location"]))
            finally:
                await response.aclose()
        raise DownloadError("too many redirects")

    async def _receive(self, response: httpx.Response, url: str, partial_file: PartialFile) -> None:
        """Check a response, and write its body to the partial file."""
        if response.status_code not in (200, 206):
            raise await responses.error_for_status(response, partial_file)
        await responses.check_content_type(response)
        if response.status_code == 206 and not responses.is_valid_continuation(
            response, partial_file
        ):
            partial_file.discard()
            raise DownloadError("the server sent a wrong range", DownloadErrorKind.TRANSIENT)
        if response.status_code == 200:
            total = responses.content_length(response)
            partial_file.restart(responses.validator(response, url), total)
        partial_file.check_free_space()
        await self._receive_body(response, partial_file)

    async def _receive_body(self, response: httpx.Response, partial_file: PartialFile) -> None:
        checked, last_size = partial_file.size >= sniff.HEAD_SIZE, partial_file.size
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._limits.read_timeout) as timeout:
            async for chunk in response.aiter_raw():
                partial_file.write(chunk)
                if not checked and partial_file.size >= sniff.HEAD_SIZE:
                    checked = True
                    _check_is_video(partial_file)
                if partial_file.total is None and partial_file.size > self._limits.max_bytes:
                    message = f"the video is larger than {self._limits.max_bytes:,} bytes"
                    raise DownloadError(message, DownloadErrorKind.INVALID_CONTENT)
                if partial_file.size >= last_size + _MIN_CHUNK:
                    last_size = partial_file.size
                    timeout.reschedule(loop.time() + self._limits.read_timeout)
        if partial_file.total is None:
            partial_file.total = partial_file.size
        if not partial_file.complete:
            message = "the connection closed before the end"
            raise DownloadError(message, DownloadErrorKind.TRANSIENT)


def _check_is_video(partial_file: PartialFile) -> None:
    """Raise DownloadError if a file does not begin like a video."""
    if sniff.video_suffix(partial_file.head) is None:
        raise DownloadError("the file is not a video", DownloadErrorKind.INVALID_CONTENT)


def _request_headers(url: str, partial_file: PartialFile) -> dict[str, str]:
    """Return the headers of a request, with a range if the download can be resumed."""
    headers = {"Accept": "video/*, */*;q=0.5"}
    validator = partial_file.validator
    if (
        partial_file.size
        and validator
        and validator.url_without_query == responses.without_query(url)
    ):
        headers |= {"Range": f"bytes={partial_file.size}-", "If-Range": validator.value}
    return headers


def _check_url(url: httpx.URL, redirected_from: httpx.URL | None) -> None:
    """Raise DownloadError unless a URL is https, or http that stays on this machine."""
    local = is_loopback(url.host) and (redirected_from is None or is_loopback(redirected_from.host))
    if not (url.host and (url.scheme == "https" or (url.scheme == "http" and local))):
        target = sanitize_line(f"{url.scheme}://{url.host}", 100)
        raise DownloadError(f"the link leads to {target}; only https is followed")


class _UnavailableClient:
    """Fails every download, because this machine's proxy or certificate settings are invalid."""

    def __init__(self, message: str) -> None:
        self._message = message

    async def fetch(self, url: str, partial_file: PartialFile) -> None:  # noqa: ARG002 - as Client
        raise DownloadError(self._message)


@asynccontextmanager
async def connect(
    limits: Limits, *, through_proxies: bool = True
) -> AsyncIterator[HttpClient | _UnavailableClient]:
    """Open a client, whose connections are closed at the end."""
    clients = await asyncio.to_thread(
        open_client_pool, limits.read_timeout, through_proxies=through_proxies
    )
    if isinstance(clients, str):
        yield _UnavailableClient(clients)
        return
    async with clients:
        yield HttpClient(clients, limits)
