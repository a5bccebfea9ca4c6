"""When messages are pushed, in virtual time: batches, retries, quiet hours, several processes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.jobs import Job
from kling_tui.notifications.ends import MAX_AGE
from kling_tui.notifications.formats import Post
from kling_tui.notifications.outbox import CLAIM_SECONDS
from kling_tui.notifications.push import (
    BATCH_SECONDS,
    FIRST_DELAY,
    FIRST_DELAY_OF_REFUSAL,
    MAX_DELAY,
    PushNotifier,
    PushOptions,
)
from kling_tui.notifications.quiet_hours import QuietHours
from kling_tui.notifications.record import NotificationRecord
from kling_tui.notifications.target import PushError, PushTarget
from kling_tui.polling.clock import loop_time
from tests.support.ended_jobs import ended_job
from tests.support.virtual_time import START, in_virtual_time, time_of_day, until

TARGET = PushTarget("https://push.test/s3cr3t")
OPTIONS = PushOptions(TARGET, "json")


@dataclass
class FakeService:
    """Takes messages, unless it is told to fail."""

    outcome: Callable[[], PushError | None] = lambda: None
    duration: float = 0.5
    """Seconds that each request takes."""
    attempts: list[float] = field(default_factory=list)
    """When each request began."""
    keys: list[str] = field(default_factory=list)
    messages: list[list[str]] = field(default_factory=list)
    """The ids of the jobs in each message that was taken."""

    async def send(self, post: Post, target: PushTarget) -> None:
        """Take a message, or raise the error."""
        assert target.url == TARGET.url
        self.attempts.append(loop_time())
        self.keys.append(post.headers["Idempotency-Key"])
        await asyncio.sleep(self.duration)
        if error := self.outcome():
            raise error
        self.messages.append([job["id"] for job in json.loads(post.body)["jobs"]])


@dataclass
class Process:
    """A process that pushes."""

    notifier: PushNotifier
    jobs: dict[str, Job]
    problems: list[str]

    def end(self, *ids: str) -> None:
        """Find the ends of jobs now."""
        self.jobs.update({job_id: ended_job(job_id, time_of_day()) for job_id in ids})
        self.notifier.notice()


@asynccontextmanager
async def process(
    folder: Path,
    service: FakeService,
    options: PushOptions | None = OPTIONS,
    jobs: Mapping[str, Job] | None = None,
    now: Callable[[], datetime] = time_of_day,
) -> AsyncIterator[Process]:
    """Push until the end of the block."""
    tracked, problems = dict(jobs or {}), list[str]()
    notifier = PushNotifier(
        tracked,
        NotificationRecord(folder / "jobs.toml"),
        now,
        options and replace(options, send=service.send),
        on_problem=problems.append,
    )
    task = asyncio.create_task(notifier.run())
    await asyncio.sleep(0)
    try:
        yield Process(notifier, tracked, problems)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@in_virtual_time
async def test_ends_that_are_found_at_about_the_same_time_share_a_message(tmp_path: Path) -> None:
    """And each is announced once."""
    service = FakeService()
    async with process(tmp_path, service) as one:
        await until(10)
        one.end("a")
        await until(10 + BATCH_SECONDS / 2)
        one.end("b")
        await until(30)
        one.end("c")
        await until(3600)
    assert service.messages == [["a", "b"], ["c"]]
    assert service.attempts == [10 + BATCH_SECONDS, 30 + BATCH_SECONDS]


@in_virtual_time
async def test_a_failed_message_is_sent_again_later_and_later(tmp_path: Path) -> None:
    """Under the same key; the reason is reported once."""
    service = FakeService(lambda: PushError("connection failed"))
    async with process(tmp_path, service) as one:
        one.end("a")
        await until(3600)
        gaps = [
            later - earlier - service.duration
            for earlier, later in zip(service.attempts, service.attempts[1:], strict=False)
        ]
        expected = [min(FIRST_DELAY * 2**number, MAX_DELAY) for number in range(len(gaps))]
        assert [round(gap) for gap in gaps] == expected
        assert max(expected) == MAX_DELAY
        assert one.problems == ["connection failed; trying again"]
        service.outcome = lambda: None
        await until(3600 + MAX_DELAY + 10)
    assert service.messages == [["a"]]
    assert len(set(service.keys)) == 1


@in_virtual_time
async def test_what_the_server_asks_for_is_honoured(tmp_path: Path) -> None:
    """Also by ends that are found meanwhile: they wait for the message before theirs."""
    limited = [PushError("rate-limited (429)", retry_after=300.0), None]
    service = FakeService(lambda: limited.pop(0) if limited else None)
    async with process(tmp_path, service) as one:
        one.end("a")
        await until(100)
        one.end("b")
        await until(600)
    first, second, third = service.attempts
    assert second - first - service.duration == 300
    assert third - second < BATCH_SECONDS
    assert service.messages == [["a"], ["b"]]


@in_virtual_time
async def test_after_a_refusal_the_server_is_asked_rarely(tmp_path: Path) -> None:
    """Until the settings change: then at once."""
    service = FakeService(lambda: PushError("nothing at this address (404)", passing=False))
    async with process(tmp_path, service) as one:
        one.end("a")
        await until(FIRST_DELAY_OF_REFUSAL / 2)
        assert len(service.attempts) == 1
        service.outcome = lambda: None
        one.notifier.options = replace(OPTIONS, send=service.send)
        await until(FIRST_DELAY_OF_REFUSAL / 2 + 2 * BATCH_SECONDS)
    assert service.messages == [["a"]]


@in_virtual_time
async def test_refused_headers_are_renewed_and_the_message_is_sent_at_once(tmp_path: Path) -> None:
    """The access token has expired; the new one is kept for the next messages."""
    tokens, sent = ["new"], []

    async def send(_: Post, target: PushTarget) -> None:
        sent.append(target.headers["Authorization"])
        if sent[-1] == "old":
            raise PushError("the server wants a login (401)", passing=False, refused=True)

    options = PushOptions(
        PushTarget(TARGET.url, {"Authorization": "old"}),
        "json",
        new_headers=lambda: {"Authorization": tokens.pop()},
    )
    async with process(tmp_path, FakeService(), options) as one:
        one.notifier.options = replace(options, send=send)
        one.end("a")
        await until(BATCH_SECONDS + 1)
        one.end("b")
        await until(60)
        assert one.problems == []
    assert sent == ["old", "new", "new"]


@in_virtual_time
@pytest.mark.parametrize("refused", [True, False])
async def test_headers_are_renewed_once_for_an_attempt_and_only_if_refused(
    tmp_path: Path, *, refused: bool
) -> None:
    """If the new ones are refused too, the next attempt waits; why is reported once."""
    renewals = 0

    def new_headers() -> Mapping[str, str]:
        nonlocal renewals
        renewals += 1
        return {"Authorization": f"token {renewals}"}

    service = FakeService(lambda: PushError("no (403)", passing=False, refused=refused))
    options = replace(OPTIONS, new_headers=new_headers)
    async with process(tmp_path, service, options) as one:
        one.end("a")
        await until(FIRST_DELAY_OF_REFUSAL / 2)
        assert (renewals, len(service.attempts)) == ((1, 2) if refused else (0, 1))
        await until(FIRST_DELAY_OF_REFUSAL * 2)
        assert (renewals, len(service.attempts)) == ((2, 4) if refused else (0, 2))
    assert one.problems == ["no (403); trying again"]


@in_virtual_time
async def test_a_command_that_gives_no_headers_is_reported(tmp_path: Path) -> None:
    """In place of the refusal; the next attempt runs it again."""

    def new_headers() -> Mapping[str, str]:
        raise PushError("headers_command failed", passing=False)

    service = FakeService(lambda: PushError("no (401)", passing=False, refused=True))
    async with process(tmp_path, service, replace(OPTIONS, new_headers=new_headers)) as one:
        one.end("a")
        await until(FIRST_DELAY_OF_REFUSAL / 2)
    assert len(service.attempts) == 1
    assert one.problems == ["headers_command failed; trying again"]


@in_virtual_time
async def test_nothing_is_sent_in_quiet_hours_and_one_message_after_them(tmp_path: Path) -> None:
    """From 10:10 to 11 o'clock; the program starts at 10."""
    service = FakeService()
    quiet = QuietHours(time(10, 10), time(11))
    async with process(tmp_path, service, replace(OPTIONS, quiet=quiet)) as one:
        one.end("before")
        await until(700)
        one.end("a")
        await until(1800)
        one.end("b")
        await until(3599)
        assert service.messages == [["before"]]
        await until(3700)
    assert service.messages == [["before"], ["a", "b"]]


