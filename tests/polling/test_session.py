"""Sessions that poll several profiles, and apply the user's edits, in virtual time."""

import asyncio
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.gateways import BUILT_IN
from kling_tui.gateways.job_ids import ParsedId
from kling_tui.jobs import Job, Source, Status
from kling_tui.polling.clock import loop_time
from kling_tui.polling.endpoint_status import Health
from kling_tui.polling.session import Session
from kling_tui.storage.store import Store
from tests.support.jobs import NOW, a_job
from tests.support.virtual_gateway import (
    RUNNING,
    UNREACHABLE,
    VirtualGateway,
    answering,
    rate_limited,
)
from tests.support.virtual_time import in_virtual_time, time_of_day, until
from tests.support.watching import job_of, running_session

DEFAULT, STUDIO = Source("i2v"), Source("i2v", "studio")


@in_virtual_time
async def test_concurrency_is_limited_for_each_profile(tmp_path: Path) -> None:
    """A slow profile takes no slots from another."""
    slow, fast = answering(RUNNING, duration=5.0), answering(RUNNING)
    async with running_session(tmp_path / "jobs.toml", {DEFAULT: slow, STUDIO: fast}):
        await until(40.0)
    assert (slow.max_in_flight, fast.max_in_flight) == (1, 1)
    assert len(slow.polls) <= 9
    assert len(fast.polls) > 30


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python has no eager tasks")
@in_virtual_time
async def test_polling_starts_with_eager_tasks_too(tmp_path: Path) -> None:
    """The app has them: Textual sets that."""
    asyncio.get_running_loop().set_task_factory(getattr(asyncio, "eager_task_factory", None))
    gateway = answering(RUNNING)
    async with running_session(tmp_path / "jobs.toml", {DEFAULT: gateway}) as session:
        await until(10.0)
        assert session.leading == {DEFAULT}
    assert len(gateway.polls) > 5


@in_virtual_time
async def test_rate_limit_applies_to_one_profile_only(tmp_path: Path) -> None:
    """A refresh of another profile's job does not wait."""
    limited, other = answering(rate_limited(retry_after=60.0)), answering(RUNNING)
    async with running_session(
        tmp_path / "jobs.toml", {DEFAULT: other, STUDIO: limited}
    ) as session:
        await until(20.0)
        assert session.endpoint_statuses[STUDIO].health is Health.THROTTLED
        assert session.endpoint_statuses[DEFAULT].health is Health.HEALTHY
        assert session.refresh([job_of(DEFAULT, 1)]) is None
        assert session.refresh([job_of(STUDIO, 1)]) is not None


@in_virtual_time
async def test_nothing_of_the_polling_stays_when_it_ends(tmp_path: Path) -> None:
    """A later refresh or a poll for a link has no effect on what is gone."""
    async with running_session(tmp_path / "jobs.toml", {DEFAULT: answering(RUNNING)}) as session:
        await until(10.0)
        assert session.polling
        assert session.leading == {DEFAULT}
    assert not session.polling
    assert not session.endpoint_statuses
    assert not session.leading
    assert session.refresh([job_of(DEFAULT, 1)]) is None


