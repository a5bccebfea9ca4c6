"""Sessions that poll several profiles, and apply the user's edits, in virtual time."""

from dataclasses import replace
from pathlib import Path

from kling_tui.gateways import BUILT_IN
from kling_tui.gateways.job_ids import ParsedId
from kling_tui.jobs import Job, Source
from kling_tui.polling.endpoint_status import Health
from kling_tui.polling.session import MAX_UNDO, Session
from kling_tui.storage.store import Store
from tests.support.jobs import a_job
from tests.support.virtual_gateway import RUNNING, answering, rate_limited
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
    """A removal that is taken back."""

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
        again = Store(path)
        again.load()
        again.put(replace(one, kind="o1", profile="studio"))
        again.save()
        assert await session.undo() == [other]
        await session.save()
        again.load()
        assert again.jobs["one"] == replace(one, kind="o1", profile="studio")
        assert again.jobs["other"] == other
        assert await session.undo() == []

    @in_virtual_time
    async def test_job_that_this_session_tracks_again_stays(self, tmp_path: Path) -> None:
        """It may have got another kind."""
        session = self.session(tmp_path / "jobs.toml", job := a_job("one"))
        session.remove([job])
        (again,) = session.track([ParsedId("one", "o1")], "again", "studio")
        assert await session.undo() == []
        assert again.profile == "studio"
        await session.save()
        stored = Store(tmp_path / "jobs.toml")
        stored.load()
        assert stored.jobs == {"one": again}

    @in_virtual_time
    async def test_only_the_last_removals_can_be_undone(self, tmp_path: Path) -> None:
        """What was removed for weeks would fill the memory."""
        jobs = [a_job(str(number)) for number in range(MAX_UNDO + 5)]
        session = self.session(tmp_path / "jobs.toml", *jobs)
        for job in jobs:
            session.remove([job])
        undone = 0
        while session.can_undo:
            assert await session.undo()
            undone += 1
        assert undone == MAX_UNDO
