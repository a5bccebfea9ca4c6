"""The live file with the newest jobs, and the archive files with older ended jobs, one per month.

The split keeps the file that is written all day small.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from pathlib import Path

from kling_tui.jobs import Job
from kling_tui.storage.jobs_file import JobsFile
from kling_tui.storage.locks import locked, store_error
from kling_tui.storage.toml_format import StoreError

MAX_ENDED_IN_LIVE_FILE = 200
"""Ended jobs that stay in the live file, the newest; older ones move once it has twice as many."""
_LIVE = ""
"""The name of the live file among the files; the names of archive files are their months."""
_ARCHIVE = re.compile(r"(\d{4}-\d{2})\.toml(\.bak)?")
"""The name of an archive file, or of the backup of one that vanished."""


class JobFiles:
    """The live file `path` and its archive files; `lock_timeout` is in seconds."""

    def __init__(self, path: Path, lock_timeout: float) -> None:
        self.path = path
        self.archive_folder = path.with_name(f"{path.name}.ended")
        self._read_warnings: tuple[str, ...] = ()
        self._write_warnings: tuple[str, ...] = ()
        self._lock_timeout = lock_timeout
        self._restore_command = f"kling-tui --jobs {shlex.quote(str(path))} restore"
        self._files = {_LIVE: JobsFile(path, self._restore_command)}

    @property
    def changed_on_disk(self) -> bool:
        """Whether any file differs from what was last read or written, or could not be read."""
        self._discover()
        return any(file.changed_on_disk for file in self._files.values())

    @property
    def incomplete(self) -> bool:
        """Whether any file lost jobs, because it vanished."""
        return any(file.incomplete for file in self._files.values())

    @property
    def jobs(self) -> dict[str, Job]:
        """All jobs, oldest first.

        A crash can leave a job in the live file and in an archive file; the live file wins.
        """
        return {
            job_id: job for name in self._names() for job_id, job in self._files[name].jobs.items()
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with files, one each; the other files are read and written as usual."""
        return tuple(dict.fromkeys((*self._read_warnings, *self._write_warnings)))

    def reload(self, *, archives: bool = True) -> None:
        """Read the files that changed, the live file only without `archives`.

        Raises StoreError if the live file cannot be read; see `warnings` for the archive files.
        """
        live = self._files[_LIVE]
        if live.changed_on_disk:
            live.read()
        warnings = [live.warning]
        if archives:
            warnings.append(self._discover())
            for name in self._names()[:-1]:
                _read(self._files[name])
                warnings.append(self._files[name].warning)
        self._read_warnings = tuple(filter(None, warnings))

    def read_last(self, number: int) -> dict[str, Job]:
        """Return the last jobs of the live file, at most `number`; none if it is unreadable."""
        return self._files[_LIVE].read_last(number)

    def write(self, jobs: Mapping[str, Job]) -> None:
        """Write `jobs` to the files.

        A job that moves is written to its new file before it is removed from its old one. Into a
        file that cannot be written, no job moves. Raises StoreError if one cannot be written that
        has to change otherwise, and OSError if it is the live file.
        """
        partition = self._partition(jobs)
        failures: dict[str, StoreError] = {}
        for name in self._names():
            file, jobs_in_file = self._files[name], partition[name]
            leaving = {
                job_id: jobs[job_id]
                for job_id in file.jobs
                if job_id in jobs and job_id not in jobs_in_file
            }
            try:
                file.write({**jobs_in_file, **leaving})
            except (OSError, StoreError) as error:
                if name == _LIVE:
                    raise
                failures[name] = store_error(error, file.path)
                partition[name] = {i: job for i, job in jobs_in_file.items() if i in file.jobs}
                staying = partition[_LIVE].keys() | (jobs_in_file.keys() - partition[name].keys())
                partition[_LIVE] = {i: job for i, job in jobs.items() if i in staying}
        for name in self._names():
            if name not in failures:
                self._files[name].write(partition[name])
        self._write_warnings = tuple(map(str, failures.values()))
        for name, failure in failures.items():
            if self._files[name].jobs != partition[name]:
                raise failure

    def restore(self) -> Iterator[tuple[Path, Path | None]]:
        """Replace corrupt files by their backups, and add the jobs that files lost.

        Yields each of these files with the path that its corrupt version was copied to, None if
        there was none. Raises StoreError at the end if any file could not be restored.
        """
        self._discover()
        problems = []
        for name in self._names():
            file = self._files[name]
            try:
                if file.needs_restore:
                    yield file.path, file.restore()
            except (OSError, StoreError) as error:
                problems.append(str(store_error(error, file.path)))
        if problems:
            raise StoreError("\n".join(problems))

    def locked(self) -> AbstractContextManager[None]:
        """Lock the files against other processes; OSErrors in the block become StoreErrors."""
        return locked(self.path, self._lock_timeout)

    def _discover(self) -> str:
        """Add the archive files that other processes created; returns why there may be more."""
        try:
            names = [path.name for path in self.archive_folder.iterdir()]
        except FileNotFoundError:
            return ""
        except OSError as error:
            return f"{self.archive_folder}: cannot be read: {error.strerror}"
        for match in filter(None, map(_ARCHIVE.fullmatch, names)):
            self._archive(match[1])
        return ""

    def _archive(self, month: str) -> JobsFile:
        """Return the archive file of a month."""
        if month not in self._files:
            path = self.archive_folder / f"{month}.toml"
            self._files[month] = JobsFile(path, self._restore_command, beside=self.path)
        return self._files[month]

    def _names(self) -> list[str]:
        """Return the names of all files, oldest first; the live file is the last."""
        return sorted(self._files, key=lambda name: (name == _LIVE, name))

    def _partition(self, jobs: Mapping[str, Job]) -> dict[str, dict[str, Job]]:
        """Return for each file, by name, the jobs that belong in it."""
        name_of = {job_id: name for name in self._names() for job_id in self._files[name].jobs}
        partition: dict[str, dict[str, Job]] = {name: {} for name in self._names()}
        for job in jobs.values():
            name = name_of.get(job.id, _LIVE) if job.ended else _LIVE
            partition[name][job.id] = job
        for job in _jobs_to_archive(partition[_LIVE]):
            month = f"{_ended_at(job):%Y-%m}"
            _read(self._archive(month))
            partition.setdefault(month, {})[job.id] = partition[_LIVE].pop(job.id)
        return partition


def _jobs_to_archive(live_jobs: Mapping[str, Job]) -> list[Job]:
    """Return the oldest ended jobs if there are too many."""
    ended = sorted((job for job in live_jobs.values() if job.ended), key=_ended_at)
    too_many = len(ended) > 2 * MAX_ENDED_IN_LIVE_FILE
    return ended[:-MAX_ENDED_IN_LIVE_FILE] if too_many else []


def _ended_at(job: Job) -> datetime:
    return job.ended_at or job.checked_at or job.added_at


def _read(file: JobsFile) -> None:
    """Read a file if it changed; an error is in its `error`, and then it is not written."""
    if file.changed_on_disk:
        with suppress(StoreError):
            file.read()
