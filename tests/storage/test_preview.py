"""The last jobs of a large file are known before all of it is read."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.storage.store import Store
from kling_tui.storage.toml_format import VERSION, dump, load_last
from tests.support.job_files import read_jobs, save_jobs
from tests.support.jobs import a_job

JOBS = [a_job(f"C{number}") for number in range(5)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of `JOBS`."""
    path = tmp_path / "jobs.toml"
    save_jobs(path, *JOBS)
    return path


def previewed(file: Path) -> Store:
    """Return a store that knows only the last two jobs of a file."""
    store = Store(file)
    store.preview(2)
    return store


def test_only_the_last_jobs_are_read(file: Path) -> None:
    """They are as in the file, and the store is not loaded."""
    store = previewed(file)
    assert list(store.jobs.values()) == JOBS[3:]
    assert not store.loaded
    assert not store.dirty


async def test_all_jobs_follow_in_their_order(file: Path) -> None:
    """The first sync reads the others; there is nothing to save."""
    store = previewed(file)
    assert await store.sync(save=False)
    assert list(store.jobs.values()) == JOBS
    assert not store.dirty


async def test_edits_before_the_file_is_read_are_kept(file: Path) -> None:
    """A changed label, a removal and an addition are merged into the file."""
    store = previewed(file)
    relabelled, added = replace(JOBS[3], label="new"), a_job("C9")
    store.put(relabelled)
    store.remove("C4")
    store.put(added)
    await store.sync(save=False)
    expected = [*JOBS[:3], relabelled, added]
    assert list(store.jobs.values()) == list(read_jobs(file).values()) == expected


@pytest.mark.parametrize("damage", ["not = [toml", "[[jobs]]\nid = 5\n"])
def test_nothing_is_read_where_the_last_jobs_are_invalid(file: Path, damage: str) -> None:
    """What is wrong is found out when the whole file is read."""
    file.write_text(f"{file.read_text('utf-8')}\n{damage}\n", "utf-8")
    assert previewed(file).jobs == {}


def test_nothing_is_read_of_a_newer_format() -> None:
    """Its jobs may mean something else."""
    text = dump(JOBS)
    assert len(load_last(text, 2)) == 2
    newer = text.replace(f"version = {VERSION}\n", f"version = {VERSION + 1}\n")
    assert load_last(newer, 2) == {}


def test_a_job_that_a_reply_imitates_is_not_read() -> None:
    """The text of a job inside another job's reply is no job."""
    imitation = dump([a_job("FAKE")])
    jobs = [JOBS[0], a_job("C8", reply=f"{imitation}\n{imitation}")]
    for number in range(1, 6):
        assert "FAKE" not in load_last(dump(jobs), number)


def test_a_missing_file_has_no_jobs(tmp_path: Path) -> None:
    """It is no error, as for `load`."""
    assert previewed(tmp_path / "jobs.toml").jobs == {}
