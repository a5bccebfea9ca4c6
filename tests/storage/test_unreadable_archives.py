"""Archive files that cannot be read or written: they and their backups stay as they are."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import run

import pytest
from msgspec.structs import replace

from kling_tui.jobs import Job, Status
from kling_tui.storage.archive import MAX_ENDED_IN_LIVE_FILE
from kling_tui.storage.store import Store, StoreError
from kling_tui.storage.toml_format import dump
from tests.support.job_files import open_store, read_jobs
from tests.support.jobs import NOW, a_job

MONTHS = (9, 10)
"""The months in which jobs ended that are archived."""
IN_LIVE_FILE = {f"11 {number}" for number in range(MAX_ENDED_IN_LIVE_FILE)}
ENDED = [
    a_job(f"{month} {number}", status=Status.FAILED, ended_at=NOW.replace(month=month))
    for month, jobs in ((9, 150), (10, 150), (11, MAX_ENDED_IN_LIVE_FILE))
    for number in range(jobs)
]
RUNNING = a_job("live", status=Status.RUNNING, checked_at=NOW)
SAVE_AS_ANOTHER_USER = """
import filelock, os, sys  # the first here, as the user may not be able to read it
from pathlib import Path
from kling_tui.storage.store import Store
from kling_tui.storage.toml_format import load
jobs = load(sys.stdin.read(), "").values()
os.getuid() or os.setuid(65534)
store = Store(Path(sys.argv[1]))
store.load()
store.put(*jobs)
store.save()
print(*store.warnings, sep="\\n")
"""


def ids_of(month: int) -> set[str]:
    """Return the ids of the jobs that ended in a month."""
    return {job.id for job in ENDED if job.ended_at and job.ended_at.month == month}


def archive_of(path: Path, month: int) -> Path:
    """Return the archive file of a month."""
    return path.with_name("jobs.toml.ended") / f"2026-{month:02}.toml"


def content_of(path: Path) -> object:
    """Return what must stay as it is: the text of a file, or what else is there."""
    return path.read_bytes() if path.is_file() and path.stat().st_size else os.lstat(path)


UNREADABLE: dict[str, Callable[[Path], object]] = {
    "EIO": lambda path: path.symlink_to("/proc/self/mem"),
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "Latin-1": lambda path: path.write_bytes(b"version = 1\n# \xe9\n"),
    "newer": lambda path: path.write_bytes(b"version = 2\n"),
    "corrupt": lambda path: path.write_bytes(b"version = 1\n[[jobs]\n"),
    "an unknown key": lambda path: path.write_bytes(b"version = 1\n[meta]\n"),
}


@pytest.fixture(params=UNREADABLE.values(), ids=list(UNREADABLE))
def unreadable(request: pytest.FixtureRequest, path: Path) -> Path:
    """Make an unreadable archive file of September with a backup, and return it."""
    archive = archive_of(path, 9)
    archive.parent.mkdir()
    request.param(archive)
    archive.with_name(f"{archive.name}.bak").write_text(dump([a_job("in backup")]), "utf-8")
    return archive


def test_no_job_moves_there_and_everything_else_is_saved(path: Path, unreadable: Path) -> None:
    """Its jobs stay in the live file, those of other months move, and it is reported."""
    before = content_of(unreadable)
    backup = unreadable.with_name(f"{unreadable.name}.bak")
    store = open_store(path)
    for _ in range(2):
        store.put(*ENDED, RUNNING)
        store.save()
        (warning,) = store.warnings
        assert warning.startswith(f"{unreadable}: ")
        store.put(replace(RUNNING, label="again"))
    assert set(read_jobs(path)) == ids_of(9) | ids_of(11) | {"live"}
    assert read_jobs(archive_of(path, 10)).keys() == ids_of(10)
    assert content_of(unreadable) == before
    assert list(read_jobs(backup)) == ["in backup"]
    assert open_store(path).jobs.keys() == {job.id for job in [*ENDED, RUNNING]}


async def test_jobs_move_once_it_can_be_read(path: Path, unreadable: Path) -> None:
    """An open program notices, and loses neither side."""
    store = open_store(path)
    store.put(*ENDED)
    store.save()
    replace_by_jobs(unreadable, replace(ENDED[0], id="found again"))
    store.put(*(replace(job, id=f"late {job.id}") for job in ENDED))
    assert await store.sync()
    assert store.warnings == ()
    assert {"found again", *ids_of(9)} <= read_jobs(unreadable).keys()
    assert open_store(path).jobs == store.jobs


def replace_by_jobs(path: Path, *jobs: Job) -> None:
    """Replace whatever is there by a file of jobs."""
    path.rmdir() if path.is_dir() else path.unlink()
    path.write_text(dump(jobs), "utf-8")


def test_known_jobs_of_a_file_that_becomes_unreadable_stay(path: Path) -> None:
    """A change to one of them is an error, which does not keep others from being saved."""
    store = open_store(path)
    store.put(*ENDED)
    store.save()
    archive = archive_of(path, 9)
    archive.unlink()
    archive.mkdir()
    store.put(replace(ENDED[0], label="mine"), RUNNING)
    with pytest.raises(StoreError, match=rf"{archive}: cannot be read: Is a directory"):
        store.save()
    assert store.dirty
    assert "live" in read_jobs(path)
    archive.rmdir()
    store.save()
    assert read_jobs(archive)[ENDED[0].id].label == "mine"
    assert read_jobs(archive).keys() == ids_of(9)


def test_all_unreadable_files_are_reported(path: Path) -> None:
    """Not only the last one."""
    store = open_store(path)
    store.put(*ENDED)
    store.save()
    for month in MONTHS:
        archive_of(path, month).write_bytes(b"damage")
    warnings = open_store(path).warnings
    assert len(warnings) == 2
    assert all(
        str(archive_of(path, month)) in text for month, text in zip(MONTHS, warnings, strict=True)
    )


def test_restore_repairs_what_it_can_and_names_the_rest(path: Path) -> None:
    """One file has no backup, one is of a newer version, and one can be restored."""
    store = open_store(path)
    store.put(*ENDED)
    store.save()
    archives = [archive_of(path, month) for month in (8, *MONTHS)]
    archives[0].write_bytes(b"damage")
    archives[1].write_bytes(b"version = 2\n")
    archives[2].write_bytes(b"damage")
    restored = Store(path).restore()
    assert next(restored)[0] == archives[2]
    with pytest.raises(StoreError) as caught:
        next(restored)
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == [
        f"{archives[0]}.bak",
        str(archives[1]),
    ]
    assert read_jobs(archives[2]).keys() == ids_of(10)


def test_archive_that_vanished_is_reported_and_restored(path: Path) -> None:
    """Its backup is all that is left of it."""
    store = open_store(path)
    store.put(*ENDED)
    store.save()
    archive = archive_of(path, 9)
    archive.unlink()
    (warning,) = open_store(path).warnings
    assert warning.startswith(f"{archive}: does not exist")
    assert list(Store(path).restore()) == [(archive, None)]
    assert read_jobs(archive).keys() == ids_of(9)


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "culprit"),
    [
        (0o000, 0o777, "jobs.toml.ended/2026-09.toml: cannot be read: Permission denied"),
        (0o666, 0o000, "jobs.toml.ended: cannot be read: Permission denied"),
        (0o000, 0o333, "jobs.toml.ended/2026-09.toml: cannot be read: Permission denied"),
        (0o666, 0o555, "jobs.toml.ended/2026-10.toml: cannot be saved: Permission denied"),
    ],
    ids=["file", "folder", "folder that cannot be listed", "read-only folder"],
)
def test_files_of_another_user(
    path_for_all: Path, file_mode: int, folder_mode: int, culprit: str
) -> None:
    """An archive that a user may not read or write is left alone; the user's own file is saved."""
    path = path_for_all
    archive = archive_of(path, 9)
    archive.parent.mkdir()
    archive.write_text(dump([replace(ENDED[0], id="of root")]), "utf-8")
    archive.chmod(file_mode)
    archive.parent.chmod(folder_mode)
    path.parent.chmod(0o777)
    result = run(  # noqa: S603
        [sys.executable, "-c", SAVE_AS_ANOTHER_USER, path],
        input=dump([*ENDED, RUNNING]).encode(),
        capture_output=True,
        check=False,
    )
    archive.parent.chmod(0o700)
    archive.chmod(0o600)
    assert result.returncode == 0, result.stderr.decode()
    assert culprit in result.stdout.decode()
    assert list(read_jobs(archive)) == ["of root"]
    assert not archive.with_name(f"{archive.name}.bak").exists()
    assert ids_of(9) | {"live"} <= read_jobs(path).keys()
    assert open_store(path).jobs.keys() == {job.id for job in [*ENDED, RUNNING]} | {"of root"}
