"""Of several sessions on one job file, one polls each source; in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from kling_tui.gateways import GatewayError
from kling_tui.gateways.job_ids import ParsedId
from kling_tui.jobs import Source
from kling_tui.polling.clock import loop_time
from kling_tui.polling.endpoint_status import Health
from kling_tui.polling.leases import (
    LEASE_SECONDS,
    RENEWAL_INTERVAL,
    LeaseFile,
    is_polled,
    lease_path,
)
from kling_tui.polling.session import Session
from tests.support.virtual_gateway import (
    DONE,
    RUNNING,
    STEADY,
    UNAUTHORIZED,
    UNREACHABLE,
    Outcome,
    VirtualGateway,
    answering,
    rate_limited,
)
from tests.support.virtual_time import in_virtual_time, stall, until
from tests.support.watching import I2V, O1, job_of, running_session

STUDIO = Source("i2v", "studio")
TAKEOVER = 5.0
"""Seconds within which another session polls the jobs that one has ceased to poll."""
JOBS = 10


class Process:
    """A session on a job file shared with others, with gateways of its own."""

    def __init__(self, path: Path, gateways: Mapping[Source, VirtualGateway]) -> None:
        self.gateways = gateways
        self._path = path
        self._stack = AsyncExitStack()

    async def start(self) -> Session:
        """Begin to poll."""
        running = running_session(self._path, self.gateways, jobs=JOBS, slots=8)
        return await self._stack.enter_async_context(running)

    async def end(self) -> None:
        """End in good order."""
        await self._stack.aclose()

    async def kill(self) -> None:
        """End without giving up the leases, as by SIGKILL; a stopped process looks the same."""
        leases = lease_path(self._path).read_bytes()
        await self._stack.aclose()
        lease_path(self._path).write_bytes(leases)


def polls(source: Source, processes: Iterable[Process], since: float = 0.0) -> list[float]:
    """Return the seconds of all polls of a source, by whichever process."""
    gateways = (process.gateways[source] for process in processes if source in process.gateways)
    return sorted(at for gateway in gateways for at in gateway.poll_times if at >= since)


def check_every_job_is_polled(
    sources: Collection[Source], processes: Iterable[Process], end: float
) -> None:
    """Check that each job is polled within the longest interval and five seconds more."""
    for source in sources:
        times: dict[str, list[float]] = {job_of(source, n).id: [] for n in range(JOBS)}
        for process in processes:
            if source in process.gateways:
                for at, job_id in process.gateways[source].polls:
                    times[job_id].append(at)
        for job_id, polled_at in times.items():
            gaps = [later - earlier for earlier, later in pairwise([0.0, *sorted(polled_at), end])]
            assert max(gaps) <= STEADY.max_interval + 0.25 + TAKEOVER, (source, job_id, gaps)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a job file."""
    return tmp_path / "jobs.toml"


@pytest.mark.parametrize("how", ["end", "kill", "pause", "suspend"])
@pytest.mark.parametrize("at", [20.0, 23.1, 26.3, 29.9, 34.7])
def test_every_job_is_polled_in_time_whatever_becomes_of_its_poller(
    path: Path, how: str, at: float
) -> None:
    """Another session takes over, and no poll of the first comes after its own."""

    @in_virtual_time
    async def scenario() -> None:
        first, second = (Process(path, {I2V: answering(RUNNING)}) for _ in range(2))
        session = await first.start()
        await until(0.1)
        follower = await second.start()
        await until(at)
        assert (session.leading, follower.leading) == ({I2V}, set())
        assert follower.polled_elsewhere
        assert not second.gateways[I2V].polls
        match how:
            case "end":
                await first.end()
            case "kill":
                await first.kill()
            case "pause":
                session.pause(paused=True)
            case _:
                session.release_leadership()
        await until(at + LEASE_SECONDS + 0.1)
        assert follower.leading == {I2V}
        assert not follower.polled_elsewhere
        await until(100.0)
        assert not polls(I2V, [first], at + 0.1)
        check_every_job_is_polled([I2V], [first, second], 100.0)
        await first.end()
        await second.end()

    scenario()


@in_virtual_time
async def test_next_session_polls_soon_after_its_own_long_backoff(path: Path) -> None:
    """What its own poll found minutes ago does not count any more."""
    first = Process(path, {I2V: answering(RUNNING)})
    second = Process(path, {I2V: answering(*[UNREACHABLE] * 8, RUNNING)})
    await first.start()
    follower = await second.start()
    for second_of_poll in range(2, 60, 7):  # as by a user who refreshes again and again
        await until(second_of_poll)
        follower.refresh([job_of(I2V, 0)])
    await until(61.0)
    await first.kill()
    await until(120.0)
    check_every_job_is_polled([I2V], [first, second], 120.0)
    await second.end()


