"""`StoreSync`, in virtual time: when it saves and reloads, and what it reports."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from msgspec.structs import replace

from kling_tui.jobs import Job, Status
from kling_tui.polling.clock import loop_time
from kling_tui.storage.archive import MAX_ENDED_IN_LIVE_FILE
from kling_tui.storage.store import Store
from kling_tui.storage.sync import SAVE_INTERVAL, StoreSync
from kling_tui.storage.toml_format import dump
from tests.support.job_files import read_jobs, save_jobs
from tests.support.jobs import NOW, a_job, after
from tests.support.virtual_time import in_virtual_time

CHANGE_TIMEOUT = 20.0
"""Seconds after which a change that is not reported fails the test."""


class SyncedStore:
    """A store with its sync, and what was reported of its changes."""

    def __init__(self, path: Path, *, loaded: bool = True) -> None:
        self.store = Store(path)
        if loaded:
            self.store.load()
        self.sync = StoreSync(self.store, self._on_change)
        self.problems: list[str | None] = []
        """The problem at each reported change."""
        self.job_counts: list[int] = []
        """The number of jobs at each reported change."""
        self._changed = asyncio.Event()

    def _on_change(self) -> None:
        self.problems.append(self.sync.problem)
        self.job_counts.append(len(self.store.jobs))
        self._changed.set()

    def track(self, job: Job) -> None:
        """Track a job as the app does."""
        self.store.put(job)
        self.sync.save_soon()

    async def wait_for_change(self) -> None:
        """Wait until a change is reported."""
        async with asyncio.timeout(CHANGE_TIMEOUT):
            await self._changed.wait()
        self._changed.clear()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["SyncedStore"]:
        """Run the sync until the end of the block."""
        task = asyncio.create_task(self.sync.run())
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def replace_file(path: Path, text: str) -> None:
    """Replace a file as an editor does: by renaming a complete one."""
    path.with_suffix(".edited").write_text(text, "utf-8")
    path.with_suffix(".edited").replace(path)


@in_virtual_time
async def test_change_is_saved_at_once_and_reported_by_other_processes_only(path: Path) -> None:
    """A job that one process tracks appears in the file and in the other process."""
    async with SyncedStore(path).running() as mine, SyncedStore(path).running() as theirs:
        mine.track(a_job("C1"))
        await theirs.wait_for_change()
        assert loop_time() < SAVE_INTERVAL
        assert list(read_jobs(path).values()) == list(theirs.store.jobs.values()) == [a_job("C1")]
        assert (mine.problems, theirs.problems) == ([], [None])


@in_virtual_time
async def test_problem_is_reported_when_it_begins_and_when_it_ends(path: Path) -> None:
    """Once the corrupt file is repaired, the changes of both sides are in it."""
    async with SyncedStore(path).running() as synced:
        replace_file(path, "version = ")
        synced.track(a_job("C1"))
        await synced.wait_for_change()
        (problem,) = synced.problems
        assert problem is not None
        assert problem.startswith(f"{path}: not TOML")
        await synced.sync.sync(save=True)
        replace_file(path, dump([a_job("C2")]))
        synced.track(a_job("C3"))
        await synced.wait_for_change()
        assert synced.problems == [problem, None]
        assert list(read_jobs(path).values()) == [a_job("C2"), a_job("C1"), a_job("C3")]


@in_virtual_time
async def test_failing_save_is_reported_without_delay(path: Path) -> None:
    """A user who quits sees at once that saving fails."""
    synced = SyncedStore(path)
    replace_file(path, "version = ")
    await synced.sync.sync(save=True)
    assert loop_time() == 0.0
    assert synced.sync.problem
    assert synced.problems == [synced.sync.problem]


@in_virtual_time
async def test_poll_times_are_saved_with_the_next_save(path: Path) -> None:
    """A change that is not urgent does not write the file."""
    synced = SyncedStore(path)
    synced.track(a_job())
    await synced.sync.sync(save=True)
    synced.store.put(replace(a_job(), checked_at=after(5)))
    await synced.sync.sync(save=False)
    assert list(read_jobs(path).values()) == [a_job()]
    await synced.sync.sync(save=True)
    assert list(read_jobs(path).values()) == [replace(a_job(), checked_at=after(5))]
    assert synced.problems == []


@in_virtual_time
async def test_live_file_is_loaded_before_the_archives(path: Path) -> None:
    """Running jobs are reported before the old ended jobs have been read."""
    ended = [
        replace(a_job(f"E{number}"), status=Status.FAILED, ended_at=NOW) for number in range(500)
    ]
    save_jobs(path, a_job("C1"), *ended)
    async with SyncedStore(path, loaded=False).running() as synced:
        while len(synced.job_counts) < 2:
            await synced.wait_for_change()
    assert synced.job_counts == [1 + MAX_ENDED_IN_LIVE_FILE, 501]


@in_virtual_time
async def test_damaged_archive_is_a_warning_and_no_problem(path: Path) -> None:
    """The jobs are saved: only those of the archive may be missing, until it is repaired."""
    archive = path.with_name("jobs.toml.ended") / "2026-01.toml"
    archive.parent.mkdir()
    replace_file(archive, "damage")
    async with SyncedStore(path, loaded=False).running() as synced:
        while not synced.sync.warnings:
            await synced.wait_for_change()
        (warning,) = synced.sync.warnings
        assert warning.startswith(f"{archive}: not TOML")
        synced.track(a_job("C1"))
        await synced.sync.sync(save=True)
        assert list(read_jobs(path)) == ["C1"]
        replace_file(archive, dump([]))
        while synced.sync.warnings:
            await synced.wait_for_change()
    assert set(synced.problems) == {None}


@in_virtual_time
async def test_other_files_are_looked_at_once_a_second(tmp_path: Path) -> None:
    """Not at each save: a file that is being written must be seen twice, some time apart."""
    looked_at: list[float] = []

    changed = iter((False, True, *[False] * 20))
    found: list[bool] = []

    def on_check(other_changed: bool) -> None:  # noqa: FBT001 - as in StoreSync
        looked_at.append(loop_time())
        found.append(other_changed)

    store = Store(tmp_path / "jobs.toml")
    sync = StoreSync(store, lambda: None, other_changed=lambda: next(changed), on_check=on_check)
    task = asyncio.create_task(sync.run())
    for _ in range(100):
        await asyncio.sleep(0.1)
        sync.save_soon()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    gaps = [later - earlier for earlier, later in itertools.pairwise(looked_at)]
    assert len(looked_at) >= 8
    assert min(gaps) > 0.5
    assert max(gaps) < 1.2
    assert found[:3] == [False, True, False]
