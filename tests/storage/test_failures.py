"""Files that cannot be read or written."""

import asyncio
import sys
from pathlib import Path
from subprocess import run

import pytest

from kling_tui.storage.store import Store, StoreError
from tests.support.job_files import let_others_reach, open_store, read_jobs, save_jobs, write_jobs
from tests.support.jobs import a_job

ADD_JOB = """
import filelock, os, resource, sys  # the first here, as the user may not be able to read it
from datetime import UTC, datetime
from pathlib import Path
from kling_tui.jobs import Job
from kling_tui.storage.store import Store, StoreError
store = Store(Path(sys.argv[1]))
store.load()
store.put(Job(id="new", kind="i2v", added_at=datetime.now(UTC), prompt="p" * 5000))
exec(sys.argv[2])
try:
    store.save()
except StoreError as error:
    print(error, not store.dirty, sep="; saved: ")
"""
FILL_DISK = "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))"
BE_ANOTHER_USER = "os.getuid() or os.setuid(65534)"
"""The superuser may write everywhere."""
CORRUPT_FILES = {
    "TOML": (b"[[jobs]\n", r"not TOML: .*line 1"),
    "value": (b"version = 1\n[[jobs]]\nid = 3\n", "job 1: id: expected text"),
    "UTF-8": (b'version = 1\n# \xff"\n', "not UTF-8 .*line 2"),
    "version": (b"version = 0\n", "version: expected 1, found 0"),
    "newer": (b"version = 2\n", "made by a newer kling-tui: .* update kling-tui"),
}


@pytest.mark.parametrize(("content", "message"), CORRUPT_FILES.values(), ids=CORRUPT_FILES.keys())
def test_corrupt_file_cannot_be_loaded_or_overwritten(
    path: Path, content: bytes, message: str
) -> None:
    """The error says what is wrong in the file, and the file keeps its content."""
    path.write_bytes(content)
    store = Store(path)
    with pytest.raises(StoreError, match=rf"^{path}: {message}.*; nothing was changed$"):
        store.load()
    store.put(a_job())
    with pytest.raises(StoreError, match=message):
        store.save()
    assert path.read_bytes() == content


@pytest.mark.parametrize(("content", "message"), CORRUPT_FILES.values(), ids=CORRUPT_FILES.keys())
def test_file_corrupted_while_open_is_merged_once_repaired(
    path: Path, content: bytes, message: str
) -> None:
    """Nothing is written to the corrupt file, and no change of either side is lost."""
    store = open_store(write_jobs(path, a_job("C1"), a_job("C2")))
    store.put(a_job("C1", label="here"))
    path.write_bytes(content)
    for _ in range(2):
        for save in (True, False):
            with pytest.raises(StoreError, match=message):
                asyncio.run(store.sync(save=save))
    assert path.read_bytes() == content
    assert list(store.jobs) == ["C1", "C2"]
    assert store.dirty
    write_jobs(path, a_job("C1"), a_job("C2", label="by hand"))
    assert asyncio.run(store.sync())
    assert read_jobs(path) == store.jobs
    assert [job.label for job in store.jobs.values()] == ["here", "by hand"]


def test_folder_in_place_of_the_file(path: Path) -> None:
    """The error says so, and the jobs are saved once the folder is removed."""
    store = open_store(path)
    path.mkdir()
    with pytest.raises(StoreError, match=rf"^{path}: cannot be read: Is a directory"):
        open_store(path)
    store.put(a_job())
    with pytest.raises(StoreError, match=rf"^{path}: cannot be read: Is a directory"):
        store.save()
    assert store.dirty
    path.rmdir()
    store.save()
    assert read_jobs(path) == {a_job().id: a_job()}


def test_file_in_place_of_the_folder(tmp_path: Path) -> None:
    """A path below a file is a StoreError."""
    (tmp_path / "file").touch()
    store = Store(tmp_path / "file" / "jobs.toml")
    with pytest.raises(StoreError, match=r"cannot be read: Not a directory"):
        store.load()


@pytest.mark.parametrize("name", [".jobs.toml.new", "jobs.toml.lock"])
def test_failed_write_keeps_the_old_file_and_the_changes(path: Path, name: str) -> None:
    """The temporary file or the lock cannot be created."""
    store = open_store(write_jobs(path, a_job("C1")))
    (path.parent / name).mkdir()
    store.put(a_job("C2"))
    with pytest.raises(StoreError, match=rf"^{path}: cannot be saved: "):
        store.save()
    assert list(read_jobs(path)) == ["C1"]
    assert store.dirty
    (path.parent / name).rmdir()
    store.save()
    assert list(read_jobs(path)) == ["C1", "C2"]


def test_symbolic_link_to_itself(path: Path) -> None:
    """Such a link is a StoreError."""
    path.symlink_to(path.name)
    with pytest.raises(StoreError, match="cannot be read: Too many levels"):
        open_store(path)


def test_full_disk_keeps_the_old_file(path: Path) -> None:
    """The change is still unsaved, and no temporary file remains."""
    save_jobs(path, a_job("C1"))
    before = path.read_bytes()
    result = run(  # noqa: S603
        [sys.executable, "-c", ADD_JOB, path, FILL_DISK], capture_output=True, check=True
    )
    assert result.stdout.decode() == f"{path}: cannot be saved: File too large; saved: False\n"
    assert path.read_bytes() == before
    names = {file.name for file in path.parent.iterdir()}
    assert names == {"jobs.toml", "jobs.toml.bak", "jobs.toml.lock"}


def test_failed_backup_does_not_fail_the_save(path: Path) -> None:
    """The older backup stays."""
    store = save_jobs(path, a_job("C1"))
    (path.parent / ".jobs.toml.bak.new").mkdir()
    store.put(a_job("C2"))
    store.save()
    assert list(read_jobs(path)) == ["C1", "C2"]
    assert list(read_jobs(path.with_name("jobs.toml.bak"))) == ["C1"]


@pytest.mark.parametrize("lock_exists", [True, False])
def test_read_only_folder_can_be_loaded_but_not_saved(path: Path, *, lock_exists: bool) -> None:
    """The error gives the reason, and the file keeps its content."""
    save_jobs(path, a_job("C1"))
    path.chmod(0o644)
    lock_file = path.with_name("jobs.toml.lock")
    lock_file.chmod(0o666) if lock_exists else lock_file.unlink()
    let_others_reach(path)
    path.parent.chmod(0o555)
    result = run(  # noqa: S603
        [sys.executable, "-c", ADD_JOB, path, BE_ANOTHER_USER], capture_output=True, check=False
    )
    path.parent.chmod(0o755)
    culprit = path.with_name(".jobs.toml.new") if lock_exists else lock_file
    assert result.stdout.decode() == (
        f"{path}: cannot be saved: Permission denied ({culprit}); saved: False\n"
    ), result.stderr.decode()
    assert list(read_jobs(path)) == ["C1"]
