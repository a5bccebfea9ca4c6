"""Downloads one video: retries, resumes, and refreshes an expired link."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from kling_tui.downloads import sniff
from kling_tui.downloads.errors import DownloadError, DownloadErrorKind
from kling_tui.downloads.limits import Limits
from kling_tui.downloads.partial_file import PartialFile
from kling_tui.downloads.progress import Meter, Progress
from kling_tui.storage.threads import run_in_thread_uncancelled

_MAX_DELAY = 60.0
"""Seconds between two attempts, whatever the server asks for."""
_MIN_PROGRESS = 1 << 12
"""Bytes; an attempt that receives fewer new ones counts as one without progress."""

RefreshLink = Callable[[], Awaitable[str | None]]
"""Asks the gateway for a new link; returns None if it has none. Raises DownloadError."""


class Client(Protocol):
    """Downloads to a partial file; `HttpClient` outside of tests."""

    async def fetch(self, url: str, partial_file: PartialFile) -> None:
        """Download the rest of a file.

        Raises DownloadError; what was received until then is in the partial file.
        """
        ...


class DownloadRequest(Struct, frozen=True):
    """A video and its target."""

    url: str
    folder: Path
    stem: str
    """The name of the file without its suffix."""
    partial_name: str
    """The name of the partial file, unique to the video."""


class Download:
    """Downloads one video; if it ends early, another run resumes it."""

    def __init__(
        self, request: DownloadRequest, limits: Limits, clock: Callable[[], float]
    ) -> None:
        """`clock` returns seconds, for the rate."""
        self._request = request
        self._limits = limits
        self._meter = Meter(clock)
        self._partial_file: PartialFile | None = None
        self._problem = ""
        self.file: Path | None = None
        """The complete file; set even if `run` was cancelled while it was being named."""

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        target = self._request.folder / f"{self._request.stem}.mp4"
        if (partial_file := self._partial_file) is None:
            return Progress(target)
        rate = self._meter.rate(partial_file.size)
        return Progress(target, partial_file.size, partial_file.total, rate, self._problem)

    async def run(self, client: Client, refresh_link: RefreshLink) -> Path:
        """Download the video and return its path; raises DownloadError."""
        with PartialFile(self._request.folder, self._request.partial_name) as partial_file:
            self._partial_file = partial_file
            try:
                if not partial_file.complete:
                    await self._fetch(client, refresh_link, partial_file)
                return await self._finish(partial_file)
            except DownloadError as error:
                if error.kind is DownloadErrorKind.INVALID_CONTENT:
                    partial_file.discard()
                raise

    async def _fetch(
        self, client: Client, refresh_link: RefreshLink, partial_file: PartialFile
    ) -> None:
        """Complete the partial file, in as many attempts as make progress."""
        url, refreshed = self._request.url, False
        attempts, last_size = 0, partial_file.size
        while True:
            try:
                return await client.fetch(url, partial_file)
            except DownloadError as error:
                if partial_file.size >= last_size + _MIN_PROGRESS:
                    attempts, last_size, refreshed = 0, partial_file.size, False
                if error.kind is DownloadErrorKind.LINK_EXPIRED and not refreshed:
                    url, refreshed = await _new_link(refresh_link, error), True
                    continue
                attempts += 1
                transient = error.kind is DownloadErrorKind.TRANSIENT
                if not transient or attempts >= self._limits.max_attempts:
                    raise _final_error(error, attempts, refreshed=refreshed) from error
                await self._wait_to_retry(attempts, error)

    async def _wait_to_retry(self, attempts: int, error: DownloadError) -> None:
        backoff = self._limits.first_delay * 2.0 ** (attempts - 1)
        self._problem = str(error)
        await asyncio.sleep(min(max(backoff, error.retry_after or 0.0), _MAX_DELAY))
        self._problem = ""

    async def _finish(self, partial_file: PartialFile) -> Path:
        """Check the complete file, and give it its name."""

        def finish() -> Path:
            self.file = partial_file.finish(self._request.stem, _checked_suffix(partial_file))
            return self.file

        # Checking and syncing take longer than a frame. The file must stay open until the thread
        # has ended.
        return await run_in_thread_uncancelled(finish)


def _checked_suffix(partial_file: PartialFile) -> str:
    """Return the suffix of a complete file; raises DownloadError if it is not a whole video."""
    suffix = sniff.video_suffix(partial_file.head)
    if partial_file.size < sniff.MIN_SIZE or suffix is None:
        raise DownloadError("the file is not a video", DownloadErrorKind.INVALID_CONTENT)
    if partial_file.is_truncated():
        message = "the video is incomplete; the server sent a wrong length"
        raise DownloadError(message, DownloadErrorKind.INVALID_CONTENT)
    return suffix


async def _new_link(refresh_link: RefreshLink, error: DownloadError) -> str:
    """Return a new link in place of one that failed with `error`."""
    try:
        url = await refresh_link()
    except DownloadError as refresh_error:
        message = f"{error}, and the gateway gave no new one: {refresh_error}"
        raise DownloadError(message, DownloadErrorKind.TRANSIENT) from refresh_error
    if url is None:
        raise DownloadError(
            f"the result is gone: {error}", DownloadErrorKind.INVALID_CONTENT
        ) from error
    return url


def _final_error(error: DownloadError, attempts: int, *, refreshed: bool) -> DownloadError:
    """Return the error to report after the last attempt."""
    if error.kind is DownloadErrorKind.LINK_EXPIRED and refreshed:
        message = f"the result is gone: the gateway's new link does not work either: {error}"
        return DownloadError(message, DownloadErrorKind.INVALID_CONTENT)
    if error.kind is DownloadErrorKind.TRANSIENT and attempts > 1:
        return DownloadError(f"{error} ({attempts} attempts)", DownloadErrorKind.TRANSIENT)
    return error