@in_virtual_time
async def test_ends_are_pushed_after_the_clock_was_set_back(tmp_path: Path) -> None:
    """By a day, though they wait for the end of the quiet hours, from 10:10 to 11 o'clock."""
    service, ahead = FakeService(), timedelta(days=1)
    options = replace(OPTIONS, quiet=QuietHours(time(10, 10), time(11)))
    async with process(tmp_path, service, options, now=lambda: time_of_day() + ahead) as one:
        await until(700)
        ahead = timedelta(0)
        one.end("a")
        await until(4000)
    assert service.messages == [["a"]]


@in_virtual_time
async def test_two_processes_announce_each_end_once(tmp_path: Path) -> None:
    """Both know all jobs, and find their ends at different times."""
    service, ids = FakeService(), [f"job{number}" for number in range(50)]
    async with process(tmp_path, service) as one, process(tmp_path, service) as two:
        for number, job_id in enumerate(ids):
            await until(1 + number * 1.7)
            one.end(job_id)
            two.jobs[job_id] = one.jobs[job_id]
            if number % 3:
                two.notifier.notice()
        await until(600)
    assert sorted(job_id for message in service.messages for job_id in message) == sorted(ids)


@in_virtual_time
async def test_an_end_that_was_not_pushed_is_pushed_by_the_next_process(tmp_path: Path) -> None:
    """The first one is ended before the message was sent."""
    service = FakeService()
    async with process(tmp_path, service) as one:
        await until(5)
        one.end("a")
        await until(5 + BATCH_SECONDS / 2)
    assert service.attempts == []
    async with process(tmp_path, service, jobs=one.jobs):
        await until(100)
    assert service.messages == [["a"]]


