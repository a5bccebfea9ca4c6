"""The files that the jobs live in, which several processes share.

Jobs that ended long ago are kept apart, in a file for each month, so that what changes all day
stays small.
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
"""Ended jobs that stay among the live ones, the newest; they are moved when it is twice as many."""
_LIVE = ""
"""The shelf of the job file itself; the others are named by their months."""
_MONTH = re.compile(r"\d{4}-\d{2}")


class JobFiles:
    """The job file `path`, and a folder beside it for what ended long ago."""

    def __init__(self, path: Path, lock_timeout: float) -> None:
        """`patience` is how many seconds to wait while another process holds the file."""
        self.path = path
        self.archive_folder = path.with_name(f"{path.name}.ended")
        """Where the jobs are that ended long ago, in a file for each month."""
        self.error: str | None = None
        """What is wrong with a file of ended jobs; all the others are saved all the same."""
        self._lock_timeout = lock_timeout
        self._files = {_LIVE: JobsFile(path)}

    @property
    def changed_on_disk(self) -> bool:
        """Whether any file is another than the one last read or written."""
        self._discover()
        return any(shelf.changed_on_disk for shelf in self._files.values())

    @property
    def missing(self) -> bool:
        """Whether any file is gone that held jobs."""
        return any(shelf.missing for shelf in self._files.values())

    @property
    def jobs(self) -> dict[str, Job]:
        """All jobs, oldest first; one that a crash left in two files is as the job file has it."""
        return {
            job_id: job for name in self._names() for job_id, job in self._files[name].jobs.items()
        }

    def reload(self, *, ended: bool = True) -> None:
        """Read what others wrote; raises StoreError where the job file itself cannot be read.

        Without `ended`, what ended long ago is left aside.
        """
        self._read(self._files[_LIVE])
        if ended:
            self._discover()
            self.error = None
            for name in self._names()[:-1]:
                try:
                    self._read(self._files[name])
                except StoreError as error:
                    self.error = str(error)

    def write(self, held: Mapping[str, Job]) -> None:
        """Have the files hold these jobs; raises StoreError where one is damaged, and OSError."""
        places = self._partition(held)
        # Nothing leaves a file before it has arrived in another.
        for name, jobs in places.items():
            shelf = self._files[name]
            leaving = {each: held[each] for each in shelf.jobs if each in held and each not in jobs}
            if not shelf.corrupt:
                shelf.write({**jobs, **leaving})
        for name, jobs in places.items():
            shelf = self._files[name]
            if not shelf.corrupt:
                shelf.write(jobs)
            elif shelf.jobs != jobs:
                raise StoreError(self.error)

    def restore(self) -> list[tuple[Path, Path | None]]:
        """Put the last good copy in the place of every file that is damaged or gone.

        Returns those files, and where each was put aside as it was; raises StoreError and OSError.
        """
        self._discover()
        damaged = [shelf for shelf in self._files.values() if _needs_copy(shelf)]
        return [(shelf.path, shelf.restore()) for shelf in damaged]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from writing; whatever goes wrong meanwhile is a StoreError."""
        lock = FileLock(f"{self.path}.lock", timeout=self._lock_timeout, mode=0o600)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with lock:
                yield
        except Timeout as error:
            words = f"{self.path}: another kling-tui has held it for {self._lock_timeout:g} s"
            raise StoreError(words) from error
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be saved: {error.strerror or error}") from error

    def _discover(self) -> None:
        """Learn of the files that others made for further months."""
        for file in self.archive_folder.glob("*.toml"):
            if _MONTH.fullmatch(file.stem) and file.stem not in self._files:
                self._files[file.stem] = JobsFile(file)

    def _names(self) -> list[str]:
        return sorted(self._files, key=lambda name: (name == _LIVE, name))

    def _read(self, shelf: JobsFile) -> None:
        try:
            if shelf.changed_on_disk:
                shelf.read()
        except CorruptFileError as error:
            if not shelf.backup.exists():
                raise
            command = f"kling-tui --jobs {shlex.quote(str(self.path))} restore"
            words = f"{error}; to put its last good copy in its place:  {command}"
            raise CorruptFileError(words) from error

    def _partition(self, held: Mapping[str, Job]) -> dict[str, dict[str, Job]]:
        """Return in which file each job is to stand."""
        known = {each: name for name in self._names() for each in self._files[name].jobs}
        places: dict[str, dict[str, Job]] = {name: {} for name in self._names()}
        for job in held.values():
            places[known.get(job.id, _LIVE) if job.ended else _LIVE][job.id] = job
        ended = sorted((job for job in places[_LIVE].values() if job.ended), key=_end_of)
        for job in (
            ended[:-MAX_ENDED_IN_LIVE_FILE] if len(ended) > 2 * MAX_ENDED_IN_LIVE_FILE else ()
        ):
            month = f"{_end_of(job):%Y-%m}"
            shelf = self._files.setdefault(month, JobsFile(self.archive_folder / f"{month}.toml"))
            if not shelf.corrupt:
                places.setdefault(month, {})[job.id] = places[_LIVE].pop(job.id)
        return places


def _end_of(job: Job) -> datetime:
    return job.ended_at or job.checked_at or job.added_at


def _needs_copy(shelf: JobsFile) -> bool:
    """Whether a file is damaged, or gone while there is a copy; raises StoreError."""
    try:
        shelf.read()
    except CorruptFileError:
        return True
    return not shelf.path.exists() and shelf.backup.exists()
