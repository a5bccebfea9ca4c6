"""The watches of many jobs, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from kling_tui.gateways import ErrorKind, GatewayError
from kling_tui.jobs import Job, Report, Source, Status, Video
from kling_tui.polling.confirmation import CONFIRM_ALONE, CONFIRM_WITH_HEALTHY_PEERS, CONFIRMATIONS
from kling_tui.polling.endpoint_limiter import EndpointLimiter
from kling_tui.polling.endpoint_status import Health
from kling_tui.polling.poller import Poller, PollResult, stagger
from kling_tui.storage.store import Store
from tests.support.virtual_time import (
    DONE,
    RUNNING,
    START,
    STEADY,
    UNREACHABLE,
    Outcome,
    VirtualGateway,
    health_of,
    in_virtual_time,
    loop_time,
    new_limiter,
    time_of_day,
)

I2V, O1 = Source("i2v"), Source("o1")
FAILED = Report(status=Status.FAILED, raw_status="failed", message="Image pixel is invalid")
NO_URL = replace(DONE, videos=(), conclusive=False)
FAILED_500 = replace(FAILED, raw_status=None, conclusive=False)
BUSY = GatewayError(
    ErrorKind.RATE_LIMITED, "the gateway asks for fewer polls (429)", retry_after=60.0
)
BROKEN = GatewayError(ErrorKind.SERVER_ERROR, "the gateway is in trouble (500)")
NOT_FOUND = GatewayError(ErrorKind.NOT_FOUND, "the gateway does not know this job (404)")
REFUSED = GatewayError(ErrorKind.UNAUTHORIZED, "the gateway refuses the key (401)")


def new_job(job_id: str = "job", kind: str = "i2v", status: Status = Status.UNKNOWN) -> Job:
    """Return a job that was never polled."""
    return Job(id=job_id, kind=kind, added_at=START, status=status)


@dataclass
class Watched:
    """A poller at work, and all around it."""

    store: Store
    poller: Poller
    limiters: Mapping[Source, EndpointLimiter]
    heard: list[tuple[float, PollResult]] = field(default_factory=list)
    """Each poll, and when it was told of."""

    def job(self, job_id: str = "job") -> Job:
        """Return a job as it is known now."""
        return self.store.jobs[job_id]


@asynccontextmanager
async def watching(
    gateways: Mapping[Source, VirtualGateway],
    *jobs: Job,
    slots: int = 8,
    now: Callable[[], datetime] = time_of_day,
) -> AsyncIterator[Watched]:
    """Watch jobs until the end of the block, and see that no task is left over then."""
    store = Store(Path("never-written.toml"))
    store.put(*jobs)
    places = asyncio.Semaphore(slots)
    limiters = {source: new_limiter(STEADY, places, now=now) for source in gateways}
    heard: list[tuple[float, PollResult]] = []
    poller = Poller(
        store, gateways, limiters, lambda _, polled: heard.append((loop_time(), polled))
    )
    before = asyncio.all_tasks()
    task = asyncio.create_task(poller.run())
    await asyncio.sleep(0)
    yield Watched(store, poller, limiters, heard)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert asyncio.all_tasks() == before


def answering(*outcomes: Outcome) -> VirtualGateway:
    """Return a gateway that gives these answers in turn, and the last one for ever."""
    rest = iter(outcomes[:-1])
    return VirtualGateway(lambda *_: next(rest, outcomes[-1]))


async def until(at: float) -> None:
    """Wait for a second of the loop."""
    await asyncio.sleep(at - loop_time())


class TestOneJob:
    """A job's way from its first poll to its end."""

    @in_virtual_time
    async def test_first_poll_at_once(self) -> None:
        """Nobody waits an interval to hear how a job is."""
        async with watching({I2V: (gateway := answering(RUNNING))}, new_job()):
            await until(1.0)
            assert gateway.polls == [(0.0, "job")]

    @in_virtual_time
    async def test_intervals_grow(self) -> None:
        """Polls come every first interval at the start, and every slowest one in the end."""
        async with watching({I2V: (gateway := answering(RUNNING))}, new_job()):
            await until(300.0)
        waits = [later - earlier - 0.25 for earlier, later in pairwise(gateway.poll_times)]
        assert waits[:8] == sorted(waits[:8])
        assert waits[0] == 5.0
        assert waits[8:] == pytest.approx([15.0] * len(waits[8:]))

    @in_virtual_time
    async def test_the_end(self) -> None:
        """A job that has ended is told of once and polled no more."""
        gateway = answering(RUNNING, DONE)
        async with watching({I2V: gateway}, new_job()) as watched:
            await until(5000.0)
            assert len(gateway.polls) == 2
            assert watched.job().status is Status.SUCCEEDED
            assert watched.job().videos == DONE.videos
            assert [polled.next_at is None for _, polled in watched.heard] == [False, True]

    @in_virtual_time
    async def test_the_next_poll_is_told(self) -> None:
        """The time of the next poll that is told is the time at which it comes."""
        gateway = answering(RUNNING, BROKEN, RUNNING)
        async with watching({I2V: gateway}, new_job()) as watched:
            await until(40.0)
            told = [polled.next_at for _, polled in watched.heard]
        came = gateway.poll_times[1:]
        due = [(at - START).total_seconds() for at in told[: len(came)] if at]
        assert due == pytest.approx(came)

    @in_virtual_time
    async def test_asked_once_more(self) -> None:
        """A job that has ended can be asked about, for a fresh link to its result."""
        fresh = replace(DONE, videos=(Video("https://files.example/fresh.mp4"),))
        gateway = answering(DONE, fresh, NOT_FOUND)
        async with watching({I2V: gateway}, new_job()) as watched:
            await until(1.0)
            job = await watched.poller.poll_once(watched.job())
            assert job == watched.job()
            assert job.videos == fresh.videos
            with pytest.raises(GatewayError, match="404"):
                await watched.poller.poll_once(job)
            assert watched.job() == job

    @in_virtual_time
    async def test_asked_though_removed_or_of_no_kind(self) -> None:
        """A job that is tracked no more stays so; one of a kind not known here is refused."""
        async with watching({I2V: answering(DONE)}) as watched:
            asked = await watched.poller.poll_once(new_job())
            assert asked.status is Status.SUCCEEDED
            with pytest.raises(GatewayError, match="kind"):
                await watched.poller.poll_once(new_job(kind="v9"))
            watched.poller.refresh(new_job(kind="v9"))
            assert not watched.store.jobs
            assert not watched.heard

    @in_virtual_time
    async def test_an_estimate(self) -> None:
        """The gateway's estimate brings the next poll to the end that it expects."""
        gateway = answering(*[RUNNING] * 9, replace(RUNNING, eta_seconds=8.0), DONE)
        async with watching({I2V: gateway}, new_job()):
            await until(500.0)
        assert gateway.poll_times[10] - gateway.poll_times[9] == pytest.approx(8.25)

    @pytest.mark.parametrize("error", [UNREACHABLE, BROKEN, NOT_FOUND, REFUSED, BUSY])
    def test_a_poll_that_fails(self, error: GatewayError) -> None:
        """It backs off, is told in words with its time, and changes nothing else of the job."""

        @in_virtual_time
        async def story() -> None:
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

        story()

    @in_virtual_time
    async def test_an_answer_ends_the_backing_off(self) -> None:
        """The first fault after an answer counts as the first."""
        gateway = answering(BROKEN, BROKEN, BROKEN, RUNNING, BROKEN, RUNNING)
        async with watching({I2V: gateway}, new_job()):
            await until(200.0)
        waits = [later - earlier - 0.25 for earlier, later in pairwise(gateway.poll_times)]
        assert waits[:5] == pytest.approx([10, 20, 40, 5, 10])

    @in_virtual_time
    async def test_not_found_is_asked_ever_more_rarely(self) -> None:
        """A job that the gateway does not know is never dropped, and seldom asked about."""
        async with watching({I2V: (gateway := answering(NOT_FOUND))}, new_job()) as watched:
            await until(86_400.0)
            assert watched.job().problem == NOT_FOUND.message
            assert not watched.job().ended
        assert 100 < len(gateway.polls) < 160

    @in_virtual_time
    async def test_done_without_a_link(self) -> None:
        """It is believed when the gateway has repeated it, also past faults, and not before."""
        gateway = answering(RUNNING, NO_URL, UNREACHABLE, NO_URL, NO_URL)
        async with watching({I2V: gateway}, new_job()) as watched:
            await until(1000.0)
            states = [polled.job.status for _, polled in watched.heard]
            assert states == [Status.RUNNING] * 4 + [Status.SUCCEEDED]
            assert watched.job().videos == ()
        assert len(gateway.polls) == 2 + CONFIRMATIONS

    @pytest.mark.parametrize(
        ("other", "least"),
        [
            (RUNNING, CONFIRM_WITH_HEALTHY_PEERS),
            (FAILED_500, CONFIRM_ALONE),
            (BROKEN, CONFIRM_ALONE),
        ],
    )
    def test_failed_with_an_error_status(self, other: Outcome, least: int) -> None:
        """It is believed when repeated for minutes, sooner if other jobs are told of well."""

        @in_virtual_time
        async def story() -> None:
            gateway = VirtualGateway(lambda job_id, _: other if job_id == "other" else FAILED_500)
            async with watching({I2V: gateway}, new_job(), new_job("other")) as watched:
                await until(least * STEADY.first)
                assert watched.job().status is Status.RUNNING
                assert watched.job().message == FAILED_500.message
                await until(least * STEADY.first + 30)
                assert watched.job().status is Status.FAILED

        story()

    @pytest.mark.parametrize("lasts", [60.0, 300.0, 590.0])
    def test_an_outage_that_looks_like_failures(self, lasts: float) -> None:
        """While the endpoint says for minutes that all jobs failed, none is given up."""

        @in_virtual_time
        async def story() -> None:
            def answer(_: str, at: float) -> Outcome:
                return RUNNING if at < 40 else FAILED_500 if at < 40 + lasts else DONE

            jobs = [new_job(f"job {index}") for index in range(20)]
            async with watching({I2V: VirtualGateway(answer)}, *jobs) as watched:
                await until(40 + lasts)
                assert {job.status for job in watched.store.jobs.values()} == {Status.RUNNING}
                await until(100 + lasts)
                assert {job.status for job in watched.store.jobs.values()} == {Status.SUCCEEDED}

        story()

    @in_virtual_time
    async def test_an_end_that_was_not(self) -> None:
        """Claims count only in a row, and only if they claim the same."""
        claims = [FAILED_500, FAILED_500, RUNNING, FAILED_500, FAILED_500, NO_URL, NO_URL, DONE]
        async with watching({I2V: (gateway := answering(*claims))}, new_job()) as watched:
            await until(1000.0)
            assert watched.job().status is Status.SUCCEEDED
            assert watched.job().videos
        assert len(gateway.polls) == len(claims)

    @in_virtual_time
    async def test_an_end_in_doubt_from_the_start(self) -> None:
        """A job that was never seen alive runs as long as its end is in doubt."""
        async with watching({I2V: answering(NO_URL)}, new_job()) as watched:
            await until(1.0)
            assert watched.job().status is Status.RUNNING
            assert watched.job().raw_status == "succeed"

    @in_virtual_time
    async def test_an_unknown_word(self) -> None:
        """A job in a state that nobody knows is polled on."""
        odd = Report(status=Status.UNKNOWN, raw_status="upscaling")
        async with watching({I2V: answering(odd, odd, DONE)}, new_job()) as watched:
            await until(1.0)
            assert watched.job().raw_status == "upscaling"
            await until(100.0)
            assert watched.job().status is Status.SUCCEEDED


