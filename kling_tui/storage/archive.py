"""The live file with the newest jobs, and the archive files with older ended jobs, one per month.

The split keeps the file that is written all day small.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from kling_tui.jobs import Job
from kling_tui.storage.jobs_file import JobsFile
from kling_tui.storage.toml_format import CorruptFileError, StoreError

MAX_ENDED_IN_LIVE_FILE = 200
"""Ended jobs that stay in the live file, the newest; older ones move once it has twice as many."""
_LIVE = ""
"""The name of the live file among the files; the names of archive files are their months."""
_MONTH = re.compile(r"\d{4}-\d{2}")


class JobFiles:
    """The live file `path` and its archive files; `lock_timeout` is in seconds."""

    def __init__(self, path: Path, lock_timeout: float) -> None:
        self.path = path
        self.archive_folder = path.with_name(f"{path.name}.ended")
        self.error: str | None = None
        """Why an archive file could not be read; the other files are read and written as usual."""
        self._lock_timeout = lock_timeout
        self._files = {_LIVE: JobsFile(path)}

    @property
    def changed_on_disk(self) -> bool:
        """Whether any file differs from what was last read or written."""
        self._discover()
        return any(file.changed_on_disk for file in self._files.values())

    @property
    def missing(self) -> bool:
        """Whether any file that had jobs no longer exists."""
        return any(file.missing for file in self._files.values())

    @property
    def jobs(self) -> dict[str, Job]:
        """All jobs, oldest first.

        A crash can leave a job in the live file and in an archive file; the live file wins.
        """
        return {
            job_id: job for name in self._names() for job_id, job in self._files[name].jobs.items()
        }

    def reload(self, *, archives: bool = True) -> None:
        """Read the files that changed, the live file only without `archives`.

        Raises StoreError if the live file cannot be read; see `error` for the archive files.
        """
        self._read(self._files[_LIVE])
        if archives:
            self._discover()
            self.error = None
            for name in self._names()[:-1]:
                try:
                    self._read(self._files[name])
                except StoreError as error:
                    self.error = str(error)

    def write(self, jobs: Mapping[str, Job]) -> None:
        """Write `jobs` to the files; raises StoreError if one that changes is corrupt, and OSError.

        A job that moves is written to its new file before it is removed from its old one.
        """
        partition = self._partition(jobs)
        for name, jobs_in_file in partition.items():
            file = self._files[name]
            leaving = {
                job_id: jobs[job_id]
                for job_id in file.jobs
                if job_id in jobs and job_id not in jobs_in_file
            }
            if not file.corrupt:
                file.write({**jobs_in_file, **leaving})
        for name, jobs_in_file in partition.items():
            file = self._files[name]
            if not file.corrupt:
                file.write(jobs_in_file)
            elif file.jobs != jobs_in_file:
                raise StoreError(self.error)

    def restore(self) -> list[tuple[Path, Path | None]]:
        """Replace every corrupt or missing file by its backup.

        Returns each of these files with the path that its corrupt version was copied to, None if
        the file was missing. Raises StoreError and OSError.
        """
        self._discover()
        damaged = [file for file in self._files.values() if _needs_restore(file)]
        return [(file.path, file.restore()) for file in damaged]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the files against other processes; OSErrors in the block become StoreErrors."""
        lock = FileLock(f"{self.path}.lock", timeout=self._lock_timeout, mode=0o600)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with lock:
                yield
        except Timeout as error:
            message = f"{self.path}: another kling-tui has held it for {self._lock_timeout:g} s"
            raise StoreError(message) from error
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be saved: {error.strerror or error}") from error

    def _discover(self) -> None:
        """Add the archive files that other processes created."""
        for path in self.archive_folder.glob("*.toml"):
            if _MONTH.fullmatch(path.stem) and path.stem not in self._files:
                self._files[path.stem] = JobsFile(path)

    def _names(self) -> list[str]:
        """Return the names of all files, oldest first; the live file is the last."""
        return sorted(self._files, key=lambda name: (name == _LIVE, name))

    def _read(self, file: JobsFile) -> None:
        try:
            if file.changed_on_disk:
                file.read()
        except CorruptFileError as error:
            if not file.backup.exists():
                raise
            command = f"kling-tui --jobs {shlex.quote(str(self.path))} restore"
            message = f"{error}; to put its last good copy in its place:  {command}"
            raise CorruptFileError(message) from error

    def _partition(self, jobs: Mapping[str, Job]) -> dict[str, dict[str, Job]]:
        """Return for each file, by name, the jobs that belong in it."""
        name_of = {job_id: name for name in self._names() for job_id in self._files[name].jobs}
        partition: dict[str, dict[str, Job]] = {name: {} for name in self._names()}
        for job in jobs.values():
            name = name_of.get(job.id, _LIVE) if job.ended else _LIVE
            partition[name][job.id] = job
        for job in _jobs_to_archive(partition[_LIVE]):
            month = f"{_ended_at(job):%Y-%m}"
            file = self._files.setdefault(month, JobsFile(self.archive_folder / f"{month}.toml"))
            if not file.corrupt:
                partition.setdefault(month, {})[job.id] = partition[_LIVE].pop(job.id)
        return partition


def _jobs_to_archive(live_jobs: Mapping[str, Job]) -> list[Job]:
    """Return the oldest ended jobs if there are too many."""
    ended = sorted((job for job in live_jobs.values() if job.ended), key=_ended_at)
    too_many = len(ended) > 2 * MAX_ENDED_IN_LIVE_FILE
    return ended[:-MAX_ENDED_IN_LIVE_FILE] if too_many else []


def _ended_at(job: Job) -> datetime:
    return job.ended_at or job.checked_at or job.added_at


def _needs_restore(file: JobsFile) -> bool:
    """Whether a file is corrupt, or missing although it has a backup; raises StoreError."""
    try:
        file.read()
    except CorruptFileError:
        return True
    return not file.path.exists() and file.backup.exists()
