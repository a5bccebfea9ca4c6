"""When the notify command runs, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from kling_tui.jobs import Job
from kling_tui.notifications.command import NotifyCommand
from kling_tui.notifications.command_queue import CommandNotifier
from kling_tui.notifications.leaving import LEAVE_SECONDS
from kling_tui.notifications.record import NotificationRecord
from tests.support.ended_jobs import ended_job
from tests.support.virtual_time import START, in_virtual_time, time_of_day, until


class SlowCommand(NotifyCommand):
    """A notify command that takes a while, and notes for which jobs it has ended."""

    def __init__(self, seconds: float = 0.5) -> None:
        super().__init__((), lambda _: "", {})
        self.seconds = seconds
        self.ended: list[str] = []

    async def run(self, job: Job) -> None:
        """Take a while."""
        await asyncio.sleep(self.seconds)
        self.ended.append(job.id)


@dataclass
class Clock:
    """The time of day, which can be set."""

    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Return the time of day."""
        return time_of_day() + self.ahead


@dataclass
class Process:
    """A process that runs commands."""

    notifier: CommandNotifier
    now: Callable[[], datetime]
    jobs: dict[str, Job] = field(default_factory=dict)

    def end(self, *ids: str) -> None:
        """Find the ends of jobs now."""
        self.jobs.update({job_id: ended_job(job_id, self.now()) for job_id in ids})
        self.notifier.notice()


@asynccontextmanager
async def process(
    folder: Path, command: SlowCommand, now: Callable[[], datetime] = time_of_day
) -> AsyncIterator[Process]:
    """Run commands until the end of the block; a job had ended before."""
    jobs = {"old": ended_job("old", START - timedelta(hours=1))}
    record = NotificationRecord(folder / "jobs.toml")
    notifier = CommandNotifier(jobs, record, now, command, on_problem=lambda _: None)
    task = asyncio.create_task(notifier.run())
    await asyncio.sleep(0)
    try:
        yield Process(notifier, now, jobs)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@in_virtual_time
async def test_it_runs_once_for_each_end_among_all_processes(tmp_path: Path) -> None:
    """Not for an end from before the start, nor for one while it was switched off."""
    command = SlowCommand()
    async with process(tmp_path, command) as one, process(tmp_path, command) as two:
        await until(10)
        one.end("a")
        two.end("a")
        await until(20)
        for each in (one, two):
            each.notifier.enabled = False
            each.end("b")
        await until(30)
        for each in (one, two):
            each.notifier.enabled = True
            each.end("c")
        await until(40)
    assert command.ended == ["a", "c"]


@in_virtual_time
async def test_it_runs_after_the_clock_was_set_back(tmp_path: Path) -> None:
    """By a day, as when the time of day becomes known after the start of the machine."""
    command, clock = SlowCommand(), Clock(ahead=timedelta(days=1))
    async with process(tmp_path, command, clock.now) as one:
        await until(10)
        clock.ahead = timedelta(0)
        one.end("a")
        await until(20)
        one.end("b")
        await until(3600)
        one.end("c")
        await until(3700)
    assert command.ended == ["a", "b", "c"]


@in_virtual_time
async def test_a_command_that_runs_at_the_end_of_the_program_may_finish(tmp_path: Path) -> None:
    """If that takes only a moment; it is not run again."""
    quick, slow = SlowCommand(LEAVE_SECONDS), SlowCommand(10 * LEAVE_SECONDS)
    for number, command in enumerate((quick, slow)):
        async with process(tmp_path, command) as one:
            one.end(f"job {number}")
            await until(number + 0.1)
        await until(number + 1)
    assert quick.ended == ["job 0"]
    assert slow.ended == []