class TestUndo:
    """Edits of the user that are undone, while other processes edit the same jobs."""

    @staticmethod
    def session(path: Path, *jobs: Job) -> Session:
        """Return a session that tracks jobs, without polling them."""
        store = Store(path)
        store.put(*jobs)
        store.save()
        return Session(
            store,
            endpoints=BUILT_IN,
            now=time_of_day,
            on_poll=lambda *_: None,
            on_external_change=lambda: None,
        )

    @in_virtual_time
    async def test_job_that_was_tracked_again_stays(self, tmp_path: Path) -> None:
        """Only the others come back."""
        one, other = a_job("one"), a_job("other")
        session = self.session(path := tmp_path / "jobs.toml", one, other)
        session.remove([one, other])
        await session.save()
        save_elsewhere(path, replace(one, kind="o1", profile="studio"))
        reversal = await session.undo()
        assert reversal
        assert [change.after for change in reversal.changes] == [other]
        assert reversal.skipped == 1
        await session.save()
        assert saved_jobs(path) == {
            "one": replace(one, kind="o1", profile="studio"),
            "other": other,
        }
        assert await session.undo() is None

    @in_virtual_time
    async def test_job_that_this_session_tracks_again_is_removed_first(
        self, tmp_path: Path
    ) -> None:
        """Its tracking is the later edit; then the first job comes back."""
        session = self.session(path := tmp_path / "jobs.toml", job := a_job("one"))
        session.remove([job])
        session.track([ParsedId("one", "o1")], "again", "studio")
        await session.undo()
        await session.save()
        assert saved_jobs(path) == {}
        await session.undo()
        await session.save()
        assert saved_jobs(path) == {"one": job}

    @in_virtual_time
    async def test_label_that_another_process_changed_since_stays(self, tmp_path: Path) -> None:
        """And all that polls reported since."""
        one, other = a_job("one", label="first"), a_job("other", label="second")
        session = self.session(path := tmp_path / "jobs.toml", one, other)
        session.relabel([one, other], "both")
        await session.save()
        done = replace(a_job("other", label="both"), status=Status.SUCCEEDED, ended_at=NOW)
        save_elsewhere(path, replace(one, label="theirs"), done)
        reversal = await session.undo()
        assert reversal
        assert reversal.skipped == 1
        await session.save()
        assert saved_jobs(path) == {
            "one": replace(one, label="theirs"),
            "other": replace(done, label="second"),
        }

    @in_virtual_time
    async def test_result_saved_a_moment_before_the_removal_comes_back_with_the_job(
        self, tmp_path: Path
    ) -> None:
        """Although it was not read when the job was removed."""
        session = self.session(path := tmp_path / "jobs.toml", job := a_job("one", label="a"))
        session.relabel([job], "b")
        done = replace(job, status=Status.SUCCEEDED, checked_at=NOW, ended_at=NOW)
        save_elsewhere(path, done)
        session.remove([replace(job, label="b")])
        await session.save()
        assert saved_jobs(path) == {}
        await session.undo()
        await session.save()
        assert saved_jobs(path) == {"one": replace(done, label="b")}

    @in_virtual_time
    async def test_job_that_comes_back_is_polled_and_a_removed_one_is_not(
        self, tmp_path: Path
    ) -> None:
        """Whether an edit, an undo or a redo adds or removes it."""
        gateway = answering(RUNNING)
        job = job_of(DEFAULT, 0)
        async with running_session(
            tmp_path / "jobs.toml", {DEFAULT: gateway}, jobs=1, slots=8
        ) as session:
            await until(10.0)
            session.remove([job])
            await session.undo()
            for revert, polled in ((session.redo, False), (session.undo, True)):
                await revert()
                await until(time := loop_time() + 1.0)
                polls = len(gateway.polls)
                await until(time + 40.0)
                assert (len(gateway.polls) > polls) is polled
                assert (job.id in session.next_at) is polled


def save_elsewhere(path: Path, *jobs: Job) -> None:
    """Save jobs as another process does."""
    store = Store(path)
    store.load()
    store.put(*jobs)
    store.save()


def saved_jobs(path: Path) -> dict[str, Job]:
    """Return the jobs in a file."""
    store = Store(path)
    store.load()
    return store.jobs


@in_virtual_time
async def test_an_outage_is_known_after_a_restart(tmp_path: Path) -> None:
    """It is recorded by the session that polls, in a file beside the job file."""
    gateway = VirtualGateway(lambda _, now: UNREACHABLE if 20 < now < 120 else RUNNING)
    async with running_session(tmp_path / "jobs.toml", {DEFAULT: gateway}) as session:
        await until(200.0)
        await session.save()
    async with running_session(tmp_path / "jobs.toml", {DEFAULT: gateway}) as session:
        [incident] = await session.incidents.load(time_of_day())
    assert incident.outage
    assert incident.source == DEFAULT
    assert incident.problem == UNREACHABLE.message
    assert 60 < (incident.end - incident.start).total_seconds() < 170
