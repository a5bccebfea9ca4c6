"""One result from its link to its file: tried again after a cut, and by a fresh link."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kling_tui.downloads import sniff
from kling_tui.downloads.base import DownloadError, DownloadErrorKind, Limits, Meter, Progress
from kling_tui.downloads.partial_file import PartialFile

_LONGEST_WAIT = 60.0
"""Seconds between two attempts, whatever the server asks for."""
_MIN_PROGRESS = 1 << 12
"""Bytes; an attempt that brings fewer new ones counts as one that brought nothing."""

RefreshLink = Callable[[], Awaitable[str | None]]
"""Asks the gateway once more for a result's link; None where it has none. Raises DownloadError."""


class Client(Protocol):
    """Whatever can bring a part nearer to its whole."""

    async def fetch(self, url: str, part: PartialFile) -> None:
        """Fetch what is missing; raises DownloadError, what came until then being in the part."""
        ...


@dataclass(frozen=True, slots=True)
class DownloadRequest:
    """A result, and where it is to go."""

    url: str
    folder: Path
    stem: str
    """The name of the file without its suffix."""
    partial_name: str
    """The name of its part, which no other result has."""


class Download:
    """Fetches one result; what is left of it when that ends early is gone on with another time."""

    def __init__(
        self, request: DownloadRequest, limits: Limits, clock: Callable[[], float]
    ) -> None:
        """`clock` tells seconds, for the rate."""
        self._request = request
        self._limits = limits
        self._meter = Meter(clock)
        self._part: PartialFile | None = None
        self._problem = ""
        self.file: Path | None = None
        """Where it is, once it is whole; also where `run` was cancelled just then."""

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        goal = self._request.folder / f"{self._request.stem}.mp4"
        if (part := self._part) is None:
            return Progress(goal)
        rate = self._meter.rate(part.size)
        return Progress(goal, part.size, part.total, rate, self._problem)

    async def run(self, client: Client, refresh_link: RefreshLink) -> Path:
        """Fetch it and return where it is; raises DownloadError."""
        with PartialFile(self._request.folder, self._request.partial_name) as part:
            self._part = part
            try:
                if not part.complete:
                    await self._fetch(client, refresh_link, part)
                return await self._finish(part)
            except DownloadError as error:
                if error.kind is DownloadErrorKind.INVALID_CONTENT:
                    part.discard()
                raise

    async def _fetch(self, client: Client, fresh: RefreshLink, part: PartialFile) -> None:
        """Make the part whole, in as many attempts as bring something new."""
        url, asked_again = self._request.url, False
        tries, most = 0, part.size
        while True:
            try:
                return await client.fetch(url, part)
            except DownloadError as error:
                if error.kind is DownloadErrorKind.LINK_EXPIRED and not asked_again:
                    url, asked_again = await _fresh_link(fresh, error), True
                    continue
                tries += 1
                if part.size >= most + _MIN_PROGRESS:
                    tries, most = 1, part.size
                if (
                    error.kind is not DownloadErrorKind.TRANSIENT
                    or tries >= self._limits.max_attempts
                ):
                    raise _after(tries, error, asked_again=asked_again) from error
                await self._wait(tries, error)

    async def _wait(self, tries: int, error: DownloadError) -> None:
        seconds = max(self._limits.first_delay * 2.0 ** (tries - 1), error.retry_after or 0.0)
        self._problem = str(error)
        await asyncio.sleep(min(seconds, _LONGEST_WAIT))
        self._problem = ""

    async def _finish(self, part: PartialFile) -> Path:
        suffix = sniff.video_suffix(part.head)
        if part.size < sniff.MIN_SIZE or suffix is None:
            raise DownloadError(
                "what the server sent is no video", DownloadErrorKind.INVALID_CONTENT
            )
        if part.truncated:
            words = "the video ends too early; the server told a wrong length"
            raise DownloadError(words, DownloadErrorKind.INVALID_CONTENT)
        # To write it all to the disk takes longer than a frame, and is not to be left halfway.
        naming = asyncio.create_task(asyncio.to_thread(part.finish, self._request.stem, suffix))
        try:
            await asyncio.shield(naming)
        finally:
            await asyncio.wait([naming])
            if not naming.exception():
                self.file = naming.result()
        return naming.result()


async def _fresh_link(fresh: RefreshLink, error: DownloadError) -> str:
    try:
        url = await fresh()
    except DownloadError as failure:
        words = f"{error}, and the gateway gives no other: {failure}"
        raise DownloadError(words, DownloadErrorKind.TRANSIENT) from failure
    if url is None:
        raise DownloadError(
            f"the result is gone: {error}", DownloadErrorKind.INVALID_CONTENT
        ) from error
    return url


def _after(tries: int, error: DownloadError, *, asked_again: bool) -> DownloadError:
    """Return what a person is told after the last attempt."""
    if error.kind is DownloadErrorKind.LINK_EXPIRED and asked_again:
        words = "the result is gone: the gateway's fresh link does not work either"
        return DownloadError(f"{words}: {error}", DownloadErrorKind.INVALID_CONTENT)
    if error.kind is DownloadErrorKind.TRANSIENT and tries > 1:
        return DownloadError(f"{error}, {tries} times", DownloadErrorKind.TRANSIENT)
    return error
