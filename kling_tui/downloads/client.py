"""Fetches over HTTP. Nothing imports this before something is really fetched.

The client is one of its own, that knows no key: a result's host is never the gateway.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from kling_tui.downloads import responses, sniff
from kling_tui.downloads.base import DownloadError, DownloadErrorKind, Limits
from kling_tui.downloads.partial_file import PartialFile
from kling_tui.gateways.hosts import is_loopback
from kling_tui.gateways.transport import ClientPool, describe_transport_error, open_clients
from kling_tui.sanitize import sanitize_line

MAX_REDIRECTS = 5
_ALIVE = 1024
"""Bytes that must come before the line is taken to have stalled."""


class HttpClient:
    """Brings parts nearer to their whole, each time by one request."""

    def __init__(self, clients: ClientPool, limits: Limits) -> None:
        self._clients = clients
        self._limits = limits

    async def fetch(self, url: str, part: PartialFile) -> None:
        """Fetch what is missing of a part, or all of it where the server has changed.

        Raises DownloadError; what had come until then is in the part.
        """
        try:
            async with (
                self._clients.acquire() as client,
                self._answer(client, url, _asking(url, part)) as response,
            ):
                await self._take(response, url, part)
        except (TimeoutError, httpx.TimeoutException) as error:
            words = f"nothing came for {self._limits.read_timeout:g} s"
            raise DownloadError(words, DownloadErrorKind.TRANSIENT) from error
        # An address that no connection can have comes as a group of errors.
        except (httpx.HTTPError, httpx.InvalidURL, ExceptionGroup) as error:
            raise DownloadError(
                describe_transport_error(error, "server", "download"), DownloadErrorKind.TRANSIENT
            ) from error

    @asynccontextmanager
    async def _answer(
        self, client: httpx.AsyncClient, url: str, headers: dict[str, str]
    ) -> AsyncIterator[httpx.Response]:
        """Ask, and follow redirects wherever nobody on the way can change what comes."""
        came_from: httpx.URL | None = None
        for _ in range(MAX_REDIRECTS + 1):
            here = httpx.URL(url)
            _check(here, came_from)
            request = client.build_request("GET", here, headers=headers)
            async with asyncio.timeout(self._limits.read_timeout):
                response = await client.send(request, stream=True)
            try:
                if not response.has_redirect_location:
                    yield response
                    return
                came_from, url = here, str(here.join(response.headers["location"]))
            finally:
                await response.aclose()
        raise DownloadError("the link leads in a circle")

    async def _take(self, response: httpx.Response, url: str, part: PartialFile) -> None:
        if response.status_code not in (200, 206):
            raise await responses.error_for_status(response, part)
        await responses.check_type(response)
        if response.status_code == 206 and not responses.is_valid_continuation(response, part):
            part.discard()
            raise DownloadError(
                "the server sent another part than it was asked for", DownloadErrorKind.TRANSIENT
            )
        if response.status_code == 200:
            total = responses.content_length(response)
            part.restart(responses.validator(response, url), total)
        part.check_room()
        await self._write(response, part)

    async def _write(self, response: httpx.Response, part: PartialFile) -> None:
        known, mark = part.size >= sniff.HEAD_SIZE, part.size
        async with asyncio.timeout(self._limits.read_timeout) as patience:
            async for chunk in response.aiter_raw():
                part.write(chunk)
                if not known and part.size >= sniff.HEAD_SIZE:
                    known = True
                    _check_begin(part)
                if part.total is None and part.size > self._limits.max_bytes:
                    raise DownloadError(
                        "the server sends without end", DownloadErrorKind.INVALID_CONTENT
                    )
                if part.size >= mark + _ALIVE:
                    mark = part.size
                    patience.reschedule(
                        asyncio.get_running_loop().time() + self._limits.read_timeout
                    )
        if part.total is None:
            part.total = part.size
        if not part.complete:
            raise DownloadError("the line was cut", DownloadErrorKind.TRANSIENT)


def _check_begin(part: PartialFile) -> None:
    """Raise DownloadError where a file does not begin as a video does."""
    if sniff.video_suffix(part.head) is None:
        raise DownloadError("what the server sent is no video", DownloadErrorKind.INVALID_CONTENT)


def _asking(url: str, part: PartialFile) -> dict[str, str]:
    """Return the headers that ask for what is missing of a part, if it is still the same file."""
    headers = {"Accept": "video/*, */*;q=0.5"}
    if (
        part.size
        and part.validator
        and part.validator.url_without_query == responses.without_query(url)
    ):
        headers |= {"Range": f"bytes={part.size}-", "If-Range": part.validator.value}
    return headers


def _check(url: httpx.URL, came_from: httpx.URL | None) -> None:
    """Raise DownloadError for a link that is neither https nor stays on this machine."""
    stays = is_loopback(url.host) and (came_from is None or is_loopback(came_from.host))
    if not (url.host and (url.scheme == "https" or (url.scheme == "http" and stays))):
        where = sanitize_line(f"{url.scheme}://{url.host}", 100)
        raise DownloadError(f"the link leads to {where}; only https is followed")


class _NoClient:
    """Stands in for a client where this machine's own settings let no request out."""

    def __init__(self, words: str) -> None:
        self._words = words

    async def fetch(self, url: str, part: PartialFile) -> None:  # noqa: ARG002 - as Client has it
        raise DownloadError(self._words)


@asynccontextmanager
async def connect(
    limits: Limits, *, through_proxies: bool = True
) -> AsyncIterator[HttpClient | _NoClient]:
    """Open clients of its own."""
    clients = await asyncio.to_thread(
        open_clients, limits.read_timeout, through_proxies=through_proxies
    )
    if isinstance(clients, str):
        yield _NoClient(clients)
        return
    async with clients:
        yield HttpClient(clients, limits)
