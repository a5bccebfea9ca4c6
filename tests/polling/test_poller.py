"""The poller and its watches, in virtual time."""

import asyncio
import math
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.gateways import GatewayError
from kling_tui.jobs import Job, Report, Source, Status, Video
from kling_tui.polling.clock import loop_time
from kling_tui.polling.endpoint_status import Health
from kling_tui.polling.leases import LeaseFile
from kling_tui.polling.poller import Poller, PollResult, stagger
from kling_tui.storage.store import Store
from tests.support.virtual_gateway import (
    DONE,
    FAILED,
    NOT_FOUND,
    RUNNING,
    SERVER_ERROR,
    UNAUTHORIZED,
    UNREACHABLE,
    Outcome,
    VirtualGateway,
    answering,
    health_of,
    new_limiter,
    rate_limited,
)
from tests.support.virtual_time import START, in_virtual_time, time_of_day, time_of_day_at, until
from tests.support.watching import I2V, O1, Watched, new_job, watching

STUDIO = Source("i2v", "studio")
NO_URL = replace(DONE, videos=(), conclusive=False)
FAILED_500 = replace(FAILED, raw_status=None, conclusive=False)
RATE_LIMITED = rate_limited(retry_after=60.0)
CONTRADICTIONS: list[Report] = [
    DONE,
    FAILED,
    NO_URL,
    FAILED_500,
    RUNNING,
    replace(RUNNING, status=Status.UNKNOWN, raw_status="thawing"),
]
"""Reports that contradict one end or both."""


def correct_source(watched: Watched, source: Source) -> None:
    """Correct a job's kind and profile, as another process does."""
    kind, profile = source
    watched.store.put(replace(watched.job(), kind=kind, profile=profile))
    watched.poller.sync_with_store()


def check_end_stays(job: Job, ended: Job, outcome: Outcome) -> None:
    """Check that a poll has changed nothing of an ended job but its problem, or its links."""
    assert replace(job, problem=None, problem_since=None, checked_at=START) == ended
    agrees = isinstance(outcome, Report) and outcome.status is ended.status
    assert (job.problem is None) == agrees