@in_virtual_time
async def test_session_whose_loop_stood_still_polls_nothing_before_it_reads_the_leases(
    path: Path,
) -> None:
    """Its lease has expired, and another session may have taken it."""
    process, other = Process(path, {I2V: answering(RUNNING)}), LeaseFile(path)
    session = await process.start()
    await until(30.0)
    stall(LEASE_SECONDS + 10.0)
    other.update([I2V], {}, loop_time())
    woken_at = loop_time()
    await until(woken_at + LEASE_SECONDS - 0.1)
    assert not session.leading
    assert session.polled_elsewhere
    assert not polls(I2V, [process], since=30.0 + LEASE_SECONDS)
    await until(woken_at + 2 * TAKEOVER)
    assert session.leading == {I2V}
    assert len(set(process.gateways[I2V].polls[-JOBS:])) == JOBS
    await process.end()


@in_virtual_time
async def test_session_that_stood_still_alone_goes_on(path: Path) -> None:
    """It takes its own lease again."""
    process = Process(path, {I2V: answering(RUNNING)})
    session = await process.start()
    await until(30.0)
    stall(60.0)
    await until(90.0 + STEADY.max_interval + TAKEOVER)
    assert session.leading == {I2V}
    assert len({job_id for at, job_id in process.gateways[I2V].polls if at >= 90.0}) == JOBS
    await process.end()


@in_virtual_time
async def test_session_without_unfinished_jobs_holds_no_lease(path: Path) -> None:
    """It need not wake up to renew one; the first unfinished job is polled at once."""
    gateway = answering(RUNNING)
    async with running_session(path, {I2V: gateway}, jobs=0, slots=8) as session:
        await until(10.0)
        assert not session.leading
        assert not is_polled(path, loop_time())
        [job] = session.track([ParsedId("job", "i2v")], "", "")
        await until(10.5)
        assert session.leading == {I2V}
        assert gateway.poll_times == [10.0]
        session.remove([job])
        await until(10.5 + LEASE_SECONDS + RENEWAL_INTERVAL)
        assert not session.leading
        assert not is_polled(path, loop_time())


@in_virtual_time
async def test_lease_stays_for_a_while_after_the_last_end(path: Path) -> None:
    """Another session that has not read the end yet would poll the job again."""
    other = LeaseFile(path)
    async with running_session(path, {I2V: answering(RUNNING, DONE)}, jobs=1, slots=8):
        await until(5.5)
        for at, is_free in ((5.5 + RENEWAL_INTERVAL, False), (20.0, True)):
            await until(at)
            other.update([I2V], {}, loop_time())
            assert (other.held_until(I2V) > loop_time()) == is_free


@in_virtual_time
async def test_each_source_is_polled_by_a_session_that_knows_it(path: Path) -> None:
    """The configs of the two have only one source in common."""
    first = Process(path, {I2V: answering(RUNNING), O1: answering(RUNNING)})
    second = Process(path, {I2V: answering(RUNNING), STUDIO: answering(RUNNING)})
    leader = await first.start()
    await until(1.0)
    other = await second.start()
    await until(60.0)
    assert (leader.leading, other.leading) == ({I2V, O1}, {STUDIO})
    assert not leader.polled_elsewhere
    assert not other.polled_elsewhere
    assert not second.gateways[I2V].polls
    await first.kill()
    await until(120.0)
    assert other.leading == {I2V, STUDIO}
    check_every_job_is_polled([I2V, STUDIO], [first, second], 120.0)
    await second.end()


@in_virtual_time
async def test_job_with_a_corrected_kind_is_polled_by_the_holder_of_its_new_lease(
    path: Path,
) -> None:
    """The session that polled it until then ceases to, and knows no time of a next poll."""
    holder = Process(path, {O1: answering(RUNNING)})
    former = Process(path, {I2V: answering(RUNNING), O1: answering(RUNNING)})
    sessions = [await holder.start(), await former.start()]
    await until(30.0)
    assert [session.leading for session in sessions] == [{O1}, {I2V}]
    job_id = job_of(I2V, 0).id
    for session in sessions:
        session.track([ParsedId(job_id, O1.kind)], "", O1.profile)
    await until(100.0)
    assert not [at for at, polled in former.gateways[I2V].polls if polled == job_id and at >= 30.0]
    assert not former.gateways[O1].polls
    assert job_id not in sessions[1].next_at
    times = [at for at, polled in holder.gateways[O1].polls if polled == job_id]
    assert max(later - earlier for earlier, later in pairwise([30.0, *times, 100.0])) < 16.0
    for process in (holder, former):
        await process.end()


@in_virtual_time
async def test_session_without_the_key_never_takes_a_lease(path: Path) -> None:
    """Alone it tells the error of its own polls; another session may begin at any time."""
    keyless = Process(path, {O1: VirtualGateway(lambda *_: UNAUTHORIZED, usable=False)})
    with_key = Process(path, {O1: answering(RUNNING)})
    session = await keyless.start()
    await until(30.0)
    assert not session.leading
    assert session.endpoint_statuses[O1].health is Health.UNAUTHORIZED
    leader = await with_key.start()
    failed = len(keyless.gateways[O1].polls)
    await until(150.0)
    assert leader.leading == {O1}
    assert session.polled_elsewhere
    assert len(keyless.gateways[O1].polls) == failed
    await with_key.end()
    await until(400.0)
    assert len(keyless.gateways[O1].polls) > failed
    await keyless.end()


