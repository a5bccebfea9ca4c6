"""Several files of jobs: old ones apart, good copies beside them, and disks that fail."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.jobs import Job, Status
from kling_tui.storage.archive import MAX_ENDED_IN_LIVE_FILE
from kling_tui.storage.store import Store
from kling_tui.storage.toml_format import CachedCodec, StoreError, dump, load
from tests.support.jobs import JOBS, NOW, a_job, after

MANY = 2 * MAX_ENDED_IN_LIVE_FILE + 50
"""Ended jobs, one a day, of which most are moved."""
ADDS_ONE = """
import os, resource, sys
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
DISK_FULL = "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))"
SOMEBODY_ELSE = "os.getuid() or os.setuid(65534)"
"""The superuser may write everywhere."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the job file is, or will be."""
    return tmp_path / "jobs.toml"


def opened(path: Path, *, archives: bool = True) -> Store:
    """Return a store that has read its files."""
    store = Store(path)
    store.load(archives=archives)
    return store


def holding(path: Path, *jobs: Job) -> Store:
    """Return a store that has saved some jobs."""
    store = opened(path)
    store.put(*jobs)
    store.save()
    return store


def done(number: int) -> Job:
    """Return one of many jobs, which ended on a day of its own."""
    end = NOW - timedelta(days=MANY - number)
    return a_job(f"done {number}", added_at=end, status=Status.SUCCEEDED, ended_at=end)


def file_of(path: Path, job: Job) -> Path:
    """Return the file for the month in which a job ended."""
    assert job.ended_at
    return path.with_name("jobs.toml.ended") / f"{job.ended_at:%Y-%m}.toml"


def held(path: Path) -> dict[str, Job]:
    """Return what a file holds, as somebody else reads it."""
    return load(path.read_text("utf-8"), path.name)


OLD = [done(number) for number in range(MANY)]
LIVE = a_job("live", status=Status.RUNNING, checked_at=NOW)


class TestEndedLongAgo:
    """Jobs that ended long ago have files of their own."""

    def test_moved(self, path: Path) -> None:
        """Only the newest stay among the live ones, and the others stand by month, none twice."""
        store = holding(path, *OLD, LIVE)
        kept = held(path)
        assert list(kept) == [job.id for job in [*OLD[-MAX_ENDED_IN_LIVE_FILE:], LIVE]]
        months = sorted(path.with_name("jobs.toml.ended").glob("*.toml"))
        assert len(months) > 5
        apart: dict[str, Job] = {}
        for month in months:
            apart |= held(month)
            assert all(file_of(path, job) == month for job in held(month).values())
        assert not apart.keys() & kept.keys()
        assert apart | kept == store.jobs == opened(path).jobs
        assert list(opened(path).jobs.values()) == [*OLD, LIVE]

    def test_few_are_not_moved(self, path: Path) -> None:
        """Up to a bound, there is one file."""
        holding(path, *OLD[: 2 * MAX_ENDED_IN_LIVE_FILE])
        assert not path.with_name("jobs.toml.ended").exists()

    async def test_read_later(self, path: Path) -> None:
        """The job file can be read alone, and the rest with the first look at what changed."""
        holding(path, *OLD, LIVE)
        store = opened(path, archives=False)
        assert len(store.jobs) == MAX_ENDED_IN_LIVE_FILE + 1
        store.put(replace(LIVE, label="mine"))
        assert await store.sync()
        assert list(store.jobs) == [job.id for job in [*OLD, LIVE]]
        assert held(path)["live"].label == "mine"
        assert not await store.sync()

    CHANGES: tuple[Callable[[Store], object], ...] = (
        lambda store: store.remove(OLD[0].id),
        lambda store: store.put(replace(OLD[0], label="found again")),
        lambda store: store.put(replace(OLD[0], status=Status.RUNNING, ended_at=None)),
    )

    @pytest.mark.parametrize("act", CHANGES, ids=["removed", "labelled", "alive"])
    async def test_changed(self, path: Path, act: Callable[[Store], object]) -> None:
        """An old job can be changed, removed and live again, and others see it."""
        mine = holding(path, *OLD, LIVE)
        theirs = opened(path)
        before = {month: month.stat() for month in path.parent.glob("jobs.toml.ended/*.toml")}
        act(mine)
        mine.save()
        assert await theirs.sync()
        assert theirs.jobs == mine.jobs == opened(path).jobs
        touched = {month for month in before if month.stat() != before[month]}
        assert touched == {file_of(path, OLD[0])}

    def test_live_again_is_live(self, path: Path) -> None:
        """A job that turns out to live returns to the job file."""
        store = holding(path, *OLD)
        store.put(replace(OLD[0], status=Status.RUNNING, ended_at=None))
        store.save()
        assert OLD[0].id in held(path)
        assert OLD[0].id not in held(file_of(path, OLD[0]))

    @pytest.mark.parametrize("changes", [{}, {"status": Status.RUNNING, "ended_at": None}])
    def test_a_crash_between_two_files(self, path: Path, changes: dict[str, Any]) -> None:
        """A job that a crash left in both files counts once, as the job file has it."""
        holding(path, *OLD, LIVE)
        job = replace(OLD[0], **changes)
        path.write_text(dump([job, *held(path).values()]), "utf-8")
        store = opened(path)
        assert store.jobs == {each.id: each for each in [job, *OLD[1:], LIVE]}
        store.put(replace(LIVE, label="mine"))
        store.save()
        assert store.jobs == opened(path).jobs
        assert (job.id in held(path)) != (job.id in held(file_of(path, OLD[0])))

    def test_other_files_are_left_alone(self, path: Path) -> None:
        """What somebody else put into the folder is no file of jobs."""
        holding(path, *OLD)
        stranger = path.with_name("jobs.toml.ended") / "notes.toml"
        stranger.write_text("mine = true", "utf-8")
        assert opened(path).jobs == {job.id: job for job in OLD}

    async def test_damage(self, path: Path) -> None:
        """A damaged month is said and kept, its jobs stay known, and all the rest is saved."""
        store = holding(path, *OLD, LIVE)
        month = file_of(path, OLD[0])
        month.write_bytes(b"[[jobs]\n")
        store.put(replace(LIVE, label="mine"))
        assert not await store.sync()
        assert store.archive_error is not None
        assert store.archive_error.startswith(f"{month}: not TOML")
        assert "restore" in store.archive_error
        assert held(path)["live"].label == "mine"
        assert store.jobs.keys() == {job.id for job in [*OLD, LIVE]}
        store.remove(OLD[0].id)
        with pytest.raises(StoreError, match="not TOML"):
            await store.sync()
        assert month.read_bytes() == b"[[jobs]\n"
        with pytest.raises(StoreError, match="not TOML"):
            opened(path)
        assert [file for file, _ in Store(path).restore()] == [month]
        await store.sync()
        assert store.archive_error is None
        assert opened(path).jobs == store.jobs
        assert OLD[0].id not in store.jobs

    async def test_damage_where_more_is_due(self, path: Path) -> None:
        """What is to go to a damaged month stays where it is; nothing is lost."""
        store = holding(path, *OLD)
        first = file_of(path, OLD[0])
        first.write_bytes(b"[[jobs]\n")
        late = [replace(job, id=f"late {job.id}") for job in OLD]
        store.put(*late)
        await store.sync()
        of_first = {job.id for job in late if file_of(path, job) == first}
        assert of_first <= held(path).keys()
        assert len(held(path)) < len(late)
        first.unlink()
        store.put(LIVE)
        await store.sync()
        assert opened(path).jobs.keys() == {job.id for job in [*OLD, *late, LIVE]}