class TestChanges:
    """Jobs that others change while they are watched."""

    @in_virtual_time
    async def test_a_label_edited_during_a_poll(self) -> None:
        """What a person wrote while the poll was on its way is not lost."""
        async with watching({I2V: answering(DONE)}, new_job()) as watched:
            await until(0.1)
            watched.store.put(replace(watched.job(), label="hero shot"))
            await until(1.0)
            assert (watched.job().label, watched.job().ended) == ("hero shot", True)

    @pytest.mark.parametrize("error", [None, UNREACHABLE])
    @pytest.mark.parametrize("at", [0.1, 3.0])
    def test_a_job_removed(self, at: float, error: GatewayError | None) -> None:
        """A job that is tracked no longer is watched no longer, whenever that happens."""

        @in_virtual_time
        async def story() -> None:
            gateway = answering(error or RUNNING)
            async with watching({I2V: gateway}, new_job()) as watched:
                await until(at)
                watched.store.remove("job")
                await until(1000.0)
                assert "job" not in watched.store.jobs
                assert len(gateway.polls) == 1
                assert len(asyncio.all_tasks()) == 2

        story()

    @pytest.mark.parametrize("at", [0.1, 3.0])
    def test_forget(self, at: float) -> None:
        """It ends a watch on the spot, a poll under way with it."""

        @in_virtual_time
        async def story() -> None:
            async with watching({I2V: (gateway := answering(RUNNING))}, new_job()) as watched:
                await until(at)
                watched.poller.unwatch("job")
                watched.poller.unwatch("job")
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                assert gateway.in_flight == 0
                await until(1000.0)
                assert len(gateway.polls) == 1

        story()

    @in_virtual_time
    async def test_removed_and_brought_back(self) -> None:
        """A job that is tracked again is watched again, at once, and only once."""
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
    async def test_ended_elsewhere(self) -> None:
        """A job whose end another process has seen is not polled any more."""
        async with watching({I2V: (gateway := answering(RUNNING))}, new_job()) as watched:
            await until(3.0)
            watched.store.put(watched.job().with_report(DONE, time_of_day()))
            await until(1000.0)
            assert len(gateway.polls) == 1
            gateway.outcome_at = lambda *_: DONE
            watched.poller.refresh(watched.job())
            await until(2000.0)
            assert len(gateway.polls) == 2

    @in_virtual_time
    async def test_only_what_is_live_is_watched(self) -> None:
        """At the start, jobs that have ended are left alone, and so are kinds of elsewhere."""
        jobs = [new_job(), new_job("done", status=Status.SUCCEEDED), new_job("odd", kind="veo")]
        async with watching({I2V: (gateway := answering(RUNNING))}, *jobs) as watched:
            watched.poller.refresh(jobs[2])
            await until(100.0)
        assert {job_id for _, job_id in gateway.polls} == {"job"}


