"""Copies a video that was downloaded to another folder before, instead of downloading it again."""

import asyncio
import os
import stat
from pathlib import Path
from typing import BinaryIO

from kling_tui.downloads import sniff
from kling_tui.downloads.download import Client
from kling_tui.downloads.partial_file import PartialFile
from kling_tui.storage.threads import run_in_thread_uncancelled

_CHUNK_BYTES = 1 << 20


class LocalCopy:
    """A client that reads an existing file; if that is no whole video, it is downloaded."""

    def __init__(self, file: Path, client: Client) -> None:
        """Download with `client`."""
        self._file: Path | None = file
        self._client = client

    async def fetch(self, url: str, partial_file: PartialFile) -> None:
        """Complete a partial file; raises DownloadError."""
        file, self._file = self._file, None  # another attempt resumes the download
        source = await asyncio.to_thread(_open_file, file) if file else None
        if source and await _copy(source, partial_file):
            partial_file.total = partial_file.size
        else:
            await self._client.fetch(url, partial_file)


def _open_file(path: Path) -> BinaryIO | None:
    """Open a regular file; return None if there is none."""
    try:
        # A pipe must not block.
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except (OSError, ValueError):
        return None
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    return None


async def _copy(source: BinaryIO, partial_file: PartialFile) -> bool:
    """Copy a file, and close it; return whether it was read and is a whole video."""
    partial_file.restart(None, None)
    with source:
        try:
            while chunk := await run_in_thread_uncancelled(lambda: source.read(_CHUNK_BYTES)):
                partial_file.write(chunk)
        except OSError:  # of the source: the partial file raises DownloadError
            return False
    return sniff.video_suffix(partial_file.head) is not None and not await asyncio.to_thread(
        partial_file.is_truncated
    )
