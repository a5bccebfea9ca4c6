"""The tracked jobs, which several processes may share.

Each process keeps what the files held when it last looked, and what it has changed since. To save
is to apply those changes, under a lock, to what the files hold by then.
"""

import asyncio
import os
from functools import partial
from pathlib import Path

from kling_tui.jobs import Job
from kling_tui.storage.archive import JobFiles
from kling_tui.storage.merge import Changes, three_way_merge
from kling_tui.storage.threads import run_in_thread_uncancelled
from kling_tui.storage.toml_format import StoreError

__all__ = ["Store", "StoreError"]


class Store:
    """All tracked jobs by id, oldest first, kept in the TOML file `path` and a folder beside it."""

    def __init__(self, path: Path, lock_timeout: float = 10.0) -> None:
        """`patience` is how many seconds to wait while another process holds the file."""
        # A link to the file stays a link: it is its target that gets replaced.
        self.path = Path(os.path.realpath(path))
        self.jobs: dict[str, Job] = {}
        """The one truth; always this same mapping."""
        self.loaded = False
        """Whether the files were read at least once."""
        self._files = JobFiles(self.path, lock_timeout)
        self._base: dict[str, Job] = {}
        # In the order in which it happened, which is the order in which new jobs are written.
        self._dirty: dict[str, None] = {}
        self._sync_lock = asyncio.Lock()

    @property
    def size(self) -> int:
        """The size of the job file in bytes, as it takes time to read."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    @property
    def archive_error(self) -> str | None:
        """What is wrong with a file of jobs that ended long ago; the others are saved."""
        return self._files.error

    @property
    def dirty(self) -> bool:
        """Whether this process has changes that are not in the files yet."""
        return bool(self._dirty)

    def load(self, *, ended: bool = True) -> None:
        """Read the files, which need not exist; raises StoreError.

        Without `ended`, what ended long ago is left to be taken over by the first `sync`.
        """
        self._files.reload(ended=ended)
        if self.archive_error:
            raise StoreError(self.archive_error)
        self._rebase(self._files.jobs, {})

    def put(self, *jobs: Job) -> None:
        """Track new jobs, or replace jobs by what is known of them now."""
        for job in jobs:
            self.jobs[job.id] = job
            self._dirty[job.id] = None

    def remove(self, *ids: str) -> list[Job]:
        """Stop tracking jobs; returns those that were tracked."""
        removed = [self.jobs.pop(job_id) for job_id in ids if job_id in self.jobs]
        self._dirty.update(dict.fromkeys(job.id for job in removed))
        return removed

    def save(self) -> None:
        """Write what changed; raises StoreError, and then everything is still to be saved."""
        changes = self._changes()
        self._rebase(self._commit(changes), changes)

    async def sync(self, *, save: bool = True) -> bool:
        """Save what changed, and take over what others changed, off the event loop.

        Without `save`, what changed here is saved only along with what others changed. Where
        nothing is known yet, what ended long ago is left to the next time. Returns whether others
        changed any job; raises StoreError, and then everything is still to be saved.
        """
        async with self._sync_lock:
            changes = self._changes()
            if not (changes and save) and not await run_in_thread_uncancelled(self._has_moved):
                return False
            act = self._commit if changes else self._reread
            return self._rebase(await run_in_thread_uncancelled(partial(act, changes)), changes)

    def restore(self) -> list[tuple[Path, Path | None]]:
        """Put the last good copy in the place of every file that is damaged or gone.

        Returns those files, and where each was put aside as it was; raises StoreError.
        """
        with self._files.locked():
            return self._files.restore()

    def _changes(self) -> dict[str, Job | None]:
        """Return what this process changed since it last saved: a job, or None for its removal."""
        return {job_id: self.jobs.get(job_id) for job_id in self._dirty}

    def _rebase(self, held: dict[str, Job], changes: Changes) -> bool:
        """Take over what is held after `changes`; returns whether others changed it too."""
        later = {
            job_id: self.jobs.get(job_id)
            for job_id in self._dirty
            if job_id not in changes or self.jobs.get(job_id) is not changes[job_id]
        }
        base = {**self._base, **changes}
        jobs = three_way_merge(base, later, held)
        news = jobs != self.jobs
        if news:
            self.jobs.clear()
            self.jobs.update(jobs)
        self.loaded = True
        self._base, self._dirty = held, dict.fromkeys(later)
        return news

    def _has_moved(self) -> bool:
        return self._files.changed_on_disk

    def _reread(self, _: Changes) -> dict[str, Job]:
        # The first time only what is live: thousands that ended long ago take seconds to read.
        self._files.reload(ended=self.loaded)
        return self._commit({}) if self._files.missing else self._files.jobs

    def _commit(self, changes: Changes) -> dict[str, Job]:
        """Apply `changes` to what the files hold now, and return what they hold then."""
        with self._files.locked():
            self._files.reload()
            held = three_way_merge(self._base, changes, self._files.jobs)
            self._files.write(held)
            return held