class TestRefresh:
    """A person asks how a job is."""

    @in_virtual_time
    async def test_at_once(self) -> None:
        """The poll comes on the spot, and the watch goes on."""
        async with watching({I2V: (gateway := answering(RUNNING))}, new_job()) as watched:
            await until(2.0)
            watched.poller.refresh(watched.job())
            await until(2.1)
            watched.poller.refresh(watched.job())
            await until(9.0)
        assert gateway.poll_times[:2] == [0.0, 2.0]
        assert 7.0 < gateway.poll_times[2] < 9.0

    @in_virtual_time
    async def test_while_paused(self) -> None:
        """It works while all polling is paused, once."""
        async with watching({I2V: (gateway := answering(RUNNING))}, new_job()) as watched:
            await until(1.0)
            watched.limiters[I2V].pause(paused=True)
            await until(500.0)
            watched.poller.refresh(watched.job())
            await until(1000.0)
            assert gateway.poll_times == [0.0, 500.0]
            watched.limiters[I2V].pause(paused=False)
            await until(1006.0)
            assert len(gateway.polls) >= 3

    @pytest.mark.parametrize("outcome", [DONE, FAILED, NO_URL, UNREACHABLE, NOT_FOUND])
    @pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED])
    def test_of_a_job_that_has_ended(self, status: Status, outcome: Outcome) -> None:
        """It is polled once, whatever comes of it, and its end stands while that is in doubt."""

        @in_virtual_time
        async def story() -> None:
            gateway = answering(outcome)
            ended = new_job().with_report(replace(DONE, status=status), START)
            async with watching({I2V: gateway}, ended) as watched:
                await until(10.0)
                watched.poller.refresh(ended)
                await until(5000.0)
                assert gateway.poll_times == [10.0]
                assert watched.job().ended
                assert watched.job().videos == DONE.videos
                assert watched.heard[-1][1].next_at is None
                if isinstance(outcome, GatewayError):
                    assert watched.job() == ended.with_poll_error(
                        outcome.message, time_of_day_at(10.25)
                    )
                elif not outcome.conclusive:
                    assert watched.job().status is status

        story()

    @in_virtual_time
    async def test_of_a_job_that_has_come_back_to_life(self) -> None:
        """If the gateway says that it runs, it is watched again to its end."""
        ended = new_job().with_report(FAILED, START)
        gateway = answering(RUNNING, RUNNING, DONE)
        async with watching({I2V: gateway}, ended) as watched:
            watched.poller.refresh(ended)
            await until(100.0)
            assert watched.job().status is Status.SUCCEEDED
        assert len(gateway.polls) == 3

    @in_virtual_time
    async def test_after_a_refusal(self) -> None:
        """It asks at once with the key that a person has mended, and all jobs go on."""
        gateway = answering(REFUSED)
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


