"""`Store.sync` of several processes that change the same file."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

import pytest
from msgspec.structs import replace

from kling_tui.jobs import Job
from kling_tui.storage.store import Store
from tests.support.job_files import (
    RUNNING_JOB,
    SUCCEEDED,
    Changes,
    change_job,
    open_store,
    read_jobs,
    write_jobs,
)
from tests.support.jobs import NOW, a_job, after


async def test_external_changes_are_reloaded_and_reported_once(path: Path) -> None:
    """Jobs are added, changed and removed by another process."""
    mine, theirs = open_store(path), open_store(path)
    for change in (
        lambda: theirs.put(a_job("C1"), a_job("C2")),
        lambda: theirs.put(a_job("C1", label="new")),
        lambda: theirs.remove("C2"),
    ):
        change()
        theirs.save()
        assert await mine.sync()
        assert mine.jobs == theirs.jobs
        assert not await mine.sync()


async def test_own_changes_are_saved_but_not_reported(path: Path) -> None:
    """Adding and removing a job here is not an external change."""
    store = open_store(path)
    store.put(a_job())
    assert not await store.sync()
    assert read_jobs(path) == {a_job().id: a_job()}
    store.remove(a_job().id)
    assert not await store.sync()
    assert read_jobs(path) == {}


async def test_deferred_changes_are_saved_with_the_next_external_change(path: Path) -> None:
    """Without `save`, own changes wait until another process changes the file."""
    mine, theirs = open_store(write_jobs(path, RUNNING_JOB)), open_store(path)
    mine.put(replace(RUNNING_JOB, checked_at=after(30)))
    assert not await mine.sync(save=False)
    assert (read_jobs(path), mine.dirty) == ({RUNNING_JOB.id: RUNNING_JOB}, True)
    theirs.put(a_job("C2"))
    theirs.save()
    assert await mine.sync(save=False)
    assert not mine.dirty
    assert read_jobs(path) == {
        RUNNING_JOB.id: replace(RUNNING_JOB, checked_at=after(30)),
        "C2": a_job("C2"),
    }


async def test_file_replaced_by_an_editor_is_reloaded(path: Path) -> None:
    """An editor renames a new file into place."""
    store = open_store(write_jobs(path, a_job("C1"), a_job("C2")))
    write_jobs(path.with_name("other"), a_job("C2", label="by hand"), a_job("C3")).replace(path)
    assert await store.sync()
    assert list(store.jobs.values()) == [a_job("C2", label="by hand"), a_job("C3")]


@pytest.mark.parametrize("pending", [(), (a_job("C2"),)])
@pytest.mark.parametrize("folder_too", [False, True])
async def test_deleted_file_is_written_again(
    tmp_path: Path, pending: tuple[Job, ...], *, folder_too: bool
) -> None:
    """A missing file, or folder, does not remove the jobs."""
    (tmp_path / "state").mkdir()
    store = open_store(write_jobs(tmp_path / "state" / "jobs.toml", a_job("C1")))
    store.put(*pending)
    if folder_too:
        rmtree(store.path.parent)
    else:
        store.path.unlink()
    assert not await store.sync()
    assert list(read_jobs(store.path)) == list(store.jobs) == ["C1", *(job.id for job in pending)]


CHANGES: tuple[Callable[[Store], object], ...] = (
    lambda store: store.put(a_job("C2")),
    lambda store: store.put(replace(RUNNING_JOB, label="newer")),
    lambda store: store.put(replace(RUNNING_JOB, **SUCCEEDED)),
    lambda store: store.remove(RUNNING_JOB.id),
)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("first", [{"label": "new"}, None])
async def test_changes_during_a_save_are_kept(
    path: Path, first: Changes, change: Callable[[Store], object]
) -> None:
    """They are saved next, and are not reported as external changes."""
    store = open_store(write_jobs(path, RUNNING_JOB))
    change_job(store, RUNNING_JOB.id, first)
    saving = asyncio.create_task(store.sync())
    await asyncio.sleep(0)
    change(store)
    expected = dict(store.jobs)
    assert not await saving
    assert store.jobs == expected
    await store.sync()
    assert (read_jobs(path), store.dirty) == (expected, False)


async def test_concurrent_syncs_have_the_result_of_consecutive_ones(path: Path) -> None:
    """No job of two stores is lost."""
    mine, theirs = open_store(path), open_store(path)
    mine.put(a_job("C1"))
    theirs.put(a_job("C2"))
    await asyncio.gather(*(store.sync() for store in (mine, theirs, mine, theirs)))
    await mine.sync()
    assert set(read_jobs(path)) == set(mine.jobs) == {"C1", "C2"}


def test_jobs_saved_by_others_come_first(path: Path) -> None:
    """Jobs that were in the file before precede new ones."""
    mine, theirs = Store(path), Store(path)
    mine.put(a_job("late", added_at=after(5)))
    theirs.put(a_job("early", added_at=NOW))
    theirs.save()
    mine.save()
    assert list(mine.jobs) == list(read_jobs(path)) == ["early", "late"]
