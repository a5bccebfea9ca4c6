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
from kling_tui.storage.jobs_file import Shelf
from kling_tui.storage.toml_format import DamageError, StoreError

ENDED_KEPT = 200
"""Ended jobs that stay among the live ones, the newest; they are moved when it is twice as many."""
_LIVE = ""
"""The shelf of the job file itself; the others are named by their months."""
_MONTH = re.compile(r"\d{4}-\d{2}")


class Shelves:
    """The job file `path`, and a folder beside it for what ended long ago."""

    def __init__(self, path: Path, patience: float) -> None:
        """`patience` is how many seconds to wait while another process holds the file."""
        self.path = path
        self.ended_folder = path.with_name(f"{path.name}.ended")
        """Where the jobs are that ended long ago, in a file for each month."""
        self.trouble: str | None = None
        """What is wrong with a file of ended jobs; all the others are saved all the same."""
        self._patience = patience
        self._shelves = {_LIVE: Shelf(path)}

    @property
    def moved(self) -> bool:
        """Whether any file is another than the one last read or written."""
        self._find()
        return any(shelf.moved for shelf in self._shelves.values())

    @property
    def vanished(self) -> bool:
        """Whether any file is gone that held jobs."""
        return any(shelf.vanished for shelf in self._shelves.values())

    @property
    def jobs(self) -> dict[str, Job]:
        """All jobs, oldest first; one that a crash left in two files is as the job file has it."""
        return {
            job_id: job
            for name in self._names()
            for job_id, job in self._shelves[name].jobs.items()
        }

    def look(self, *, ended: bool = True) -> None:
        """Read what others wrote; raises StoreError where the job file itself cannot be read.

        Without `ended`, what ended long ago is left aside.
        """
        self._read(self._shelves[_LIVE])
        if ended:
            self._find()
            self.trouble = None
            for name in self._names()[:-1]:
                try:
                    self._read(self._shelves[name])
                except StoreError as error:
                    self.trouble = str(error)

    def write(self, held: Mapping[str, Job]) -> None:
        """Have the files hold these jobs; raises StoreError where one is damaged, and OSError."""
        places = self._places(held)
        # Nothing leaves a file before it has arrived in another.
        for name, jobs in places.items():
            shelf = self._shelves[name]
            leaving = {each: held[each] for each in shelf.jobs if each in held and each not in jobs}
            if not shelf.damaged:
                shelf.write({**jobs, **leaving})
        for name, jobs in places.items():
            shelf = self._shelves[name]
            if not shelf.damaged:
                shelf.write(jobs)
            elif shelf.jobs != jobs:
                raise StoreError(self.trouble)

    def restore(self) -> list[tuple[Path, Path | None]]:
        """Put the last good copy in the place of every file that is damaged or gone.

        Returns those files, and where each was put aside as it was; raises StoreError and OSError.
        """
        self._find()
        damaged = [shelf for shelf in self._shelves.values() if _needs_copy(shelf)]
        return [(shelf.path, shelf.restore()) for shelf in damaged]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from writing; whatever goes wrong meanwhile is a StoreError."""
        lock = FileLock(f"{self.path}.lock", timeout=self._patience, mode=0o600)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with lock:
                yield
        except Timeout as error:
            words = f"{self.path}: another kling-tui has held it for {self._patience:g} s"
            raise StoreError(words) from error
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be saved: {error.strerror or error}") from error

    def _find(self) -> None:
        """Learn of the files that others made for further months."""
        for file in self.ended_folder.glob("*.toml"):
            if _MONTH.fullmatch(file.stem) and file.stem not in self._shelves:
                self._shelves[file.stem] = Shelf(file)

    def _names(self) -> list[str]:
        return sorted(self._shelves, key=lambda name: (name == _LIVE, name))

    def _read(self, shelf: Shelf) -> None:
        try:
            if shelf.moved:
                shelf.read()
        except DamageError as error:
            if not shelf.copy.exists():
                raise
            command = f"kling-tui --jobs {shlex.quote(str(self.path))} restore"
            words = f"{error}; to put its last good copy in its place:  {command}"
            raise DamageError(words) from error

    def _places(self, held: Mapping[str, Job]) -> dict[str, dict[str, Job]]:
        """Return in which file each job is to stand."""
        known = {each: name for name in self._names() for each in self._shelves[name].jobs}
        places: dict[str, dict[str, Job]] = {name: {} for name in self._names()}
        for job in held.values():
            places[known.get(job.id, _LIVE) if job.ended else _LIVE][job.id] = job
        ended = sorted((job for job in places[_LIVE].values() if job.ended), key=_end_of)
        for job in ended[:-ENDED_KEPT] if len(ended) > 2 * ENDED_KEPT else ():
            month = f"{_end_of(job):%Y-%m}"
            shelf = self._shelves.setdefault(month, Shelf(self.ended_folder / f"{month}.toml"))
            if not shelf.damaged:
                places.setdefault(month, {})[job.id] = places[_LIVE].pop(job.id)
        return places


def _end_of(job: Job) -> datetime:
    return job.ended_at or job.checked_at or job.added_at


def _needs_copy(shelf: Shelf) -> bool:
    """Whether a file is damaged, or gone while there is a copy; raises StoreError."""
    try:
        shelf.read()
    except DamageError:
        return True
    return not shelf.path.exists() and shelf.copy.exists()