@pytest.mark.parametrize("error", [UNAUTHORIZED, UNREACHABLE])
def test_session_whose_polls_fail_leaves_them_to_another(path: Path, error: GatewayError) -> None:
    """Its key is refused, or it has no network; it takes no lease back that works elsewhere."""

    @in_virtual_time
    async def scenario() -> None:
        failing_since = 30.0
        failing = Process(
            path,
            {I2V: VirtualGateway(lambda _, at: RUNNING if at < failing_since else error)},
        )
        working = Process(path, {I2V: answering(RUNNING)})
        session = await failing.start()
        await until(1.0)
        follower = await working.start()
        await until(failing_since + 3 * STEADY.max_interval)
        assert follower.leading == {I2V}
        assert session.polled_elsewhere
        given_up_at = working.gateways[I2V].poll_times[0]
        await until(3600.0)
        assert not polls(I2V, [failing], given_up_at)
        if error is UNAUTHORIZED:
            assert polls(I2V, [failing], failing_since)[0] >= given_up_at - RENEWAL_INTERVAL - 0.5
        await failing.end()
        await working.end()

    scenario()


@in_virtual_time
async def test_sessions_that_are_all_refused_probe_rarely(path: Path) -> None:
    """Each has its own key, and its own delays."""
    processes = [Process(path, {I2V: answering(UNAUTHORIZED)}) for _ in range(3)]
    for process in processes:
        await process.start()
    await until(3600.0)
    for process in processes:
        assert 3 < len(process.gateways[I2V].polls) < 3600 / 60
        await process.end()


LIMITED_AT, FREE_AT = 30.0, 90.0
"""The seconds between which a gateway answers with 429 and Retry-After."""
Event = Callable[[Process, Session], Awaitable[object]]


def limited(_: str, at: float) -> Outcome:
    """Return the outcome of a poll at a second."""
    return rate_limited(FREE_AT - at) if LIMITED_AT <= at < FREE_AT else RUNNING


async def nothing(_: Process, __: Session) -> None:
    """Let time pass."""


async def refresh_all(_: Process, follower: Session) -> None:
    """Refresh all jobs, as the user of another session does."""
    assert follower.refresh([job_of(I2V, number) for number in range(JOBS)])


async def poll_once(_: Process, follower: Session) -> None:
    """Poll a job, as a download of another session does for a new link."""
    await follower.poll_once(job_of(I2V, 0))


async def kill(leader: Process, _: Session) -> None:
    """Kill the session that was limited."""
    await leader.kill()


async def end(leader: Process, _: Session) -> None:
    """End the session that was limited in good order."""
    await leader.end()


@pytest.mark.parametrize("event", [nothing, refresh_all, poll_once, kill, end])
def test_no_session_polls_while_a_429_holds_for_one(path: Path, event: Event) -> None:
    """Whatever the users do, and whichever sessions begin and end."""

    @in_virtual_time
    async def scenario() -> None:
        processes = [Process(path, {I2V: VirtualGateway(limited)}) for _ in range(3)]
        await processes[0].start()
        follower = await processes[1].start()
        await until(LIMITED_AT + STEADY.max_interval)
        happening = asyncio.ensure_future(event(processes[0], follower))
        await until(60.0)
        await processes[2].start()
        await until(120.0)
        await happening
        during = [at for at in polls(I2V, processes) if LIMITED_AT <= at < FREE_AT]
        # Those in flight when the first 429 came are of the session that was limited.
        assert during == polls(I2V, processes[:1], LIMITED_AT)[: len(during)]
        assert during[-1] - during[0] <= 0.25
        assert polls(I2V, processes, FREE_AT)
        for process in processes:
            await process.end()

    scenario()


@in_virtual_time
async def test_leader_waits_for_a_429_to_the_poll_of_another_session(path: Path) -> None:
    """The user of the other session has forced that poll."""
    leader = Process(path, {I2V: answering(RUNNING)})
    other = Process(path, {I2V: answering(rate_limited(retry_after=60.0))})
    await leader.start()
    follower = await other.start()
    await until(30.0)
    follower.refresh([job_of(I2V, 0)])
    await until(30.25 + RENEWAL_INTERVAL + 0.1)
    assert len(other.gateways[I2V].polls) == 1
    limited_at = loop_time()
    await until(90.0)
    assert not [at for at in polls(I2V, [leader]) if limited_at <= at < 90.0]
    await until(120.0)
    assert polls(I2V, [leader], since=90.0)
    await leader.end()
    await other.end()