class TestOneJob:
    """One job from its first poll to its end."""

    @in_virtual_time
    async def test_first_poll_comes_at_once(self) -> None:
        """It does not wait for the first interval."""
        async with watching({I2V: (gateway := answering(RUNNING))}, new_job()):
            await until(1.0)
            assert gateway.polls == [(0.0, "job")]

    @in_virtual_time
    async def test_intervals_grow_from_first_to_max(self) -> None:
        """They are counted from the end of a poll to the start of the next."""
        async with watching({I2V: (gateway := answering(RUNNING))}, new_job()):
            await until(300.0)
        waits = [later - earlier - 0.25 for earlier, later in pairwise(gateway.poll_times)]
        assert waits[:8] == sorted(waits[:8])
        assert waits[0] == 5.0
        assert waits[8:] == pytest.approx([15.0] * len(waits[8:]))

    @in_virtual_time
    async def test_ended_job_is_polled_no_more(self) -> None:
        """Its end is reported once."""
        gateway = answering(RUNNING, DONE)
        async with watching({I2V: gateway}, new_job()) as watched:
            await until(5000.0)
            assert len(gateway.polls) == 2
            assert watched.job().status is Status.SUCCEEDED
            assert watched.job().videos == DONE.videos
            assert [result.next_at is None for _, result in watched.results] == [False, True]

    @in_virtual_time
    async def test_reported_time_of_the_next_poll_is_true(self) -> None:
        """Also after a failed poll."""
        gateway = answering(RUNNING, SERVER_ERROR, RUNNING)
        async with watching({I2V: gateway}, new_job()) as watched:
            await until(40.0)
            reported = [result.next_at for _, result in watched.results]
        actual = gateway.poll_times[1:]
        expected = [(at - START).total_seconds() for at in reported[: len(actual)] if at]
        assert expected == pytest.approx(actual)

    @in_virtual_time
    async def test_ended_job_can_be_polled_once_for_new_links(self) -> None:
        """A failed poll raises its error and changes nothing."""
        renewed = replace(DONE, videos=(Video("https://files.example/new.mp4"),))
        gateway = answering(DONE, renewed, NOT_FOUND)
        async with watching({I2V: gateway}, new_job()) as watched:
            await until(1.0)
            job = await watched.poller.poll_once(watched.job())
            assert job == watched.job()
            assert job.videos == renewed.videos
            with pytest.raises(GatewayError, match="404"):
                await watched.poller.poll_once(job)
            assert watched.job() == job

    @in_virtual_time
    async def test_polling_once_tracks_no_job_and_refuses_unknown_kinds(self) -> None:
        """The job may have been removed, or belong to an endpoint without a gateway."""
        async with watching({I2V: answering(DONE)}) as watched:
            polled = await watched.poller.poll_once(new_job())
            assert polled.status is Status.SUCCEEDED
            with pytest.raises(GatewayError, match="kind"):
                await watched.poller.poll_once(new_job(kind="v9"))
            watched.poller.refresh(new_job(kind="v9"))
            assert not watched.store.jobs
            assert not watched.results

    @in_virtual_time
    async def test_estimate_moves_the_next_poll_to_the_expected_end(self) -> None:
        """The usual interval would be longer."""
        gateway = answering(*[RUNNING] * 9, replace(RUNNING, eta_seconds=8.0), DONE)
        async with watching({I2V: gateway}, new_job()):
            await until(500.0)
        assert gateway.poll_times[10] - gateway.poll_times[9] == pytest.approx(8.25)

    @pytest.mark.parametrize(
        "error", [UNREACHABLE, SERVER_ERROR, NOT_FOUND, UNAUTHORIZED, RATE_LIMITED]
    )
    def test_failed_poll_backs_off_and_changes_only_the_problem(self, error: GatewayError) -> None:
        """The problem has the error's message and its time, until a poll succeeds."""

        @in_virtual_time
        async def scenario() -> None:
            gateway = answering(RUNNING, error, error, RUNNING)
            async with watching({I2V: gateway}, new_job()) as watched:
                await until(5.4)
                before = watched.job()
                await until(5.6)
                assert watched.job() == before.with_poll_error(error.message, time_of_day_at(5.5))
                assert watched.job().status is Status.RUNNING
                await until(2000.0)
                assert watched.job().problem is None
            waits = [later - earlier for earlier, later in pairwise(gateway.poll_times)]
            assert waits[0] < waits[1] <= waits[2]

        scenario()

    @in_virtual_time
    async def test_success_resets_the_backoff(self) -> None:
        """The next failure counts as the first."""
        gateway = answering(
            SERVER_ERROR, SERVER_ERROR, SERVER_ERROR, RUNNING, SERVER_ERROR, RUNNING
        )
        async with watching({I2V: gateway}, new_job()):
            await until(200.0)
        waits = [later - earlier - 0.25 for earlier, later in pairwise(gateway.poll_times)]
        assert waits[:5] == pytest.approx([10, 20, 40, 5, 10])

    @in_virtual_time
    async def test_not_found_is_polled_ever_more_rarely(self) -> None:
        """The job is never dropped."""
        async with watching({I2V: (gateway := answering(NOT_FOUND))}, new_job()) as watched:
            await until(86_400.0)
            assert watched.job().problem == NOT_FOUND.message
            assert not watched.job().ended
        assert 100 < len(gateway.polls) < 160

    @in_virtual_time
    async def test_unknown_status_is_polled_on(self) -> None:
        """The endpoint's own status is kept."""
        unknown = Report(status=Status.UNKNOWN, raw_status="upscaling")
        async with watching({I2V: answering(unknown, unknown, DONE)}, new_job()) as watched:
            await until(1.0)
            assert watched.job().raw_status == "upscaling"
            await until(100.0)
            assert watched.job().status is Status.SUCCEEDED