class TestGoodCopy:
    """The copy of what was last written, and how it comes back."""

    def test_as_last_written(self, path: Path) -> None:
        """It holds all that the file does, and is as private."""
        store = holding(path, a_job("C1"))
        store.put(a_job("C2"))
        store.save()
        copy = path.with_name("jobs.toml.bak")
        assert copy.read_bytes() == path.read_bytes()
        assert copy.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("damage", [b"", b"[[jobs]\n", b"version = 1\n\xff"])
    def test_restored(self, path: Path, damage: bytes) -> None:
        """The damaged file is put aside byte for byte, as often as that happens."""
        store = holding(path, a_job())
        for name in ("jobs.toml.damaged", "jobs.toml.damaged-2"):
            path.write_bytes(damage)
            with pytest.raises(StoreError, match=f"--jobs {path} restore$"):
                opened(path)
            assert Store(path).restore() == [(path, path.with_name(name))]
            assert path.with_name(name).read_bytes() == damage
            assert opened(path).jobs == store.jobs

    def test_of_a_file_that_is_gone(self, path: Path) -> None:
        """A file that somebody removed comes back too."""
        store = holding(path, a_job())
        path.unlink()
        assert Store(path).restore() == [(path, None)]
        assert opened(path).jobs == store.jobs

    def test_nothing_to_do(self, path: Path) -> None:
        """A file that can be read is left alone, and so is one that never was."""
        assert Store(path).restore() == []
        holding(path, a_job())
        assert Store(path).restore() == []

    @pytest.mark.parametrize("copy", [None, b"[[jobs]\n", b"\xff"])
    def test_no_good_copy(self, path: Path, copy: bytes | None) -> None:
        """Without a good copy the damaged file stays where it is."""
        path.write_bytes(b"damage")
        if copy is not None:
            path.with_name("jobs.toml.bak").write_bytes(copy)
        with pytest.raises(StoreError, match=r"jobs\.toml\.bak"):
            Store(path).restore()
        assert path.read_bytes() == b"damage"

    def test_while_open(self, path: Path) -> None:
        """What was done in an open program while the file was damaged is saved in the end."""
        store = holding(path, a_job("C1"))
        path.write_bytes(b"damage")
        store.put(a_job("C2"))
        with pytest.raises(StoreError, match=r"restore$"):
            store.save()
        Store(path).restore()
        store.save()
        assert list(held(path)) == ["C1", "C2"]


