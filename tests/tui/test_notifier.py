"""Jobs that end are notified on the channels that are on."""

import json
import sys
from dataclasses import replace
from pathlib import Path

from textual.widgets import OptionList

from kling_tui.demo import DEMO_JOBS
from kling_tui.formatting.output import job_as_json
from kling_tui.jobs import Status
from kling_tui.storage.store import Store
from kling_tui.tui.programs import NotifyCommand
from kling_tui.tui.screens.notifications import NotificationScreen
from tests.support.scenes import running
from tests.support.screen_text import footer, toasts

JOB_ID = next(job.id for job in DEMO_JOBS if job.label == "lost at sea")
_SAVE_INPUT = "import os, sys; open(f'{sys.argv[1]}/{os.getpid()}', 'w').write(sys.stdin.read())"


def command_saving_to(folder: Path) -> NotifyCommand:
    """Return a command that saves its input in a new file of a folder at each run."""
    return NotifyCommand(
        (sys.executable, "-c", _SAVE_INPUT, str(folder)), lambda job: json.dumps(job_as_json(job))
    )


def saved_ids(folder: Path) -> list[str]:
    """Return the ids of the jobs that the command has run for."""
    texts = [file.read_text("utf-8") for file in folder.iterdir()]
    return sorted(json.loads(text)["id"] for text in texts if text.endswith("}"))


async def test_the_command_runs_once_for_each_job_that_ends(tmp_path: Path) -> None:
    """Not for jobs that had ended before the app was opened."""
    async with running(notify_command=command_saving_to(tmp_path)) as stage:
        await stage.all_polled()
        assert "notify: toast, command" in footer(stage)
        ended_before = {job.id for job in stage.store.jobs.values() if job.ended}
        await stage.later(16)
        ended = {job.id for job in stage.store.jobs.values() if job.ended} - ended_before
        assert ended
        await stage.until(lambda: saved_ids(tmp_path) == sorted(ended))


async def test_a_failing_command_is_reported_in_a_toast() -> None:
    """With the setting, the program and the error, even while toasts about jobs are off."""
    async with running(
        notify_command=NotifyCommand(("no-such-program",), repr), toast=False
    ) as stage:
        await stage.all_polled()
        await stage.later(16)
        error = "notify.command: no-such-program cannot be started: No such file or directory"
        await stage.until(lambda: error in toasts(stage))
        assert set(toasts(stage)) == {error}


async def test_an_end_found_by_another_process_is_notified_too(tmp_path: Path) -> None:
    """By toast and by the command."""
    async with running(notify_command=command_saving_to(tmp_path)) as stage:
        await stage.all_polled()
        job = stage.store.jobs[JOB_ID]
        assert not job.ended
        other_store = Store(stage.store.path)
        other_store.load()
        other_store.put(
            replace(job, status=Status.FAILED, message="sunk", ended_at=stage.clock.now)
        )
        other_store.save()
        await stage.until(lambda: "lost at sea: sunk" in toasts(stage))
        await stage.until(lambda: saved_ids(tmp_path) == [job.id])


async def test_channels_can_be_switched_while_the_app_is_open(tmp_path: Path) -> None:
    """The dialog switches channels off and on; the footer shows which are on."""
    async with running(notify_command=command_saving_to(tmp_path)) as stage:
        await stage.all_polled()
        await stage.pilot.press("n")
        assert isinstance(stage.app.screen, NotificationScreen)
        option_list = stage.app.screen.query_one(OptionList)
        assert [str(option.prompt) for option in option_list.options] == [
            "· bell", "✓ toast here",
            "· notification on the desktop", "✓ notify.command of the config",
        ]  # fmt: skip
        await stage.pilot.press("down", "space", "down", "down", "space", "escape")
        assert "notify: off" in footer(stage)
        await stage.later(16)
        await stage.pilot.press("n", "space", "escape")
        assert "notify: bell" in footer(stage)
        assert (toasts(stage), saved_ids(tmp_path)) == ([], [])
