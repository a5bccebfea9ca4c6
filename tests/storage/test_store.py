"""A store that no other process uses."""

from pathlib import Path

import pytest

from kling_tui.storage.store import Store
from kling_tui.storage.toml_format import dump
from tests.support.job_files import open_store, read_jobs, write_jobs
from tests.support.jobs import a_job


def test_missing_file_is_empty_and_is_not_created(path: Path) -> None:
    """Loading a file that does not exist gives no jobs and creates nothing."""
    store = open_store(path)
    assert store.jobs == {}
    assert not store.dirty
    assert not path.exists()


def test_saved_jobs_are_loaded_in_order(path: Path) -> None:
    """Another process loads the saved jobs in the order in which they were put."""
    store = open_store(path)
    store.put(a_job("C1"), a_job("C2"))
    store.put(a_job("C1", label="one"))
    assert store.dirty
    store.save()
    assert not store.dirty
    assert list(open_store(path).jobs.values()) == [a_job("C1", label="one"), a_job("C2")]


def test_remove_returns_tracked_jobs_and_ignores_other_ids(path: Path) -> None:
    """Removed jobs are returned; ids that are not tracked are no error."""
    store = open_store(write_jobs(path, a_job("C1"), a_job("C2")))
    assert store.remove("C2", "C3", "C2") == [a_job("C2")]
    store.save()
    assert list(read_jobs(path)) == ["C1"]


def test_removed_job_can_be_put_back(path: Path) -> None:
    """It does not matter whether the removal was saved."""
    store = open_store(write_jobs(path, a_job()))
    store.put(*store.remove(a_job().id))
    store.save()
    assert read_jobs(path) == {a_job().id: a_job()}
    removed = store.remove(a_job().id)
    store.save()
    assert read_jobs(path) == {}
    store.put(*removed)
    store.save()
    assert read_jobs(path) == {a_job().id: a_job()} == store.jobs


def test_jobs_is_always_the_same_dictionary(path: Path) -> None:
    """A reference to `jobs` sees every change."""
    store = Store(path)
    jobs = store.jobs
    write_jobs(path, a_job())
    store.load()
    assert store.jobs is jobs
    assert list(jobs) == [a_job().id]


def test_missing_folders_are_created_private(tmp_path: Path) -> None:
    """Only the owner may read folders that the store creates."""
    store = Store(tmp_path / "state" / "kling-tui" / "jobs.toml")
    store.put(a_job())
    store.save()
    assert store.path.parent.stat().st_mode & 0o777 == 0o700


def test_new_file_is_private(path: Path) -> None:
    """Only the owner may read a file that the store creates."""
    store = Store(path)
    store.put(a_job())
    store.save()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o666])
def test_existing_file_keeps_its_mode(path: Path, mode: int) -> None:
    """The mode is kept, whatever mode a leftover temporary file has."""
    write_jobs(path).chmod(mode)
    (path.parent / ".jobs.toml.new").touch(0o604)
    store = open_store(path)
    store.put(a_job())
    store.save()
    assert path.stat().st_mode & 0o777 == mode
    assert read_jobs(path)


def test_saving_unchanged_jobs_writes_nothing(path: Path) -> None:
    """A job that is put as it is in the file leaves the file alone."""
    store = open_store(write_jobs(path, a_job()))
    before = path.stat()
    store.put(a_job())
    store.save()
    assert path.stat() == before
    assert not store.dirty


@pytest.mark.parametrize("target", ["elsewhere/real.toml", "elsewhere/missing.toml"])
def test_symbolic_link_is_kept(tmp_path: Path, path: Path, target: str) -> None:
    """The target of the link is replaced or created, not the link."""
    (tmp_path / "elsewhere").mkdir()
    write_jobs(tmp_path / "elsewhere" / "real.toml")
    path.symlink_to(target)
    store = open_store(path)
    store.put(a_job())
    store.save()
    assert path.is_symlink()
    assert list(read_jobs(tmp_path / target)) == [a_job().id]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_are_accepted(path: Path, line_end: str, mark: str) -> None:
    """Files of editors on other systems can be loaded."""
    path.write_text(mark + dump([a_job()]), "utf-8", newline=line_end)
    assert open_store(path).jobs == {a_job().id: a_job()}


def test_leftover_temporary_file_is_overwritten(path: Path) -> None:
    """A longer file that a crash left before the rename does no harm."""
    store = open_store(write_jobs(path, a_job("C1")))
    (path.parent / ".jobs.toml.new").write_text("half a jo" * 1000, "utf-8")
    store.put(a_job("C2"))
    store.save()
    assert list(read_jobs(path)) == ["C1", "C2"]
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "jobs.toml",
        "jobs.toml.bak",
        "jobs.toml.lock",
    ]
