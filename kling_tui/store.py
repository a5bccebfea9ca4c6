"""The tracked jobs, and the file that they live in, which several processes share.

Each process keeps what the file held when it last looked, and what it has changed since. To save
is to apply those changes, under a lock, to what the file holds by then.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from kling_tui import jobfile
from kling_tui.jobfile import StoreError
from kling_tui.jobs import Job

__all__ = ["Store", "StoreError"]

_NEVER = datetime.min.replace(tzinfo=UTC)
_BY_PERSONS = ("kind", "added_at", "price", "label")
"""What no poll changes, but a person may, also in the file."""
_Stamp = tuple[int, int, int] | None


class Store:
    """All tracked jobs by id, oldest first, kept in the TOML file `path`."""

    def __init__(self, path: Path, patience: float = 10.0) -> None:
        """`patience` is how many seconds to wait while another process holds the file."""
        # A link to the file stays a link: it is its target that gets replaced.
        self.path = Path(os.path.realpath(path))
        self.jobs: dict[str, Job] = {}
        """The one truth; always this same mapping."""
        self._patience = patience
        self._held: dict[str, Job] = {}
        self._stamp: _Stamp = None
        # In the order in which it happened, which is the order in which new jobs are written.
        self._changed: dict[str, None] = {}
        self._turn = asyncio.Lock()

    @property
    def saved(self) -> bool:
        """Whether the file knows all that this process does."""
        return not self._changed

    def load(self) -> None:
        """Read the file, which need not exist; raises StoreError."""
        self._adopt(*self._read(), {})

    def put(self, *jobs: Job) -> None:
        """Track new jobs, or replace jobs by what is known of them now."""
        for job in jobs:
            self.jobs[job.id] = job
            self._changed[job.id] = None

    def remove(self, *ids: str) -> list[Job]:
        """Stop tracking jobs; returns those that were tracked."""
        removed = [self.jobs.pop(job_id) for job_id in ids if job_id in self.jobs]
        self._changed.update(dict.fromkeys(job.id for job in removed))
        return removed

    def save(self) -> None:
        """Write what changed; raises StoreError, and then everything is still to be saved."""
        changes = self._changes()
        self._adopt(*self._commit(changes), changes)

    async def sync(self, *, save: bool = True) -> bool:
        """Save what changed, and take over what others changed, off the event loop.

        Without `save`, what changed here is saved only along with what others changed. Returns
        whether others changed any job; raises StoreError, and then everything is still to be saved.
        """
        async with self._turn:
            changes = self._changes()
            if not (changes and save) and await asyncio.to_thread(_stamp, self.path) == self._stamp:
                return False
            held, stamp = await asyncio.to_thread(
                self._commit if changes else self._reread, changes
            )
            return self._adopt(held, stamp, changes)

    def _changes(self) -> dict[str, Job | None]:
        """Return what this process changed since it last saved: a job, or None for its removal."""
        return {job_id: self.jobs.get(job_id) for job_id in self._changed}

    def _adopt(
        self, held: dict[str, Job], stamp: _Stamp, changes: Mapping[str, Job | None]
    ) -> bool:
        """Take over what the file holds after `changes`; returns whether others changed it too."""
        later = {
            job_id: self.jobs.get(job_id)
            for job_id in self._changed
            if job_id not in changes or self.jobs.get(job_id) is not changes[job_id]
        }
        base = {**self._held, **changes}
        jobs = _merged(base, later, held)
        news = jobs != self.jobs
        if news:
            self.jobs.clear()
            self.jobs.update(jobs)
        self._held, self._stamp, self._changed = held, stamp, dict.fromkeys(later)
        return news

    def _reread(self, _: Mapping[str, Job | None]) -> tuple[dict[str, Job], _Stamp]:
        if _stamp(self.path) is None and self._held:
            # A file that vanished is no order to forget the jobs.
            return self._commit({})
        return self._read()

    def _read(self) -> tuple[dict[str, Job], _Stamp]:
        try:
            with self.path.open("rb") as file:
                stamp, raw = _stamp_of(os.fstat(file.fileno())), file.read()
        except FileNotFoundError:
            return {}, None
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be read: {error.strerror}") from error
        try:
            # Some editors begin a file with a byte order mark, which TOML does not know.
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            words = f"{self.path}: not UTF-8 (at line {line}); nothing was changed"
            raise StoreError(words) from error
        return jobfile.load(text, str(self.path)), stamp

    def _commit(self, changes: Mapping[str, Job | None]) -> tuple[dict[str, Job], _Stamp]:
        """Apply `changes` to what the file holds now, and return what it holds then."""
        lock = FileLock(f"{self.path}.lock", timeout=self._patience, mode=0o600)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with lock:
                theirs, stamp = self._read()
                if stamp is None:
                    theirs = dict(self._held)
                held = _merged(self._held, changes, theirs)
                if held != theirs or stamp is None:
                    stamp = _replace(self.path, jobfile.dump(held.values()))
                return held, stamp
        except Timeout as error:
            words = f"{self.path}: another kling-tui has held it for {self._patience:g} s"
            raise StoreError(words) from error
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be saved: {error.strerror or error}") from error


def _merged(
    base: Mapping[str, Job | None], changes: Mapping[str, Job | None], theirs: Mapping[str, Job]
) -> dict[str, Job]:
    """Return `theirs` after `changes` that were made on the ground of `base`."""
    merged = dict(theirs)
    for job_id, mine in changes.items():
        job = _merged_job(base.get(job_id), mine, theirs.get(job_id))
        if job is None:
            merged.pop(job_id, None)
        else:
            merged[job_id] = job
    return merged


def _merged_job(base: Job | None, mine: Job | None, theirs: Job | None) -> Job | None:
    """Return a job as two processes left it: a removal wins, then an end, then what is newer."""
    if theirs == base:
        return mine
    if mine == base:
        return theirs
    if mine is None or theirs is None:
        return None
    newest = max(mine, theirs, key=lambda job: (job.ended, job.checked_at or _NEVER))
    for name in _BY_PERSONS:
        untouched = base is None or getattr(mine, name) == getattr(base, name)
        newest = replace(newest, **{name: getattr(theirs if untouched else mine, name)})
    return newest


def _stamp(path: Path) -> _Stamp:
    """Return what tells one state of the file from another; None for no file."""
    try:
        return _stamp_of(path.stat())
    except OSError:
        return None


def _stamp_of(stat: os.stat_result) -> _Stamp:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _replace(path: Path, text: str) -> _Stamp:
    """Write a file so that it holds, even after a power cut, either the old text or the new.

    The caller holds the lock, so nobody else writes aside.
    """
    aside = path.with_name(f".{path.name}.new")
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(handle, mode)  # whatever the umask is, or the mode of what a crash left
        file.write(text)
        file.flush()
        os.fsync(handle)
        stamp = _stamp_of(os.fstat(handle))
    aside.replace(path)
    _sync_folder(path.parent)
    return stamp


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
