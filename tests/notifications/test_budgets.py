"""Budgets that reach a threshold are pushed and given to the command, once among all processes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from filelock import FileLock
from msgspec.structs import replace

from kling_tui.costs import Breakdown
from kling_tui.costs.budget import Budget
from kling_tui.jobs import Job, Status
from kling_tui.notifications.budgets import BudgetAlert, BudgetAlerts, BudgetWatch
from kling_tui.notifications.command import NotifyCommand
from kling_tui.notifications.ends import MAX_AGE
from kling_tui.notifications.formats import Post
from kling_tui.notifications.push import PushNotifier, PushOptions
from kling_tui.notifications.quiet_hours import QuietHours
from kling_tui.notifications.record import NotificationRecord
from kling_tui.notifications.remote import RemoteNotifiers
from kling_tui.notifications.target import PushError, PushTarget
from tests.support.jobs import a_job
from tests.support.virtual_time import in_virtual_time, time_of_day, until

DAY = 86_400.0
TARGET = PushTarget("https://push.test/s3cr3t")
NEARLY_USED, USED_UP = (
    "Budget for today: 80% used: $1.75 of $2.00, $1.75 of it in flight",
    "Budget for today: used up: $2.10 of $2.00, $2.10 of it in flight",
)


class Receiver(NotifyCommand):
    """Takes push messages unless told to fail, and what the command gets."""

    def __init__(self) -> None:
        super().__init__((), lambda _: "", {})
        self.pushed: list[str] = []
        self.posts: list[Post] = []
        self.thresholds: list[float] = []
        self.outcome: Callable[[], PushError | None] = lambda: None

    async def send(self, post: Post, target: PushTarget) -> None:
        """Take a message, or raise the error."""
        assert target == TARGET
        if error := self.outcome():
            raise error
        self.posts.append(post)
        self.pushed.append(json.loads(post.body)["message"])

    async def run_with(self, text: str, subject: str) -> None:
        """Note the threshold."""
        assert subject.startswith("Budget for")
        self.thresholds.append(json.loads(text)["threshold"])


class Process:
    """A process that watches a budget, and notifies."""

    def __init__(self, folder: Path, budget: Budget) -> None:
        self.jobs: dict[str, Job] = {}
        self.problems: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.alerts: list[BudgetAlert] = []
        self.remote = RemoteNotifiers(
            self.jobs,
            folder / "jobs.toml",
            time_of_day,
            start=lambda work: self.tasks.append(asyncio.create_task(work())),
            on_problem=lambda _, problem: self.problems.append(problem),
        )
        self.watch = BudgetWatch(
            self.jobs, budget, time_of_day, self._on_alert, folder / "jobs.toml"
        )
        self.tasks.append(asyncio.create_task(self.watch.run()))

    def _on_alert(self, alert: BudgetAlert) -> None:
        self.alerts.append(alert)
        self.remote.budget_reached(alert)

    def track(self, *numbers: int) -> None:
        """Add jobs in flight, of $0.35 each."""
        self.jobs.update({str(number): a_job(str(number)) for number in numbers})
        self.watch.notice()

    def fail(self, *ids: int | str) -> None:
        """Let jobs fail, which are not paid for then."""
        failed = [replace(self.jobs[str(job_id)], status=Status.FAILED) for job_id in ids]
        self.jobs.update({job.id: job for job in failed})
        self.watch.notice()

    async def stop(self) -> None:
        """End it, as a signal does."""
        for task in self.tasks:
            task.cancel()
        for task in self.tasks:
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def process(
    folder: Path,
    receiver: Receiver,
    quiet: QuietHours | None = None,
    budget: Budget = Budget(per_day=Decimal(2)),  # noqa: B008 - it is frozen
) -> AsyncIterator[Process]:
    """Watch a budget of $2 a day until the end of the block."""
    one = Process(folder, budget)
    options = PushOptions(TARGET, "json", quiet, send=receiver.send)
    one.remote.configure(receiver, options)
    await asyncio.sleep(0)
    try:
        yield one
    finally:
        await one.stop()


@in_virtual_time
async def test_each_threshold_is_told_once_among_processes_and_restarts(tmp_path: Path) -> None:
    """By the command and by a push message."""
    receiver = Receiver()
    for restart in range(2):
        async with process(tmp_path, receiver) as one, process(tmp_path, receiver) as two:
            for each in (one, two):
                each.track(*range(5))
            await until(100 + 1000 * restart)
            for each in (one, two):
                each.track(*range(6))
            await until(200 + 1000 * restart)
            assert one.problems == two.problems == []
        assert receiver.thresholds == [0.8, 1.0]
        assert receiver.pushed == [NEARLY_USED, USED_UP]


@in_virtual_time
async def test_a_budget_that_failed_jobs_left_is_told_again_when_it_is_reached_again(
    tmp_path: Path,
) -> None:
    """Once among all processes each time, also after restarts."""
    receiver = Receiver()
    async with process(tmp_path, receiver) as one:
        for round_ in range(3):
            async with process(tmp_path, receiver) as two:
                for each in (one, two):
                    each.track(*range(5))
                await until(100 + 1000 * round_)
                for each in (one, two):
                    each.fail(*range(5))
                await until(500 + 1000 * round_)
    assert receiver.thresholds == [0.8] * 3
    assert receiver.pushed == [NEARLY_USED] * 3


@in_virtual_time
async def test_a_process_that_sees_a_failure_late_does_not_have_it_told_twice(
    tmp_path: Path,
) -> None:
    """The other one has already seen the budget reached again, and told it."""
    receiver = Receiver()
    async with process(tmp_path, receiver) as one, process(tmp_path, receiver) as two:
        for each in (one, two):
            each.track(*range(5))
        await until(100)
        one.fail(*range(5))
        await until(200)
        one.track(*range(5))
        await until(300)
        assert receiver.thresholds == [0.8, 0.8]
        two.fail(*range(5))
        await until(400)
        two.track(*range(5))
        await until(500)
    assert receiver.thresholds == [0.8, 0.8]


@in_virtual_time
async def test_a_process_that_has_not_seen_a_budget_reached_does_not_have_it_told_again(
    tmp_path: Path,
) -> None:
    """It may have read the jobs before the others wrote them."""
    receiver = Receiver()
    async with process(tmp_path, receiver) as one, process(tmp_path, receiver) as two:
        one.track(*range(5))
        two.track(0)
        await until(100)
        two.fail(0)
        await until(200)
        two.track(*range(5))
        await until(300)
    assert receiver.thresholds == [0.8]


@in_virtual_time
async def test_a_job_that_fails_and_is_submitted_again_is_no_alert(tmp_path: Path) -> None:
    """Of $100, $80.15 are in flight, and then $79.80, and so on."""
    receiver = Receiver()
    async with process(tmp_path, receiver, budget=Budget(per_day=Decimal(100))) as one:
        for round_ in range(5):
            one.track(*range(229))
            await until(10 + 10 * round_)
            one.fail(0)
            await until(15 + 10 * round_)
    assert receiver.thresholds == [0.8]


@in_virtual_time
async def test_a_limit_for_every_label_is_told_again_too(tmp_path: Path) -> None:
    """Labels that are not nearly used are not shown, but known."""
    receiver = Receiver()
    async with process(tmp_path, receiver, budget=Budget(per_label=Decimal("0.4"))) as one:
        for round_ in range(2):
            one.jobs["0"] = a_job("0", label="hero")
            one.watch.notice()
            await until(100 + 1000 * round_)
            one.fail("0")
            await until(500 + 1000 * round_)
    assert receiver.thresholds == [0.8, 0.8]


@in_virtual_time
async def test_thresholds_that_are_reached_together_are_one_message_and_two_runs(
    tmp_path: Path,
) -> None:
    """The message is about the higher one; it is about no job."""
    receiver = Receiver()
    async with process(tmp_path, receiver) as one:
        one.track(*range(6))
        await until(100)
    assert receiver.thresholds == [0.8, 1.0]
    assert receiver.pushed == [USED_UP]
    body = json.loads(receiver.posts[0].body)
    assert (body["title"], body["jobs"]) == ("Budget warning", [])


@in_virtual_time
async def test_a_threshold_that_is_found_before_the_settings_are_known_is_told(
    tmp_path: Path,
) -> None:
    """As when the app opens: it counts the costs first."""
    receiver = Receiver()
    one = Process(tmp_path, Budget(per_day=Decimal(2)))
    one.track(*range(5))
    await until(10)
    assert len(one.alerts) == 1
    one.remote.configure(receiver, PushOptions(TARGET, "json", send=receiver.send))
    await until(100)
    await one.stop()
    assert (receiver.pushed, receiver.thresholds) == ([NEARLY_USED], [0.8])


@in_virtual_time
async def test_what_is_in_flight_at_midnight_counts_on_the_next_day(tmp_path: Path) -> None:
    """Also if no job changes then."""
    receiver = Receiver()
    async with process(tmp_path, receiver) as one:
        one.track(*range(5))
        await until(100)
        assert receiver.thresholds == [0.8]
        await until(DAY + 100)
        assert receiver.thresholds == [0.8, 0.8]
        assert [alert.use.period for alert in one.alerts][1] > one.alerts[0].use.period


@in_virtual_time
async def test_a_message_that_fails_is_sent_again_by_a_later_process(tmp_path: Path) -> None:
    """It is in the record, which says nothing else of it."""
    receiver = Receiver()
    receiver.outcome = lambda: PushError("connection failed")
    async with process(tmp_path, receiver) as one:
        one.track(*range(5))
        await until(100)
        assert one.problems == ["connection failed; trying again"]
    receiver.outcome = lambda: None
    async with process(tmp_path, receiver):
        await until(2000)
    assert receiver.pushed == [NEARLY_USED]


@in_virtual_time
async def test_in_quiet_hours_no_budget_is_pushed_but_afterwards(tmp_path: Path) -> None:
    """Also if the process ends in these hours; the command runs at once."""
    receiver = Receiver()
    begin = time_of_day().astimezone()
    end = begin + timedelta(hours=2)
    quiet = QuietHours(_time(begin), _time(end))
    async with process(tmp_path, receiver, quiet) as one:
        one.track(*range(5))
        await until(100)
        assert receiver.thresholds == [0.8]
    async with process(tmp_path, receiver, quiet):
        await until(3600)
        assert receiver.pushed == []
        await until(3 * 3600)
    assert receiver.pushed == [NEARLY_USED]


def _time(at: datetime) -> time:
    return time(at.hour, at.minute)


@in_virtual_time
async def test_what_is_switched_off_is_left_to_others(tmp_path: Path) -> None:
    """It is not made up for by the process in which it was off."""
    receiver = Receiver()
    async with process(tmp_path, receiver) as one:
        one.remote.enable(command=False, push=False)
        one.track(*range(5))
        await until(100)
        one.remote.enable(command=True, push=True)
        await until(200)
        assert (receiver.pushed, receiver.thresholds) == ([], [])
        async with process(tmp_path, receiver) as two:
            two.track(*range(5))
            await until(300)
    assert (receiver.pushed, receiver.thresholds) == ([NEARLY_USED], [0.8])


@in_virtual_time
async def test_while_the_record_is_locked_a_message_waits(tmp_path: Path) -> None:
    """It is not lost."""
    receiver = Receiver()
    budget = Budget(per_day=Decimal(2))
    jobs = [a_job(str(number)) for number in range(5)]
    (alert,) = BudgetAlerts(
        lambda: Breakdown(jobs, UTC), lambda: budget, time_of_day, tmp_path / "jobs.toml"
    ).find()
    notifier = PushNotifier(
        {},
        NotificationRecord(tmp_path / "jobs.toml", lock_timeout=0.0),
        time_of_day,
        PushOptions(TARGET, "json", send=receiver.send),
        on_problem=pytest.fail,
    )
    task = asyncio.create_task(notifier.run())
    await until(10)
    with FileLock(tmp_path / "jobs.toml.lock"):
        notifier.budget_reached(alert)
        await until(60)
        assert receiver.pushed == []
    await until(120)
    task.cancel()
    assert receiver.pushed == [NEARLY_USED]


@pytest.mark.slow
@in_virtual_time
async def test_what_cannot_be_pushed_for_days_is_given_up(tmp_path: Path) -> None:
    """And reported; later messages are sent."""
    receiver = Receiver()
    receiver.outcome = lambda: PushError("connection failed")
    async with process(tmp_path, receiver, budget=Budget(per_month=Decimal(2))) as one:
        one.track(*range(5))
        await until(MAX_AGE.total_seconds() + 1000)
        assert one.problems[-1] == "budgets could not be pushed for 3 days; given up"
        receiver.outcome = lambda: None
        one.track(*range(6))
        await until(MAX_AGE.total_seconds() + 2000)
    (message,) = receiver.pushed
    assert "used up: $2.10 of $2.00" in message


@in_virtual_time
async def test_a_budget_that_is_set_later_counts(tmp_path: Path) -> None:
    """Without one, no cost is counted."""
    receiver = Receiver()
    async with process(tmp_path, receiver, budget=Budget()) as one:
        one.track(*range(5))
        await until(100)
        assert receiver.thresholds == []
        one.watch.configure(replace(Budget(), per_label={"hero": Decimal("0.1")}))
        one.jobs["0"] = a_job("0", label="hero/1")
        one.watch.notice()
        await until(200)
    assert receiver.thresholds == [0.8, 1.0]