class TestChanges:
    """Jobs that change in the store while they are watched."""

    @in_virtual_time
    async def test_label_edited_during_a_poll_is_kept(self) -> None:
        """The poll's result is applied to the edited job."""
        async with watching({I2V: answering(DONE)}, new_job()) as watched:
            await until(0.1)
            watched.store.put(replace(watched.job(), label="hero shot"))
            await until(1.0)
            assert (watched.job().label, watched.job().ended) == ("hero shot", True)

    @pytest.mark.parametrize("error", [None, UNREACHABLE])
    @pytest.mark.parametrize("at", [0.1, 3.0])
    def test_job_removed_from_the_store_is_watched_no_more(
        self, at: float, error: GatewayError | None
    ) -> None:
        """It may be removed during a poll or between two."""

        @in_virtual_time
        async def scenario() -> None:
            gateway = answering(error or RUNNING)
            async with watching({I2V: gateway}, new_job()) as watched:
                await until(at)
                watched.store.remove("job")
                await until(1000.0)
                assert "job" not in watched.store.jobs
                assert len(gateway.polls) == 1
                assert len(asyncio.all_tasks()) == 2

        scenario()

    @pytest.mark.parametrize("at", [0.1, 3.0])
    def test_unwatch_cancels_the_watch_at_once(self, at: float) -> None:
        """A poll in flight is cancelled too."""

        @in_virtual_time
        async def scenario() -> None:
            async with watching({I2V: (gateway := answering(RUNNING))}, new_job()) as watched:
                await until(at)
                watched.poller.unwatch("job")
                watched.poller.unwatch("job")
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                assert gateway.in_flight == 0
                await until(1000.0)
                assert len(gateway.polls) == 1

        scenario()

    @in_virtual_time
    async def test_job_tracked_again_is_polled_at_once(self) -> None:
        """It is watched only once."""
        async with watching({I2V: (gateway := answering(RUNNING))}, new_job()) as watched:
            await until(0.1)
            (job,) = watched.store.remove("job")
            watched.poller.unwatch("job")
            watched.store.put(job)
            watched.poller.watch_jobs([job])
            watched.poller.watch_jobs([job])
            await until(4.0)
            assert gateway.poll_times == [0.0, 0.1]
            await until(7.0)
            assert len(gateway.polls) == 3

    @in_virtual_time
    async def test_forced_poll_of_a_removed_job_is_not_made(self) -> None:
        """It was held back by a 429 when the job was removed."""
        gateway = answering(RATE_LIMITED)
        async with watching({I2V: gateway}, new_job()) as watched:
            await until(10.0)
            watched.poller.refresh(watched.job())
            await until(11.0)
            watched.store.remove("job")
            watched.poller.sync_with_store()
            assert not watched.poller.sources
            await until(1000.0)
            assert len(gateway.polls) == 1

    @in_virtual_time
    async def test_job_ended_by_another_process_is_polled_no_more(self) -> None:
        """Its end comes from the job file."""
        async with watching({I2V: (gateway := answering(RUNNING))}, new_job()) as watched:
            await until(3.0)
            watched.store.put(watched.job().with_report(DONE, time_of_day()))
            await until(1000.0)
            assert len(gateway.polls) == 1
            gateway.outcome_at = lambda *_: DONE
            watched.poller.refresh(watched.job())
            await until(2000.0)
            assert len(gateway.polls) == 2

    @pytest.mark.parametrize("corrected", [O1, STUDIO], ids=["kind", "profile"])
    @pytest.mark.parametrize("at", [0.1, 3.0], ids=["during a poll", "between two"])
    def test_job_whose_source_was_corrected_is_polled_there_at_once(
        self, at: float, corrected: Source
    ) -> None:
        """Not at its former endpoint or gateway any more, whose reply in flight does not count."""

        @in_virtual_time
        async def scenario() -> None:
            former, new = answering(FAILED if at == 0.1 else RUNNING), answering(RUNNING)
            async with watching({I2V: former, corrected: new}, new_job()) as watched:
                await until(at)
                correct_source(watched, corrected)
                await until(at + 1.0)
                assert watched.job().status is Status.RUNNING
                await until(60.0)
            assert len(former.polls) == 1
            assert (former.in_flight, former.forgotten) == (0, ["job"])
            assert new.poll_times[0] == at
            assert len(new.polls) >= 4

        scenario()

    @in_virtual_time
    async def test_poll_that_the_user_forced_is_made_at_the_corrected_source(self) -> None:
        """Though polling is paused."""
        former, new = answering(RUNNING), answering(RUNNING)
        async with watching({I2V: former, O1: new}, new_job()) as watched:
            await until(3.0)
            for limiter in watched.limiters.values():
                limiter.allow_polls(-math.inf)
            watched.poller.refresh(watched.job())
            correct_source(watched, O1)
            await until(100.0)
        assert (len(former.polls), len(new.polls)) == (1, 1)

    @in_virtual_time
    async def test_job_corrected_during_a_single_poll_does_not_change(self) -> None:
        """The reply is about another job, or another gateway's."""
        async with watching({I2V: answering(FAILED), O1: answering(RUNNING)}) as watched:
            watched.store.put(job := new_job())
            polling = asyncio.ensure_future(watched.poller.poll_once(job))
            await until(0.1)
            watched.store.put(replace(job, kind="o1"))
            with pytest.raises(GatewayError, match="corrected"):
                await polling
            assert watched.job() == replace(job, kind="o1")

    @pytest.mark.parametrize("last", [RUNNING, DONE, UNREACHABLE])
    def test_nothing_is_remembered_of_a_job_that_is_not_watched(self, last: Outcome) -> None:
        """It has ended, was removed, or was only polled once."""

        @in_virtual_time
        async def scenario() -> None:
            gateway = answering(last)
            async with watching({I2V: gateway}, new_job()) as watched:
                await until(3.0)
                watched.store.remove("job")
                watched.poller.sync_with_store()
                await asyncio.sleep(0)
                assert gateway.forgotten == ["job"]
                with suppress(GatewayError):
                    await watched.poller.poll_once(new_job("other"))
                assert gateway.forgotten == ["job", "other"]

        scenario()

    @in_virtual_time
    async def test_single_poll_keeps_what_is_known_of_a_watched_job(self) -> None:
        """Its next polls go where its last ones did."""
        async with watching({I2V: (gateway := answering(RUNNING))}, new_job()) as watched:
            await watched.poller.poll_once(watched.job())
            assert gateway.forgotten == []

    @in_virtual_time
    async def test_only_unfinished_jobs_with_a_gateway_are_watched(self) -> None:
        """A refresh does not change that for a kind without a gateway."""
        jobs = [new_job(), new_job("done", status=Status.SUCCEEDED), new_job("odd", kind="veo")]
        async with watching({I2V: (gateway := answering(RUNNING))}, *jobs) as watched:
            watched.poller.refresh(jobs[2])
            await until(100.0)
        assert {job_id for _, job_id in gateway.polls} == {"job"}


