"""One result from its link to its file: tried again after a cut, and by a fresh link."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kling_tui.downloads import sniff
from kling_tui.downloads.base import DownloadError, Fault, Limits, Meter, Progress
from kling_tui.downloads.partial_file import Part

_LONGEST_WAIT = 60.0
"""Seconds between two attempts, whatever the server asks for."""
_NEWS = 1 << 12
"""Bytes; an attempt that brings fewer new ones counts as one that brought nothing."""

Fresh = Callable[[], Awaitable[str | None]]
"""Asks the gateway once more for a result's link; None where it has none. Raises DownloadError."""


class Client(Protocol):
    """Whatever can bring a part nearer to its whole."""

    async def fetch(self, url: str, part: Part) -> None:
        """Fetch what is missing; raises DownloadError, what came until then being in the part."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A result, and where it is to go."""

    url: str
    folder: Path
    stem: str
    """The name of the file without its suffix."""
    aside: str
    """The name of its part, which no other result has."""


class Download:
    """Fetches one result; what is left of it when that ends early is gone on with another time."""

    def __init__(self, wanted: Wanted, limits: Limits, clock: Callable[[], float]) -> None:
        """`clock` tells seconds, for the rate."""
        self._wanted = wanted
        self._limits = limits
        self._meter = Meter(clock)
        self._part: Part | None = None
        self._problem = ""
        self.file: Path | None = None
        """Where it is, once it is whole; also where `run` was cancelled just then."""

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        goal = self._wanted.folder / f"{self._wanted.stem}.mp4"
        if (part := self._part) is None:
            return Progress(goal)
        rate = self._meter.rate(part.size)
        return Progress(goal, part.size, part.total, rate, self._problem)

    async def run(self, client: Client, fresh: Fresh) -> Path:
        """Fetch it and return where it is; raises DownloadError."""
        with Part(self._wanted.folder, self._wanted.aside) as part:
            self._part = part
            try:
                if not part.whole:
                    await self._fetch(client, fresh, part)
                return await self._finish(part)
            except DownloadError as error:
                if error.fault is Fault.WRONG:
                    part.discard()
                raise

    async def _fetch(self, client: Client, fresh: Fresh, part: Part) -> None:
        """Make the part whole, in as many attempts as bring something new."""
        url, asked_again = self._wanted.url, False
        tries, most = 0, part.size
        while True:
            try:
                return await client.fetch(url, part)
            except DownloadError as error:
                if error.fault is Fault.GONE and not asked_again:
                    url, asked_again = await _fresh_link(fresh, error), True
                    continue
                tries += 1
                if part.size >= most + _NEWS:
                    tries, most = 1, part.size
                if error.fault is not Fault.LINE or tries >= self._limits.tries:
                    raise _after(tries, error, asked_again=asked_again) from error
                await self._wait(tries, error)

    async def _wait(self, tries: int, error: DownloadError) -> None:
        seconds = max(self._limits.first_wait * 2.0 ** (tries - 1), error.after or 0.0)
        self._problem = str(error)
        await asyncio.sleep(min(seconds, _LONGEST_WAIT))
        self._problem = ""

    async def _finish(self, part: Part) -> Path:
        suffix = sniff.suffix_of(part.head)
        if part.size < sniff.LEAST or suffix is None:
            raise DownloadError("what the server sent is no video", Fault.WRONG)
        if part.is_cut:
            words = "the video ends too early; the server told a wrong length"
            raise DownloadError(words, Fault.WRONG)
        # To write it all to the disk takes longer than a frame, and is not to be left halfway.
        naming = asyncio.create_task(asyncio.to_thread(part.finish, self._wanted.stem, suffix))
        try:
            await asyncio.shield(naming)
        finally:
            await asyncio.wait([naming])
            if not naming.exception():
                self.file = naming.result()
        return naming.result()


async def _fresh_link(fresh: Fresh, error: DownloadError) -> str:
    try:
        url = await fresh()
    except DownloadError as failure:
        words = f"{error}, and the gateway gives no other: {failure}"
        raise DownloadError(words, Fault.LINE) from failure
    if url is None:
        raise DownloadError(f"the result is gone: {error}", Fault.WRONG) from error
    return url


def _after(tries: int, error: DownloadError, *, asked_again: bool) -> DownloadError:
    """Return what a person is told after the last attempt."""
    if error.fault is Fault.GONE and asked_again:
        words = "the result is gone: the gateway's fresh link does not work either"
        return DownloadError(f"{words}: {error}", Fault.WRONG)
    if error.fault is Fault.LINE and tries > 1:
        return DownloadError(f"{error}, {tries} times", Fault.LINE)
    return error
