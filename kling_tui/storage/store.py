"""The tracked jobs in memory, which several processes share through files.

Each process keeps the base, which is the content of the files when it last read or wrote them, and
its own changes since. To save, it takes a lock, merges base, changes and files, and writes the
result.
"""

import asyncio
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from kling_tui.jobs import Job
from kling_tui.storage.archive import JobFiles
from kling_tui.storage.merge import Changes, three_way_merge
from kling_tui.storage.threads import run_in_thread_uncancelled
from kling_tui.storage.toml_format import StoreError

__all__ = ["Store", "StoreError"]


class Store:
    """All tracked jobs, kept in the TOML file `path` and a folder beside it."""

    def __init__(self, path: Path, lock_timeout: float = 10.0) -> None:
        """`lock_timeout` is how many seconds to wait for other processes that hold the lock."""
        # A write replaces the file; resolved, it replaces the target of a link and not the link.
        self.path = Path(os.path.realpath(path))
        # The pipe of a shell's <(command) has no resolved path; it is refused when it is read.
        # Unlike `Path.exists`, `os.path.exists` raises no error for a folder without permission.
        if os.path.exists(path) and not os.path.exists(self.path):  # noqa: PTH110
            self.path = path
        self.jobs: dict[str, Job] = {}
        """By id, oldest first; always the same dictionary."""
        self.loaded = False
        """Whether the files have been read."""
        self._files = JobFiles(self.path, lock_timeout)
        self._base: dict[str, Job] = {}
        self._dirty: dict[str, None] = {}
        """The ids of changed jobs in the order of the changes, in which new jobs are written."""
        self._lost_by_removal: dict[str, tuple[Job | None, Job]] = {}
        """Jobs that another process saved a moment before this one saved their removal: the base
        of the merge, and what the other process saved."""
        self._sync_lock = asyncio.Lock()

    @property
    def size(self) -> int:
        """The size of the live file in bytes; 0 if there is none."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why jobs may be missing, one text for each file; the other files are saved as usual."""
        return self._files.warnings

    @property
    def dirty(self) -> bool:
        """Whether this process has unsaved changes."""
        return bool(self._dirty)

    def load(self, *, archives: bool = True) -> None:
        """Read the files, which need not exist; raises StoreError if the live one is unreadable.

        Without `archives`, only the live file is read, and the first `sync` reads the others.
        """
        self._files.reload(archives=archives)
        self._rebase(self._files.jobs, {})

    def preview(self, number: int) -> None:
        """Read the last jobs of the live file, at most `number`, to show them before `load`."""
        self._base = self._files.read_last(number)
        self.jobs.update(self._base)

    def put(self, *jobs: Job) -> None:
        """Add jobs, or replace those with the same ids."""
        for job in jobs:
            self.jobs[job.id] = job
            self._dirty[job.id] = None

    def remove(self, *ids: str) -> list[Job]:
        """Remove jobs, and return those that were tracked."""
        removed = [self.jobs.pop(job_id) for job_id in ids if job_id in self.jobs]
        self._dirty.update(dict.fromkeys(job.id for job in removed))
        return removed

    def put_back(self, job: Job) -> None:
        """Add a job that was removed, with what other processes saved about it until then."""
        base, theirs = self._lost_by_removal.pop(job.id, (job, job))
        merged = three_way_merge({job.id: base}, {job.id: job}, {job.id: theirs})
        self.put(*merged.values())

    def save(self) -> None:
        """Save the changes; raises StoreError, and then they stay unsaved."""
        changes = self._changes()
        self._rebase(self._commit(changes), changes)

    async def sync(self, *, save: bool = True) -> bool:
        """Save the changes and reload those of other processes, in a thread.

        Without `save`, own changes are saved only if other processes have changed the files. The
        first call reads only the live file, unless `load` was called. Returns whether other
        processes changed any job; raises StoreError, and then the changes stay unsaved.
        """
        async with self._sync_lock:
            changes = self._changes()
            if not (changes and save) and not await run_in_thread_uncancelled(
                lambda: self.changed_on_disk
            ):
                return False
            read_or_write = partial(self._commit, changes) if changes else self._reload
            jobs = await run_in_thread_uncancelled(read_or_write)
            return self._rebase(jobs, changes)

    def restore(self) -> Iterator[tuple[Path, Path | None]]:
        """Replace corrupt files by their backups, and add the jobs that files lost.

        Yields each of these files with the path that its corrupt version was copied to, None if
        there was none. Raises StoreError at the end if any file could not be restored.
        """
        with self._files.locked():
            yield from self._files.restore()

    def _changes(self) -> dict[str, Job | None]:
        """Return the unsaved changes."""
        return {job_id: self.jobs.get(job_id) for job_id in self._dirty}

    def _rebase(self, jobs_in_files: dict[str, Job], saved: Changes) -> bool:
        """Make the files' jobs, with `saved` in them, the base, and merge later changes.

        Returns whether other processes changed any job.
        """
        unsaved = {
            job_id: self.jobs.get(job_id)
            for job_id in self._dirty
            if job_id not in saved or self.jobs.get(job_id) is not saved[job_id]
        }
        jobs = three_way_merge({**self._base, **saved}, unsaved, jobs_in_files)
        changed = jobs != self.jobs
        if changed:
            self.jobs.clear()
            self.jobs.update(jobs)
        self.loaded = True
        self._base, self._dirty = jobs_in_files, dict.fromkeys(unsaved)
        return changed

    @property
    def changed_on_disk(self) -> bool:
        """Whether another process changed the files since they were read or written."""
        return self._files.changed_on_disk

    def _reload(self) -> dict[str, Job]:
        """Return the jobs in the files; writes files again that lost jobs."""
        # The first time only the live file: thousands of archived jobs take seconds to read.
        self._files.reload(archives=self.loaded)
        return self._commit({}) if self._files.incomplete else self._files.jobs

    def _commit(self, changes: Changes) -> dict[str, Job]:
        """Merge `changes` into the files under the lock, and return all jobs in the files."""
        with self._files.locked():
            self._files.reload()
            theirs = self._files.jobs
            jobs = three_way_merge(self._base, changes, theirs)
            self._files.write(jobs)
            for job_id in changes.keys() & theirs.keys() - jobs.keys():
                if theirs[job_id] != (base := self._base.get(job_id)):
                    self._lost_by_removal[job_id] = base, theirs[job_id]
            return jobs