class TestRefresh:
    """The user refreshes a job."""

    @in_virtual_time
    async def test_refresh_polls_at_once_and_the_watch_goes_on(self) -> None:
        """A second refresh during the poll adds none."""
        async with watching({I2V: (gateway := answering(RUNNING))}, new_job()) as watched:
            await until(2.0)
            watched.poller.refresh(watched.job())
            await until(2.1)
            watched.poller.refresh(watched.job())
            await until(9.0)
        assert gateway.poll_times[:2] == [0.0, 2.0]
        assert 7.0 < gateway.poll_times[2] < 9.0

    @in_virtual_time
    async def test_refresh_polls_once_while_paused(self) -> None:
        """The job is paused again afterwards."""
        async with watching({I2V: (gateway := answering(RUNNING))}, new_job()) as watched:
            await until(1.0)
            watched.limiters[I2V].allow_polls(-math.inf)
            await until(500.0)
            watched.poller.refresh(watched.job())
            await until(1000.0)
            assert gateway.poll_times == [0.0, 500.0]
            watched.limiters[I2V].allow_polls(math.inf)
            await until(1006.0)
            assert len(gateway.polls) >= 3

    @pytest.mark.parametrize("outcome", [*CONTRADICTIONS, UNREACHABLE, NOT_FOUND])
    @pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED])
    def test_refresh_polls_an_ended_job_once_and_its_end_stays(
        self, status: Status, outcome: Outcome
    ) -> None:
        """A failed poll and a reply that contradicts the end set the problem and nothing else."""

        @in_virtual_time
        async def scenario() -> None:
            gateway = answering(outcome)
            ended = new_job().with_report(replace(DONE, status=status), START)
            async with watching({I2V: gateway}, ended) as watched:
                await until(10.0)
                watched.poller.refresh(ended)
                await until(5000.0)
                assert gateway.poll_times == [10.0]
                assert watched.results[-1][1].next_at is None
                check_end_stays(watched.job(), ended, outcome)

        scenario()

    @pytest.mark.parametrize("outcome", CONTRADICTIONS)
    @pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED])
    def test_end_stays_when_a_download_polls_for_a_new_link(
        self, status: Status, outcome: Report
    ) -> None:
        """The same rule holds as for a refresh."""

        @in_virtual_time
        async def scenario() -> None:
            ended = new_job().with_report(replace(DONE, status=status), START)
            async with watching({I2V: answering(outcome)}, ended) as watched:
                polled = await watched.poller.poll_once(ended)
                assert polled == watched.job()
                check_end_stays(polled, ended, outcome)

        scenario()

    @pytest.mark.parametrize("outcome", [NO_URL, FAILED_500])
    def test_single_poll_does_not_end_a_job_by_a_doubtful_reply(self, outcome: Report) -> None:
        """Only the watch confirms an end, over several polls."""

        @in_virtual_time
        async def scenario() -> None:
            async with watching({I2V: answering(RUNNING, outcome, RUNNING)}, new_job()) as watched:
                await until(1.0)
                polled = await watched.poller.poll_once(watched.job())
                assert polled.status is Status.RUNNING
                assert watched.job().message == outcome.message

        scenario()

    @in_virtual_time
    async def test_refresh_after_a_refused_key_probes_at_once(self) -> None:
        """If the key is accepted by now, all jobs go on."""
        gateway = answering(UNAUTHORIZED)
        jobs = [new_job(f"job {index}") for index in range(30)]
        async with watching({I2V: gateway}, *jobs) as watched:
            await until(30.0)
            assert health_of(watched.limiters[I2V]) is Health.UNAUTHORIZED
            refused = len(gateway.polls)
            gateway.outcome_at = lambda *_: RUNNING
            watched.poller.refresh(watched.job("job 7"))
            await until(30.1)
            assert gateway.polls[refused:] == [(30.0, "job 7")]
            await until(60.0)
            assert health_of(watched.limiters[I2V]) is Health.HEALTHY
            assert all(job.status is Status.RUNNING for job in watched.store.jobs.values())
            assert not any(job.problem for job in watched.store.jobs.values())