class TestManyJobs:
    """Jobs that share an endpoint."""

    @in_virtual_time
    async def test_each_poll_is_told(self) -> None:
        """With it comes the job as it was, and the store knows already what is told."""
        store = Store(Path("never-written.toml"))
        store.put(new_job())
        told: list[tuple[Job, Job, Job]] = []

        def hear(before: Job, polled: PollResult) -> None:
            told.append((before, polled.job, store.jobs["job"]))

        task = asyncio.create_task(
            Poller(store, {I2V: answering(RUNNING, DONE)}, {I2V: new_limiter()}, hear).run()
        )
        await until(20.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        (unknown, running, stored), (before, done, stored_then) = told
        assert (unknown, running, done) == (new_job(), before, stored_then)
        assert running is stored

    def test_stagger(self) -> None:
        """First polls are spread evenly, and the very first comes at once."""
        assert stagger(0, 5.0) == []
        assert stagger(1, 5.0) == [0.0]
        assert stagger(5, 10.0) == [0.0, 2.0, 4.0, 6.0, 8.0]

    @in_virtual_time
    async def test_first_polls(self) -> None:
        """Many jobs are first polled over the first interval, not all together."""
        jobs = [new_job(f"job {index}") for index in range(50)]
        async with watching({I2V: (gateway := answering(RUNNING))}, *jobs):
            await until(4.95)
            assert gateway.poll_times == pytest.approx([index / 10 for index in range(50)])

    @in_virtual_time
    async def test_jobs_added_later(self) -> None:
        """A job that is added is polled at once, and many of them over the first interval."""
        async with watching({I2V: (gateway := answering(RUNNING))}) as watched:
            await until(100.0)
            added = [new_job(f"job {index}") for index in range(5)]
            watched.store.put(*added)
            watched.poller.watch_jobs(added)
            await until(104.9)
            assert gateway.poll_times == pytest.approx([100.0, 101.0, 102.0, 103.0, 104.0])

    @in_virtual_time
    async def test_both_endpoints_share_what_is_in_flight(self) -> None:
        """At most so many polls are on their way, whichever endpoints they ask."""
        gateway = VirtualGateway(lambda *_: RUNNING, duration=4.0)
        jobs = [new_job(f"{kind} {n}", kind) for n in range(20) for kind in ("i2v", "o1")]
        async with watching({I2V: gateway, O1: gateway}, *jobs, slots=3):
            await until(200.0)
        assert gateway.max_in_flight == 3
        assert {job_id for _, job_id in gateway.polls} == {job.id for job in jobs}

    @in_virtual_time
    async def test_one_endpoint_slowed(self) -> None:
        """A 429 holds back all jobs of its endpoint, and none of the other."""
        slowed, other = answering(BUSY, RUNNING), answering(RUNNING)
        jobs = [new_job(f"{kind} {n}", kind) for n in range(10) for kind in ("i2v", "o1")]
        async with watching({I2V: slowed, O1: other}, *jobs):
            await until(55.0)
            assert slowed.poll_times == [0.0]
            assert len(other.polls) > 30
            await until(120.0)
            assert {job_id for _, job_id in slowed.polls} == {f"i2v {n}" for n in range(10)}

    @in_virtual_time
    async def test_one_profile_refused(self) -> None:
        """A key that is refused holds back no job of the same kind in another profile."""
        other, refusing = answering(RUNNING), answering(REFUSED)
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
    async def test_an_outage(self) -> None:
        """While the gateway is away it is hardly asked; when it is back, no crowd comes."""

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
    async def test_a_bug_is_loud(self) -> None:
        """What is no fault of the world ends the poller with the error, and every watch."""

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
    """The time of day jumps: the clock is set, or the machine was asleep."""

    OUTCOMES = (
        RUNNING,
        BUSY,
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
    async def run(jump: timedelta) -> list[tuple[float, PollResult, datetime]]:
        """Watch a job to its end while the clock jumps, and return each poll with its times."""

        def now() -> datetime:
            return time_of_day() + (jump if loop_time() > 80 else timedelta())

        gateway = answering(*TestClock.OUTCOMES)
        async with watching({I2V: gateway}, new_job(), now=now) as watched:
            await until(3000.0)
            return [
                (at, polled, START + timedelta(seconds=at) + (jump if at > 80 else timedelta()))
                for at, polled in watched.heard
            ]

    @pytest.mark.parametrize("hours", [-24 * 400, -1, 8, 24])
    def test_jumps(self, hours: int) -> None:
        """Waits are as long as ever, nothing is given up, and no time is told as negative."""

        @in_virtual_time
        async def story() -> None:
            heard = await self.run(timedelta(hours=hours))
            assert len(heard) == len(self.OUTCOMES)
            assert 1 < sum(at < 80 for at, *_ in heard) < len(heard)
            for (at, polled, now), (next_at, *_) in pairwise(heard):
                assert polled.job.status is Status.RUNNING
                assert (polled.job.elapsed(now) or 0) >= 0
                assert polled.next_at
                told = at + (polled.next_at - now).total_seconds()
                assert told == pytest.approx(next_at - 0.25)  # which the answer takes
            _, last, now = heard[-1]
            assert last.job.status is Status.SUCCEEDED
            assert (last.job.elapsed(now) or 0) >= 0

        story()


def time_of_day_at(at: float) -> datetime:
    """Return the time of day at a second of the loop."""
    return START + timedelta(seconds=at)
