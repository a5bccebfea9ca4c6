"""Finds downloaded files that are no longer where they were saved, or there again."""

import asyncio
import stat
from collections.abc import Iterable, Sequence, Set
from pathlib import Path

from kling_tui.jobs import Job, Video
from kling_tui.storage.store import Store


async def check_files(store: Store, new_folders: Set[Path] = frozenset()) -> bool:
    """Mark in the jobs which downloaded files are missing; return whether any job changed.

    No path is lost: where a disk is not mounted there may be an empty folder, in which its files
    look deleted. A missing file that is there again counts as downloaded again. A file whose folder
    does not exist, or is one of `new_folders`, is not marked.
    """
    checked = {
        job.id: job.videos
        for job in store.jobs.values()
        if any(video.file or video.missing_file for video in job.videos)
    }
    if not checked:
        return False
    videos = [video for videos in checked.values() for video in videos]
    deleted, found = await asyncio.to_thread(_changed_files, videos)
    # A download may have made a folder while the thread looked.
    deleted = {file for file in deleted if Path(file).parent not in new_folders}
    changed = False
    for job_id, before in checked.items():
        if job := store.jobs.get(job_id):
            marked = _marked(job, before, deleted, found)
            if marked is not job:
                store.put(marked)
                changed = True
    return changed


def _marked(job: Job, checked: Sequence[Video], deleted: Set[str], found: Set[str]) -> Job:
    """Return a job with the changes of the videos that were checked.

    Another video may have taken the place of one: a download that ended since, even with the same
    path.
    """
    for index, (video, now) in enumerate(zip(checked, job.videos, strict=False)):
        if now is not video:
            continue
        if video.file in deleted:
            job = job.with_file(index, None, missing_file=video.file)
        elif video.missing_file in found:
            job = job.with_file(index, video.missing_file)
    return job


async def absent_files(jobs: Iterable[Job], folder: Path | None = None) -> set[str]:
    """Return the files of jobs that do not exist, or are not in `folder` if that is given."""
    files = _files(jobs)
    return await asyncio.to_thread(_absent_files, files, folder) if files else set()


def _files(jobs: Iterable[Job]) -> set[str]:
    return {video.file for job in jobs for video in job.videos if video.file}


def _changed_files(videos: Iterable[Video]) -> tuple[set[str], set[str]]:
    """Return the files that were deleted, and the missing ones that are there again."""
    deleted = {video.file for video in videos if video.file and _is_deleted(Path(video.file))}
    found = {
        video.missing_file
        for video in videos
        if video.missing_file and stat.S_ISREG(_mode(Path(video.missing_file)) or 0)
    }
    return deleted, found


def _is_deleted(file: Path) -> bool:
    return _is_missing(file) and _mode(file.parent) != 0


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
