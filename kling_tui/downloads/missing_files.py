"""Finds downloaded files that were deleted since."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from kling_tui.storage.store import Store


async def forget_missing_files(store: Store) -> bool:
    """Remove from all jobs the files that no longer exist; return whether there were any."""
    files = {video.file for job in store.jobs.values() for video in job.videos if video.file}
    missing = await asyncio.to_thread(_missing_files, files) if files else set()
    for job in list(store.jobs.values()):
        for index, video in enumerate(job.videos):
            if video.file in missing:
                job = job.with_file(index, None)
                store.put(job)
    return bool(missing)


def _missing_files(files: Iterable[str]) -> set[str]:
    """Return the files that do not exist although their folder does.

    A missing folder may be a disk that is not mounted.
    """
    return {
        file for file in files if _is_missing(Path(file)) and not _is_missing(Path(file).parent)
    }


def _is_missing(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False  # unknown
    return False
