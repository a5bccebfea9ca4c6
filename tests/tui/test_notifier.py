"""Jobs that end are notified on the channels that are on."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.widgets import OptionList

from kling_tui.config.changes import Changes, Part
from kling_tui.demo import DEMO_JOBS
from kling_tui.jobs import Status
from kling_tui.notifications.command import NotifyCommand
from kling_tui.notifications.formats import Post
from kling_tui.notifications.push import PushOptions
from kling_tui.notifications.target import PushError, PushTarget
from kling_tui.storage.store import Store
from kling_tui.tui.screens.notifications import NotificationScreen
from tests.support.fake_config import FakeConfig, changed_settings
from tests.support.programs import command_saving_to
from tests.support.scenes import DEMO_IDS, START, RunningApp, demo_jobs, run_app
from tests.support.screen_text import footer, toasts

pytestmark = pytest.mark.slow

JOB_ID = next(job.id for job in DEMO_JOBS if job.label == "lost at sea")


def saved_ids(folder: Path) -> list[str]:
    """Return the ids of the jobs that the command has run for."""
    texts = [file.read_text("utf-8") for file in folder.iterdir()]
    return sorted(json.loads(text)["id"] for text in texts if text.endswith("}"))


def ended_ids(running: RunningApp) -> list[str]:
    """Return the ids of the jobs that have ended."""
    return sorted(job.id for job in running.store.jobs.values() if job.ended)


async def test_the_command_runs_once_for_each_job_that_ends(tmp_path: Path) -> None:
    """Also if the first poll finds that it has ended, but not if it ended before it was tracked."""
    async with run_app(size=(200, 44), notify_command=command_saving_to(tmp_path)) as running:
        await running.poll_all()
        assert "notify: toast, command" in footer(running)
        await running.until(lambda: saved_ids(tmp_path) == ended_ids(running))
        first = saved_ids(tmp_path)
        await running.advance(16)
        assert len(ended_ids(running)) > len(first) > 0
        await running.until(lambda: saved_ids(tmp_path) == ended_ids(running))


async def test_the_command_is_not_run_for_a_job_that_ended_before_it_was_tracked(
    tmp_path: Path,
) -> None:
    """The user knows that already."""
    tracked_late = [
        replace(job, added_at=START) if job.label == "pixel portrait" else job
        for job in demo_jobs()
    ]
    async with run_app(jobs=tracked_late, notify_command=command_saving_to(tmp_path)) as running:
        await running.poll_all()
        expected = set(ended_ids(running)) - {DEMO_IDS["pixel portrait"]}
        await running.until(lambda: saved_ids(tmp_path) == sorted(expected))


async def test_a_failing_command_is_reported_in_a_toast() -> None:
    """With the setting, the program and the error, even while toasts about jobs are off."""
    async with run_app(
        notify_command=NotifyCommand(("no-such-program",), repr, {}), toast=False
    ) as running:
        await running.poll_all()
        await running.advance(16)
        error = "notify.command: no-such-program cannot be started: No such file or directory"
        await running.until(lambda: error in toasts(running))
        assert set(toasts(running)) == {error}


async def test_an_end_found_by_another_process_is_notified_too(tmp_path: Path) -> None:
    """By toast and by the command."""
    async with run_app(notify_command=command_saving_to(tmp_path)) as running:
        await running.poll_all()
        job = running.store.jobs[JOB_ID]
        assert not job.ended
        other_store = Store(running.store.path)
        other_store.load()
        other_store.put(
            replace(job, status=Status.FAILED, message="sunk", ended_at=running.clock.now)
        )
        other_store.save()
        await running.until(lambda: "lost at sea: failed: sunk" in toasts(running))
        await running.until(lambda: job.id in saved_ids(tmp_path))
        assert saved_ids(tmp_path).count(job.id) == 1


async def test_channels_can_be_switched_while_the_app_is_open(tmp_path: Path) -> None:
    """The dialog switches channels off and on; the footer shows which are on."""
    async with run_app(size=(140, 44), notify_command=command_saving_to(tmp_path)) as running:
        await running.poll_all()
        await running.until(lambda: saved_ids(tmp_path) == ended_ids(running))
        before = ended_ids(running)
        await running.pilot.press("n")
        assert isinstance(running.app.screen, NotificationScreen)
        option_list = running.app.screen.query_one(OptionList)
        assert [str(option.prompt) for option in option_list.options] == [
            "· bell", "✓ in-app toast",
            "· desktop notification", "✓ notify.command of the config",
        ]  # fmt: skip
        await running.pilot.press("down", "space", "down", "down", "space", "escape")
        assert "notify: off" in footer(running)
        await running.advance(16)
        await running.pilot.press("n", "space", "escape")
        assert "notify: bell" in footer(running)
        assert (toasts(running), saved_ids(tmp_path)) == ([], before)


class FakeService:
    """Takes push messages, unless there is a reason not to."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem
        self.ids: list[str] = []
        self.options = PushOptions(PushTarget("https://push.test/s3cr3t"), "json", send=self.send)

    async def send(self, post: Post, _: PushTarget) -> None:
        """Note the jobs of a message, or raise the error."""
        if self.problem:
            raise PushError(self.problem)
        self.ids += [job["id"] for job in json.loads(post.body)["jobs"]]


async def test_ends_are_pushed_while_the_app_is_open() -> None:
    """Each once; the footer shows the channel."""
    service = FakeService()
    async with run_app(size=(200, 44), push=service.options) as running:
        await running.poll_all()
        assert "notify: toast, push" in footer(running)
        await running.advance(16)
        await running.until(lambda: sorted(service.ids) == ended_ids(running))


async def test_a_message_that_cannot_be_sent_is_reported_once() -> None:
    """With the setting and the reason."""
    service = FakeService("rate-limited (429)")
    async with run_app(push=service.options, toast=False) as running:
        await running.poll_all()
        error = "notify.push: rate-limited (429); trying again"
        await running.until(lambda: error in toasts(running))
        service.problem = ""
        running.clock.advance(5)
        await running.until(lambda: sorted(service.ids) == ended_ids(running))
        assert toasts(running) == [error]


async def test_push_can_be_switched_off_and_configured_while_the_app_is_open() -> None:
    """What ended meanwhile is pushed when it is on again."""
    service, config = FakeService(), FakeConfig()
    async with run_app(size=(200, 44), config=config) as running:
        await running.poll_all()
        changes = Changes(("notify.push",), parts=frozenset({Part.NOTIFICATIONS}))
        config.next_reload = changed_settings(running, changes, push=service.options)
        await running.until(lambda: "push" in footer(running))
        await running.pilot.press("n")
        options = running.app.screen.query_one(OptionList).options
        assert str(options[-1].prompt) == "✓ push message (notify.push of the config)"
        await running.pilot.press("up", "space", "escape")
        await running.advance(16)
        assert "push" not in footer(running)
        await running.pilot.press("n", "up", "space", "escape")
        await running.until(lambda: bool(service.ids))