@in_virtual_time
async def test_single_poll_waits_for_a_429_to_another_process(tmp_path: Path) -> None:
    """A command that polls one job for a new link takes no lease."""
    store, gateway = Store(tmp_path / "jobs.toml"), answering(DONE)
    LeaseFile(store.path).update([], {I2V: 60.0}, loop_time())
    poller = Poller(store, {I2V: gateway}, {I2V: new_limiter()}, lambda *_: None)
    await poller.poll_once(new_job())
    assert gateway.poll_times[0] >= 60.0


class TestManyJobs:
    """Jobs that share an endpoint."""

    @in_virtual_time
    async def test_each_poll_is_reported_after_it_is_stored(self) -> None:
        """The callback gets the job before the poll, and the result."""
        store = Store(Path("never-written.toml"))
        store.put(new_job())
        reported: list[tuple[Job, Job, Job]] = []

        def on_poll(before: Job, result: PollResult) -> None:
            reported.append((before, result.job, store.jobs["job"]))

        task = asyncio.create_task(
            Poller(store, {I2V: answering(RUNNING, DONE)}, {I2V: new_limiter()}, on_poll).run()
        )
        await until(20.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        (unknown, running, stored), (before, done, stored_then) = reported
        assert (unknown, running, done) == (new_job(), before, stored_then)
        assert running is stored

    def test_stagger_spreads_polls_evenly(self) -> None:
        """The first comes at once."""
        assert stagger(0, 5.0) == []
        assert stagger(1, 5.0) == [0.0]
        assert stagger(5, 10.0) == [0.0, 2.0, 4.0, 6.0, 8.0]

    @in_virtual_time
    async def test_first_polls_are_spread_over_the_first_interval(self) -> None:
        """The jobs were tracked before the start."""
        jobs = [new_job(f"job {index}") for index in range(50)]
        async with watching({I2V: (gateway := answering(RUNNING))}, *jobs):
            await until(4.95)
            assert gateway.poll_times == pytest.approx([index / 10 for index in range(50)])

    @in_virtual_time
    async def test_added_jobs_are_spread_over_the_first_interval(self) -> None:
        """The first of them is polled at once."""
        async with watching({I2V: (gateway := answering(RUNNING))}) as watched:
            await until(100.0)
            added = [new_job(f"job {index}") for index in range(5)]
            watched.store.put(*added)
            watched.poller.watch_jobs(added)
            await until(104.9)
            assert gateway.poll_times == pytest.approx([100.0, 101.0, 102.0, 103.0, 104.0])

    @in_virtual_time
    async def test_endpoints_share_the_limit_of_polls_in_flight(self) -> None:
        """No job starves."""
        gateway = VirtualGateway(lambda *_: RUNNING, duration=4.0)
        jobs = [new_job(f"{kind} {n}", kind) for n in range(20) for kind in ("i2v", "o1")]
        async with watching({I2V: gateway, O1: gateway}, *jobs, slots=3):
            await until(200.0)
        assert gateway.max_in_flight == 3
        assert {job_id for _, job_id in gateway.polls} == {job.id for job in jobs}

    @in_virtual_time
    async def test_rate_limit_applies_to_one_endpoint_only(self) -> None:
        """A 429 holds back all jobs of its endpoint."""
        slowed, other = answering(RATE_LIMITED, RUNNING), answering(RUNNING)
        jobs = [new_job(f"{kind} {n}", kind) for n in range(10) for kind in ("i2v", "o1")]
        async with watching({I2V: slowed, O1: other}, *jobs):
            await until(55.0)
            assert slowed.poll_times == [0.0]
            assert len(other.polls) > 30
            await until(120.0)
            assert {job_id for _, job_id in slowed.polls} == {f"i2v {n}" for n in range(10)}

    @pytest.mark.parametrize("retry_after", [None, 30.0, 3600.0])
    def test_job_that_is_always_rate_limited_does_not_keep_others_from_being_polled(
        self, retry_after: float | None
    ) -> None:
        """They are polled before it whenever polls may go on."""

        @in_virtual_time
        async def scenario() -> None:
            limited = rate_limited(retry_after)
            gateway = VirtualGateway(lambda job_id, _: limited if job_id == "job" else RUNNING)
            jobs = [new_job(), *(new_job(f"other {number}") for number in range(5))]
            async with watching({I2V: gateway}, *jobs) as watched:
                await until(100 * (retry_after or 30.0))
                assert all(watched.job(job.id).history for job in jobs[1:])
            polls = Counter(job_id for _, job_id in gateway.polls)
            assert min(polls[job.id] for job in jobs[1:]) >= polls["job"] / 4

        scenario()

    @in_virtual_time
    async def test_refused_key_applies_to_one_profile_only(self) -> None:
        """The jobs of both profiles are of the same kind."""
        other, refusing = answering(RUNNING), answering(UNAUTHORIZED)
        profiles = ("", "studio", "gone")
        jobs = [
            replace(new_job(f"{profile} {n}"), profile=profile)
            for n in range(10)
            for profile in profiles
        ]
        async with watching({I2V: other, Source("i2v", "studio"): refusing}, *jobs) as watched:
            await until(55.0)
            assert len(refusing.polls) == 1
            assert {job_id for _, job_id in other.polls} == {f" {n}" for n in range(10)}
            assert len(other.polls) > 30
            with pytest.raises(GatewayError, match="profile is not known"):
                await watched.poller.poll_once(jobs[2])

    @in_virtual_time
    async def test_outage_reduces_polls_to_probes_and_ends_without_a_burst(self) -> None:
        """No job changes its status, and no problem stays afterwards."""

        def answer(_: str, at: float) -> Outcome:
            return UNREACHABLE if 60 <= at < 1860 else RUNNING

        gateway = VirtualGateway(answer)
        jobs = [new_job(f"job {index}") for index in range(200)]
        async with watching({I2V: gateway}, *jobs, slots=256) as watched:
            await until(1860.0)
            assert health_of(watched.limiters[I2V]) is Health.UNREACHABLE
            assert sum(200 < at < 1860 for at in gateway.poll_times) < 40
            assert all(job.status is Status.RUNNING for job in watched.store.jobs.values())
            await until(2000.0)
            assert health_of(watched.limiters[I2V]) is Health.HEALTHY
            assert not any(job.problem for job in watched.store.jobs.values())
        back = sorted(at for at in gateway.poll_times if at >= 1860)
        assert max(sum(0 <= at - begin < 0.5 for at in back) for begin in back) < 60

    @in_virtual_time
    async def test_unexpected_exception_ends_the_poller(self) -> None:
        """All watches end with it."""

        def answer(job_id: str, _: float) -> Outcome:
            if job_id == "bad":
                raise ZeroDivisionError
            return RUNNING

        store = Store(Path("never-written.toml"))
        store.put(new_job("good"), new_job("bad"))
        poller = Poller(store, {I2V: VirtualGateway(answer)}, {I2V: new_limiter()}, lambda *_: None)
        with pytest.raises(ExceptionGroup) as caught:
            await poller.run()
        assert caught.group_contains(ZeroDivisionError)
        assert len(asyncio.all_tasks()) == 1


class TestClock:
    """The system clock jumps: it was set, or the machine was suspended."""

    OUTCOMES = (
        RUNNING,
        RATE_LIMITED,
        UNREACHABLE,
        RUNNING,
        RUNNING,
        FAILED_500,
        NOT_FOUND,
        RUNNING,
        NO_URL,
        DONE,
    )

    @staticmethod
    async def watch_to_the_end(jump: timedelta) -> list[tuple[float, PollResult, datetime]]:
        """Let the clock jump at second 80; return the second, result and time of each poll."""

        def now() -> datetime:
            return time_of_day() + (jump if loop_time() > 80 else timedelta())

        gateway = answering(*TestClock.OUTCOMES)
        async with watching({I2V: gateway}, new_job(), now=now) as watched:
            await until(3000.0)
            return [
                (at, result, START + timedelta(seconds=at) + (jump if at > 80 else timedelta()))
                for at, result in watched.results
            ]

    @pytest.mark.parametrize("hours", [-24 * 400, -1, 8, 24])
    def test_clock_jump_changes_no_wait_and_no_age(self, hours: int) -> None:
        """Ages are never negative, and the reported time of the next poll is true."""

        @in_virtual_time
        async def scenario() -> None:
            results = await self.watch_to_the_end(timedelta(hours=hours))
            assert len(results) == len(self.OUTCOMES)
            assert 1 < sum(at < 80 for at, *_ in results) < len(results)
            for (at, result, now), (next_at, *_) in pairwise(results):
                assert result.job.status is Status.RUNNING
                assert (result.job.elapsed(now) or 0) >= 0
                assert result.next_at
                reported = at + (result.next_at - now).total_seconds()
                assert reported == pytest.approx(next_at - 0.25)  # the duration of a poll
            _, last, now = results[-1]
            assert last.job.status is Status.SUCCEEDED
            assert (last.job.elapsed(now) or 0) >= 0

        scenario()
