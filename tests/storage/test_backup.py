"""Backups of job files, and how `Store.restore` uses them."""

from pathlib import Path

import pytest

from kling_tui.storage.store import Store, StoreError
from tests.support.job_files import open_store, read_jobs, save_jobs
from tests.support.jobs import a_job


def test_backup_equals_the_file_and_is_private(path: Path) -> None:
    """It has what was last saved."""
    store = save_jobs(path, a_job("C1"))
    store.put(a_job("C2"))
    store.save()
    backup = path.with_name("jobs.toml.bak")
    assert backup.read_bytes() == path.read_bytes()
    assert backup.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"[[jobs]\n", b"version = 1\n\xff"])
def test_restore_keeps_every_corrupt_version(path: Path, content: bytes) -> None:
    """Each corrupt version is copied unchanged to a separate name."""
    store = save_jobs(path, a_job())
    for name in ("jobs.toml.damaged", "jobs.toml.damaged-2"):
        path.write_bytes(content)
        with pytest.raises(StoreError, match=f"--jobs {path} restore$"):
            open_store(path)
        assert list(Store(path).restore()) == [(path, path.with_name(name))]
        assert path.with_name(name).read_bytes() == content
        assert open_store(path).jobs == store.jobs


def test_restore_of_a_missing_file(path: Path) -> None:
    """No corrupt version is reported."""
    store = save_jobs(path, a_job())
    path.unlink()
    assert list(Store(path).restore()) == [(path, None)]
    assert open_store(path).jobs == store.jobs


def test_restore_leaves_readable_files_alone(path: Path) -> None:
    """It creates no file that never existed."""
    assert list(Store(path).restore()) == []
    save_jobs(path, a_job())
    assert list(Store(path).restore()) == []


@pytest.mark.parametrize("backup", [None, b"[[jobs]\n", b"\xff"])
def test_restore_without_a_usable_backup(path: Path, backup: bytes | None) -> None:
    """The corrupt file keeps its content."""
    path.write_bytes(b"damage")
    if backup is not None:
        path.with_name("jobs.toml.bak").write_bytes(backup)
    with pytest.raises(StoreError, match=r"jobs\.toml\.bak"):
        list(Store(path).restore())
    assert path.read_bytes() == b"damage"


def test_changes_made_before_a_restore_are_saved_after_it(path: Path) -> None:
    """A program that was open while the file was corrupt saves its changes."""
    store = save_jobs(path, a_job("C1"))
    path.write_bytes(b"damage")
    store.put(a_job("C2"))
    with pytest.raises(StoreError, match=r"restore$"):
        store.save()
    list(Store(path).restore())
    store.save()
    assert list(read_jobs(path)) == ["C1", "C2"]
