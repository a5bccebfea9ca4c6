"""The store and its file, kept alike while a program runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from kling_tui.jobs import Job, Status
from kling_tui.storage.archive import MAX_ENDED_IN_LIVE_FILE
from kling_tui.storage.store import Store
from kling_tui.storage.sync import CHECK_INTERVAL, StoreSync
from kling_tui.storage.toml_format import dump, load
from tests.support.jobs import NOW, a_job, after
from tests.support.waiting import TIMEOUT


class Kept:
    """A store with its keeper, and what the keeper told of."""

    def __init__(self, path: Path, *, loaded: bool = True) -> None:
        self.store = Store(path)
        if loaded:
            self.store.load()
        self.keeper = StoreSync(self.store, self._changed)
        self.told: list[str | None] = []
        """The problem at each time that the keeper told of a change."""
        self.known: list[int] = []
        """How many jobs were known at each of these times."""
        self._news = asyncio.Event()

    def _changed(self) -> None:
        self.told.append(self.keeper.problem)
        self.known.append(len(self.store.jobs))
        self._news.set()

    def track(self, job: Job) -> None:
        """Track a job as a person would."""
        self.store.put(job)
        self.keeper.save_soon()

    async def change(self) -> None:
        """Wait until the keeper tells of a change."""
        async with asyncio.timeout(TIMEOUT):
            await self._news.wait()
        self._news.clear()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Kept"]:
        """Keep until the end of the block."""
        task = asyncio.create_task(self.keeper.run())
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the job file is, or will be."""
    return tmp_path / "jobs.toml"


def replace_by(text: str, path: Path) -> None:
    """Replace a file as an editor does, so that nobody ever sees half of it."""
    path.with_suffix(".edited").write_text(text, "utf-8")
    path.with_suffix(".edited").replace(path)


def held(path: Path) -> list[Job]:
    """Return what a file holds, as somebody else reads it."""
    return list(load(path.read_text("utf-8"), path.name).values())


async def test_two_programs(path: Path) -> None:
    """What is done in one is saved at once, seen in the other, and told there alone."""
    async with Kept(path).running() as one, Kept(path).running() as other:
        one.track(a_job("C1"))
        await other.change()
        assert held(path) == list(other.store.jobs.values()) == [a_job("C1")]
        assert (one.told, other.told) == ([], [None])


async def test_a_file_damaged_and_mended(path: Path) -> None:
    """A problem is told once, and once more when it is over and all is saved."""
    async with Kept(path).running() as kept:
        replace_by("version = ", path)
        kept.track(a_job("C1"))
        await kept.change()
        (problem,) = kept.told
        assert problem is not None
        assert problem.startswith(f"{path}: not TOML")
        await kept.keeper.sync(save=True)
        replace_by(dump([a_job("C2")]), path)
        kept.track(a_job("C3"))
        await kept.change()
        assert kept.told == [problem, None]
        assert held(path) == [a_job("C2"), a_job("C1"), a_job("C3")]


async def test_to_save_takes_no_longer_for_a_problem(path: Path) -> None:
    """Who wants to leave is told at once that saving fails."""
    kept = Kept(path)
    replace_by("version = ", path)
    async with asyncio.timeout(CHECK_INTERVAL):
        await kept.keeper.sync(save=True)
    assert kept.keeper.problem
    assert kept.told == [kept.keeper.problem]


async def test_what_can_wait(path: Path) -> None:
    """The time of a poll is not written each time, but it is with the next that is."""
    kept = Kept(path)
    kept.track(a_job())
    await kept.keeper.sync(save=True)
    kept.store.put(replace(a_job(), checked_at=after(5)))
    await kept.keeper.sync(save=False)
    assert held(path) == [a_job()]
    await kept.keeper.sync(save=True)
    assert held(path) == [replace(a_job(), checked_at=after(5))]
    assert kept.told == []


async def test_what_is_live_is_read_first(path: Path) -> None:
    """Where nothing was read yet, nobody waits for what ended long ago to see what runs."""
    store = Store(path)
    ended = [
        replace(a_job(f"E{number}"), status=Status.FAILED, ended_at=NOW) for number in range(500)
    ]
    store.put(a_job("C1"), *ended)
    store.save()
    async with Kept(path, loaded=False).running() as kept:
        while len(kept.known) < 2:
            await kept.change()
    assert kept.known == [1 + MAX_ENDED_IN_LIVE_FILE, 501]
