"""Finds downloaded files that are no longer where they were saved."""

import asyncio
import stat
from collections.abc import Iterable
from pathlib import Path

from kling_tui.jobs import Job
from kling_tui.storage.store import Store


async def forget_missing_files(store: Store) -> bool:
    """Remove from all jobs the files that no longer exist; return whether there were any.

    A file whose folder is missing too is kept: its disk may not be mounted.
    """
    files = _files(store.jobs.values())
    missing = await asyncio.to_thread(_deleted_files, files) if files else set()
    for job in list(store.jobs.values()):
        for index, video in enumerate(job.videos):
            if video.file in missing:
                job = job.with_file(index, None)
                store.put(job)
    return bool(missing)


async def absent_files(jobs: Iterable[Job], folder: Path | None = None) -> set[str]:
    """Return the files of jobs that do not exist, or are not in `folder` if that is given."""
    files = _files(jobs)
    return await asyncio.to_thread(_absent_files, files, folder) if files else set()


def _files(jobs: Iterable[Job]) -> set[str]:
    return {video.file for job in jobs for video in job.videos if video.file}


def _deleted_files(files: Iterable[str]) -> set[str]:
    return {file for file in files if _is_missing(Path(file)) and _mode(Path(file).parent) != 0}


def _absent_files(files: Iterable[str], folder: Path | None) -> set[str]:
    return {
        file
        for file in files
        if _is_missing(Path(file)) or (folder and not _is_same(Path(file).parent, folder))
    }


def _is_missing(file: Path) -> bool:
    """Return whether there is no regular file at a path; False if that is unknown."""
    mode = _mode(file)
    return mode is not None and not stat.S_ISREG(mode)


def _mode(path: Path) -> int | None:
    """Return the mode of a file or folder, 0 if it does not exist, and None if that is unknown."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except (OSError, ValueError):
        return None


def _is_same(one: Path, other: Path) -> bool:
    """Return whether two paths lead to the same folder."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False