@in_virtual_time
async def test_a_process_that_is_ended_while_it_sends_lets_the_message_arrive(
    tmp_path: Path,
) -> None:
    """And notes that, so that nobody sends it again."""
    service = FakeService()
    async with process(tmp_path, service) as one:
        one.end("a")
        await until(BATCH_SECONDS + service.duration / 2)
    assert service.messages == [["a"]]
    async with process(tmp_path, service, jobs=one.jobs):
        await until(1000)
    assert service.messages == [["a"]]


@in_virtual_time
async def test_a_message_of_a_process_that_was_killed_is_sent_by_another(tmp_path: Path) -> None:
    """Under the same key: nobody knows whether it arrived."""
    service = FakeService(duration=10.0)
    async with process(tmp_path, service) as one:
        one.end("a")
        await until(BATCH_SECONDS + 1)
    service.duration = 0.5
    async with process(tmp_path, service, jobs=one.jobs):
        await until(CLAIM_SECONDS + 60)
    assert service.messages == [["a"]]
    assert len(service.keys) == 2
    assert len(set(service.keys)) == 1


@in_virtual_time
async def test_only_jobs_that_are_still_tracked_are_announced(tmp_path: Path) -> None:
    """The user removed one before the message could be sent."""
    failures = [PushError("connection failed")] * 2
    service = FakeService(lambda: failures.pop() if failures else None)
    async with process(tmp_path, service) as one:
        one.end("a", "b")
        await until(BATCH_SECONDS + 1)
        del one.jobs["a"]
        await until(200)
        one.end("c")
        await until(300)
    assert service.messages == [["b"], ["c"]]


@in_virtual_time
async def test_a_process_that_does_not_know_a_job_yet_does_not_leave_it_out(
    tmp_path: Path,
) -> None:
    """The process that found the end has failed to send the message, and is gone."""
    failures = [PushError("connection failed")]
    service = FakeService(lambda: failures.pop() if failures else None)
    async with process(tmp_path, service) as one:
        one.end("a", "b")
        await until(BATCH_SECONDS + 1)
    async with process(tmp_path, service, jobs={"b": one.jobs["b"]}) as two:
        await until(BATCH_SECONDS + 6)
        two.jobs["a"] = one.jobs["a"]
        two.notifier.notice()
        await until(200)
    assert service.messages == [["a", "b"]]


@in_virtual_time
async def test_a_process_in_which_the_user_switched_it_off_pushes_nothing(tmp_path: Path) -> None:
    """Nor does one without settings; once it is on, what waits is pushed."""
    service = FakeService()
    async with process(tmp_path, service) as one, process(tmp_path, service, None) as two:
        one.notifier.enabled = False
        one.end("a")
        two.end("a")
        await until(1000)
        assert service.attempts == []
        one.notifier.enabled = True
        one.notifier.notice()
        await until(1010)
    assert service.messages == [["a"]]


@pytest.mark.slow
@in_virtual_time
async def test_what_cannot_be_pushed_for_days_is_reported(tmp_path: Path) -> None:
    """With the next end."""
    service = FakeService(lambda: PushError("connection failed"))
    async with process(tmp_path, service) as one:
        one.end("a")
        await until(MAX_AGE.total_seconds() + 60)
        service.outcome = lambda: None
        one.end("b")
        await until(MAX_AGE.total_seconds() + 120)
    assert service.messages == [["b"]]
    assert one.problems[-1] == "the ends of 1 job could not be pushed for 3 days; given up"


@in_virtual_time
async def test_nothing_wakes_it_while_nothing_ends(tmp_path: Path) -> None:
    """No timer runs while all ends were pushed."""
    service, loop = FakeService(), asyncio.get_running_loop()
    async with process(tmp_path, service) as one:
        one.end("a")
        await until(100)
        timers = [each for each in loop._scheduled if not each.cancelled()]  # type: ignore[attr-defined]  # noqa: SLF001
    assert service.messages == [["a"]]
    assert timers == []


def test_start_is_in_the_time_zone_of_the_quiet_hours() -> None:
    """What the tests above rely on."""
    assert datetime(2026, 11, 20, 10, tzinfo=UTC) == START
