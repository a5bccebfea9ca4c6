"""Sends the HTTP requests of downloads. Imported only when the first download starts.

Its client never has an API key: a result's host is not the gateway.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from kling_tui.downloads import responses, server_errors, sniff
from kling_tui.downloads.body import Body, open_body
from kling_tui.downloads.errors import DownloadError, DownloadErrorKind
from kling_tui.downloads.limits import Limits
from kling_tui.downloads.partial_file import PartialFile
from kling_tui.downloads.responses import Extent
from kling_tui.gateways.hosts import is_loopback
from kling_tui.gateways.transport import HEADERS, describe_transport_error, open_transport
from kling_tui.sanitize import sanitize_line

MAX_REDIRECTS = 5
_MIN_CHUNK = 1024
"""Bytes that must arrive within the read timeout; with fewer, the connection is stalled."""


class HttpClient:
    """Downloads to a partial file, with one request per call (and its redirects).

    Only a server that sends a file in several parts is sent several requests.
    """

    def __init__(self, client: httpx.AsyncClient, limits: Limits) -> None:
        self._client = client
        self._limits = limits

    async def fetch(self, url: str, partial_file: PartialFile) -> None:
        """Download the rest of a file, or all of it if the server has another version.

        Raises DownloadError; what was received until then is in the partial file.
        """
        try:
            while not partial_file.complete:
                await self._fetch_part(url, partial_file)
        except (TimeoutError, httpx.TimeoutException) as error:
            message = f"no data received for {self._limits.read_timeout:g} s"
            raise DownloadError(message, DownloadErrorKind.TRANSIENT) from error
        except httpx.HTTPError as error:
            raise DownloadError(
                describe_transport_error(error, "server", "download"), DownloadErrorKind.TRANSIENT
            ) from error

    async def _fetch_part(self, url: str, partial_file: PartialFile) -> None:
        """Send one request, and write the body of its response to the partial file."""
        headers = _request_headers(url, partial_file)
        async with (
            self._open_response(url, headers) as response,
            asyncio.timeout(self._limits.read_timeout) as timeout,
        ):
            chunks = self._watch(response.aiter_raw(), timeout)
            if response.status_code not in (200, 206):
                raise await _status_error(response, chunks, partial_file)
            extent = _extent(response, partial_file)
            if extent.start == 0:
                body = await open_body(chunks, response.headers)
                extent = await _restart(response, body, extent, url, partial_file)
                chunks = body.chunks
            partial_file.check_free_space()
            await self._write(chunks, extent, partial_file)

    @asynccontextmanager
    async def _open_response(
        self, url: str, headers: dict[str, str]
    ) -> AsyncIterator[httpx.Response]:
        """Send the request, and follow redirects to https (or within this machine)."""
        redirected_from: httpx.URL | None = None
        for _ in range(MAX_REDIRECTS + 1):
            target = _parse_url(url, redirected_from)
            with _url_errors():  # the client also parses the target of a redirect
                request = self._client.build_request("GET", target, headers=headers)
                async with asyncio.timeout(self._limits.read_timeout):
                    response = await self._client.send(request, stream=True)
            try:
                if not response.has_redirect_location:
                    yield response
                    return
                redirected_from, url = target, response.headers["location"]
            finally:
                await response.aclose()
        raise DownloadError("too many redirects")

    async def _watch(
        self, chunks: AsyncIterator[bytes], timeout: asyncio.Timeout
    ) -> AsyncGenerator[bytes]:
        """Yield the chunks, and restart the timeout whenever enough has arrived."""
        loop, received = asyncio.get_running_loop(), 0
        async for chunk in chunks:
            received += len(chunk)
            if received >= _MIN_CHUNK:
                received = 0
                timeout.reschedule(loop.time() + self._limits.read_timeout)
            yield chunk

    async def _write(
        self, chunks: AsyncIterator[bytes], extent: Extent, partial_file: PartialFile
    ) -> None:
        """Write a body to the partial file; raises DownloadError if it has another length."""
        first_size = partial_file.size
        async for chunk in chunks:
            partial_file.write(chunk)
            if partial_file.total is None and partial_file.size > self._limits.max_bytes:
                message = f"the video is larger than {self._limits.max_bytes:,} bytes"
                raise DownloadError(message, DownloadErrorKind.INVALID_CONTENT)
            if partial_file.total is not None and partial_file.size > partial_file.total:
                partial_file.discard()
                message = "the server sent more bytes than it announced"
                raise DownloadError(message, DownloadErrorKind.TRANSIENT)
        if partial_file.total is None:
            partial_file.total = partial_file.size
        is_part = partial_file.validator and partial_file.size == extent.end
        if not partial_file.complete and not (
            is_part and partial_file.size >= first_size + _MIN_CHUNK
        ):
            message = "the connection closed before the end"
            raise DownloadError(message, DownloadErrorKind.TRANSIENT)


async def _status_error(
    response: httpx.Response, chunks: AsyncIterator[bytes], partial_file: PartialFile
) -> DownloadError:
    """Return the error for a status other than 200 and 206."""
    if response.status_code == 416 and "range" in response.request.headers:
        partial_file.discard()
        message = "the file on the server has changed"
        return DownloadError(message, DownloadErrorKind.TRANSIENT)
    return await server_errors.error_for_status(response, chunks)


def _extent(response: httpx.Response, partial_file: PartialFile) -> Extent:
    """Return which bytes of the file a response has.

    Raises DownloadError if they do not fit the partial file, which is then deleted.
    """
    if extent := responses.extent(response, partial_file):
        return extent
    partial_file.discard()
    raise DownloadError("the server sent a wrong range", DownloadErrorKind.TRANSIENT)


async def _restart(
    response: httpx.Response, body: Body, extent: Extent, url: str, partial_file: PartialFile
) -> Extent:
    """Restart the partial file with a body; raises DownloadError if that is not a video."""
    if sniff.video_suffix(body.head) is None:
        raise await server_errors.error_for_content(response, body)
    if body.compressed:
        extent = Extent(0, None, None)
    partial_file.restart(responses.validator(response, url, extent.total), extent.total)
    return extent


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


@contextmanager
def _url_errors() -> Iterator[None]:
    """Turn the errors that httpx raises for a URL, ValueError among them, into a DownloadError."""
    try:
        yield
    except (httpx.InvalidURL, ValueError) as error:
        raise DownloadError(f"the link is not a valid URL: {sanitize_line(str(error))}") from error


def _parse_url(url: str, redirected_from: httpx.URL | None) -> httpx.URL:
    """Return a link or the target of a redirect.

    Raises DownloadError unless it is https, or http that stays on this machine.
    """
    with _url_errors():
        parsed = redirected_from.join(url) if redirected_from else httpx.URL(url)
        host, port = parsed.host, parsed.port  # reading the host decodes it, which can fail
    local = is_loopback(host) and (redirected_from is None or is_loopback(redirected_from.host))
    if not (host and (parsed.scheme == "https" or (parsed.scheme == "http" and local))):
        target = sanitize_line(f"{parsed.scheme}://{host}", 100)
        raise DownloadError(f"the link leads to {target}; only https is followed")
    if port is not None and not 0 < port < 1 << 16:
        raise DownloadError(f"the link is not a valid URL: its port is {port}")
    return parsed


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
    transport = await asyncio.to_thread(open_transport, through_proxies=through_proxies)
    if isinstance(transport, str):
        yield _UnavailableClient(transport)
        return
    async with httpx.AsyncClient(
        transport=transport,
        headers=HEADERS,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=None,  # noqa: S113 - HttpClient has its own
        trust_env=False,
    ) as client:
        yield HttpClient(client, limits)