class TestDisk:
    """A disk that takes no more, and folders that nobody may write to."""

    def test_full(self, path: Path) -> None:
        """The old file stays whole, the change is still to be saved, and nothing is left over."""
        holding(path, a_job("C1"))
        before = path.read_bytes()
        ended = run(  # noqa: S603
            [sys.executable, "-c", ADDS_ONE, path, DISK_FULL], capture_output=True, check=True
        )
        assert ended.stdout.decode() == f"{path}: cannot be saved: File too large; saved: False\n"
        assert path.read_bytes() == before
        names = {each.name for each in path.parent.iterdir()}
        assert names == {"jobs.toml", "jobs.toml.bak", "jobs.toml.lock"}

    def test_full_for_the_copy(self, path: Path) -> None:
        """A copy that cannot be made is no failure of the save, and the older copy stays."""
        store = holding(path, a_job("C1"))
        (path.parent / ".jobs.toml.bak.new").mkdir()
        store.put(a_job("C2"))
        store.save()
        assert list(held(path)) == ["C1", "C2"]
        assert list(held(path.with_name("jobs.toml.bak"))) == ["C1"]

    @pytest.mark.parametrize("lock", [True, False])
    def test_read_only(self, path: Path, *, lock: bool) -> None:
        """In a folder that may only be read, jobs can be read, and saving says why it fails."""
        holding(path, a_job("C1"))
        path.chmod(0o644)
        file = path.with_name("jobs.toml.lock")
        file.chmod(0o666) if lock else file.unlink()
        for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
            folder.chmod(0o755)
        path.parent.chmod(0o555)
        ended = run(  # noqa: S603
            [sys.executable, "-c", ADDS_ONE, path, SOMEBODY_ELSE], capture_output=True, check=False
        )
        path.parent.chmod(0o755)
        assert ended.stdout.decode() == (
            f"{path}: cannot be saved: Permission denied; saved: False\n"
        ), ended.stderr.decode()
        assert list(held(path)) == ["C1"]


class TestTexts:
    """Each job's text is written and read only where it changed."""

    @settings(max_examples=60)
    @given(st.lists(st.lists(JOBS, max_size=4, unique_by=lambda job: job.id), max_size=4))
    def test_as_without_memory(self, files: list[list[Job]]) -> None:
        """Whatever was written and read before, it is as if there were no memory."""
        writer, reader = CachedCodec(), CachedCodec()
        for jobs in files:
            text = writer.dump(jobs)
            assert text == dump(jobs)
            assert list(reader.load(text, "jobs.toml").values()) == jobs

    def test_what_did_not_change(self) -> None:
        """A job whose text is as before is the same object, though others changed."""
        texts = CachedCodec()
        first = texts.load(dump([a_job("C1"), a_job("C2")]), "jobs.toml")
        second = texts.load(dump([a_job("C2"), a_job("C1", label="new")]), "jobs.toml")
        assert second["C2"] is first["C2"]
        assert second["C1"].label == "new"

    def test_what_a_person_wrote_stays(self) -> None:
        """Comments beside a job that does not change are kept."""
        texts = CachedCodec()
        text = dump([a_job("C1"), a_job("C2")]).replace('id = "C1"', 'id = "C1"  # the first')
        jobs = texts.load(text, "jobs.toml")
        assert "# the first" in texts.dump([jobs["C1"], replace(jobs["C2"], label="new")])

    @pytest.mark.parametrize(
        "label",
        ['"""\n[[jobs]]\n"""', "'''\n\n[[jobs]]\nid = \"C3\"\n'''"],
    )
    def test_the_line_of_a_job_in_a_text(self, label: str) -> None:
        """A text that looks like the beginning of a job is still a text."""
        jobs = dump([a_job("C1")]) + (
            f'\n[[jobs]]\nid = "C2"\nkind = "i2v"\nadded_at = {NOW}\nprompt = {label}\n'
        )
        assert CachedCodec().load(jobs, "jobs.toml") == load(jobs, "jobs.toml")
        assert list(load(jobs, "jobs.toml")) == ["C1", "C2"]

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ('id = "C2"', 'id = "C1"', "job 2: id: C1 is in the file twice"),
            ('id = "C2"', "id = 3", "job 2: id: expected text"),
            ('id = "C2"', "id = ", "line 15"),
        ],
    )
    def test_faults(self, old: str, new: str, words: str) -> None:
        """What is wrong is said with its place in the whole file."""
        text = dump([a_job("C1"), a_job("C2")])
        with pytest.raises(StoreError, match=words):
            CachedCodec().load(text.replace(old, new), "jobs.toml")


def test_times_of_old_jobs(path: Path) -> None:
    """A job of which nobody knows when it ended is filed by when it was last heard of."""
    unknown = [replace(job, ended_at=None, checked_at=after(0)) for job in OLD]
    holding(path, *unknown)
    assert [each.name for each in path.parent.glob("jobs.toml.ended/*.toml")] == ["2026-11.toml"]
