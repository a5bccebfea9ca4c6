"""Archive files: old ended jobs in a file for each month, apart from the live file."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kling_tui.jobs import Job, Status
from kling_tui.storage.archive import MAX_ENDED_IN_LIVE_FILE
from kling_tui.storage.store import Store
from kling_tui.storage.toml_format import StoreError, dump
from tests.support.job_files import open_store, read_jobs, save_jobs
from tests.support.jobs import NOW, a_job, after

ENDED_JOBS = 2 * MAX_ENDED_IN_LIVE_FILE + 50
"""More than stay in the live file."""


def ended_job(number: int) -> Job:
    """Return one of `ENDED_JOBS` jobs, each of which ended on another day."""
    end = NOW - timedelta(days=ENDED_JOBS - number)
    return a_job(f"done {number}", added_at=end, status=Status.SUCCEEDED, ended_at=end)


def archive_file_of(path: Path, job: Job) -> Path:
    """Return the archive file of the month in which a job ended."""
    assert job.ended_at
    return path.with_name("jobs.toml.ended") / f"{job.ended_at:%Y-%m}.toml"


OLD = [ended_job(number) for number in range(ENDED_JOBS)]
RUNNING = a_job("live", status=Status.RUNNING, checked_at=NOW)


def test_old_ended_jobs_are_archived_by_month(path: Path) -> None:
    """The newest stay in the live file; every job is in exactly one file."""
    store = save_jobs(path, *OLD, RUNNING)
    live = read_jobs(path)
    assert list(live) == [job.id for job in [*OLD[-MAX_ENDED_IN_LIVE_FILE:], RUNNING]]
    months = sorted(path.with_name("jobs.toml.ended").glob("*.toml"))
    assert len(months) > 5
    archived: dict[str, Job] = {}
    for month in months:
        archived |= read_jobs(month)
        assert all(archive_file_of(path, job) == month for job in read_jobs(month).values())
    assert not archived.keys() & live.keys()
    assert archived | live == store.jobs == open_store(path).jobs
    assert list(open_store(path).jobs.values()) == [*OLD, RUNNING]


def test_few_ended_jobs_stay_in_the_live_file(path: Path) -> None:
    """Up to the limit, there is no archive file."""
    save_jobs(path, *OLD[: 2 * MAX_ENDED_IN_LIVE_FILE])
    assert not path.with_name("jobs.toml.ended").exists()


async def test_archives_are_loaded_by_the_first_sync(path: Path) -> None:
    """The live file can be loaded alone."""
    save_jobs(path, *OLD, RUNNING)
    store = open_store(path, archives=False)
    assert len(store.jobs) == MAX_ENDED_IN_LIVE_FILE + 1
    store.put(replace(RUNNING, label="mine"))
    assert await store.sync()
    assert list(store.jobs) == [job.id for job in [*OLD, RUNNING]]
    assert read_jobs(path)["live"].label == "mine"
    assert not await store.sync()


CHANGES: tuple[Callable[[Store], object], ...] = (
    lambda store: store.remove(OLD[0].id),
    lambda store: store.put(replace(OLD[0], label="found again")),
    lambda store: store.put(replace(OLD[0], status=Status.RUNNING, ended_at=None)),
)


@pytest.mark.parametrize("change", CHANGES, ids=["removed", "labelled", "alive"])
async def test_changes_to_archived_jobs_are_saved(
    path: Path, change: Callable[[Store], object]
) -> None:
    """Other processes get them, and no other archive file is written."""
    mine = save_jobs(path, *OLD, RUNNING)
    theirs = open_store(path)
    before = {month: month.stat() for month in path.parent.glob("jobs.toml.ended/*.toml")}
    change(mine)
    mine.save()
    assert await theirs.sync()
    assert theirs.jobs == mine.jobs == open_store(path).jobs
    touched = {month for month in before if month.stat() != before[month]}
    assert touched == {archive_file_of(path, OLD[0])}


def test_archived_job_that_runs_again_returns_to_the_live_file(path: Path) -> None:
    """It is removed from its archive file."""
    store = save_jobs(path, *OLD)
    store.put(replace(OLD[0], status=Status.RUNNING, ended_at=None))
    store.save()
    assert OLD[0].id in read_jobs(path)
    assert OLD[0].id not in read_jobs(archive_file_of(path, OLD[0]))


@pytest.mark.parametrize("changes", [{}, {"status": Status.RUNNING, "ended_at": None}])
def test_job_that_a_crash_left_in_two_files_counts_once(
    path: Path, changes: dict[str, Any]
) -> None:
    """The live file wins."""
    save_jobs(path, *OLD, RUNNING)
    job = replace(OLD[0], **changes)
    path.write_text(dump([job, *read_jobs(path).values()]), "utf-8")
    store = open_store(path)
    assert store.jobs == {found.id: found for found in [job, *OLD[1:], RUNNING]}
    store.put(replace(RUNNING, label="mine"))
    store.save()
    assert store.jobs == open_store(path).jobs
    assert (job.id in read_jobs(path)) != (job.id in read_jobs(archive_file_of(path, OLD[0])))


def test_other_files_in_the_archive_folder_are_ignored(path: Path) -> None:
    """Only names of months are archive files."""
    save_jobs(path, *OLD)
    other = path.with_name("jobs.toml.ended") / "notes.toml"
    other.write_text("mine = true", "utf-8")
    assert open_store(path).jobs == {job.id: job for job in OLD}


async def test_corrupt_archive_file_is_reported_and_kept(path: Path) -> None:
    """Its jobs stay tracked, and all other files are saved."""
    store = save_jobs(path, *OLD, RUNNING)
    month = archive_file_of(path, OLD[0])
    month.write_bytes(b"[[jobs]\n")
    store.put(replace(RUNNING, label="mine"))
    assert not await store.sync()
    (warning,) = store.warnings
    assert warning.startswith(f"{month}: not TOML")
    assert "restore" in warning
    assert read_jobs(path)["live"].label == "mine"
    assert store.jobs.keys() == {job.id for job in [*OLD, RUNNING]}
    store.remove(OLD[0].id)
    with pytest.raises(StoreError, match="not TOML"):
        await store.sync()
    assert month.read_bytes() == b"[[jobs]\n"
    assert open_store(path).warnings == (warning,)
    assert [file for file, _ in Store(path).restore()] == [month]
    await store.sync()
    assert store.warnings == ()
    assert open_store(path).jobs == store.jobs
    assert OLD[0].id not in store.jobs


async def test_no_job_moves_into_a_corrupt_archive_file(path: Path) -> None:
    """It stays in the live file, so that nothing is lost."""
    store = save_jobs(path, *OLD)
    first = archive_file_of(path, OLD[0])
    first.write_bytes(b"[[jobs]\n")
    late = [replace(job, id=f"late {job.id}") for job in OLD]
    store.put(*late)
    await store.sync()
    of_first = {job.id for job in late if archive_file_of(path, job) == first}
    assert of_first <= read_jobs(path).keys()
    assert len(read_jobs(path)) < len(late)
    first.unlink()
    store.put(RUNNING)
    await store.sync()
    assert open_store(path).jobs.keys() == {job.id for job in [*OLD, *late, RUNNING]}


def test_job_without_an_end_time_is_archived_by_its_last_poll(path: Path) -> None:
    """The month of its last poll decides."""
    unknown = [replace(job, ended_at=None, checked_at=after(0)) for job in OLD]
    save_jobs(path, *unknown)
    assert [file.name for file in path.parent.glob("jobs.toml.ended/*.toml")] == ["2026-11.toml"]
