"""Ends of jobs are told, by the ways that are on, and results are handed over."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import OptionList

from kling_tui.demo import DEMO_JOBS
from kling_tui.formatting.output import job_as_json
from kling_tui.jobs import Status
from kling_tui.storage.store import Store
from kling_tui.tui.programs import NotifyCommand
from kling_tui.tui.screens.links import LinksScreen
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.screens.notifications import NotificationScreen
from kling_tui.tui.terminal import MAX_COPY_BYTES
from kling_tui.tui.widgets.cost_footer import CostFooter
from tests.support.scenes import RunningApp, run_app

LABELS = {staged.label: staged.id for staged in DEMO_JOBS}
KEEP = "import os, sys; open(f'{sys.argv[1]}/{os.getpid()}', 'w').write(sys.stdin.read())"


def toasts(stage: RunningApp) -> list[str]:
    """Return what the toasts say."""
    return [f"{each.title}: {each.message}" for each in stage.app._notifications]  # noqa: SLF001


def footer(stage: RunningApp) -> str:
    """Return what the footer says."""
    return str(stage.app.main.query_one(CostFooter).render())


def keeping(folder: Path) -> NotifyCommand:
    """Return a program that keeps all that it is told in files of a folder."""
    return NotifyCommand(
        (sys.executable, "-c", KEEP, str(folder)), lambda job: json.dumps(job_as_json(job))
    )


def kept(folder: Path) -> list[str]:
    """Return the ids of the jobs that the program was told of."""
    texts = [file.read_text("utf-8") for file in folder.iterdir()]
    return sorted(json.loads(text)["id"] for text in texts if text.endswith("}"))


async def test_the_program_is_told_once_of_each_end(tmp_path: Path) -> None:
    """Jobs that had ended before are not told of; those that end now are, with how they ended."""
    async with run_app(notify_command=keeping(tmp_path)) as stage:
        await stage.poll_all()
        assert "notify: toast, command" in footer(stage)
        ended = {job.id for job in stage.store.jobs.values() if job.ended}
        await stage.advance(16)
        now = {job.id for job in stage.store.jobs.values() if job.ended} - ended
        assert now
        await stage.until(lambda: kept(tmp_path) == sorted(now))


async def test_a_program_that_fails_is_said() -> None:
    """The toast names the setting, the program and what went wrong."""
    async with run_app(
        notify_command=NotifyCommand(("no-such-program",), repr), toast=False
    ) as stage:
        await stage.poll_all()
        await stage.advance(16)
        words = "notify.command: no-such-program cannot be started: No such file or directory"
        await stage.until(lambda: words in toasts(stage))
        assert set(toasts(stage)) == {words}


async def test_an_end_seen_by_another_process_is_told_here_too(tmp_path: Path) -> None:
    """What another program found out is news here, also for a program of this person's."""
    async with run_app(notify_command=keeping(tmp_path)) as stage:
        await stage.poll_all()
        job = stage.store.jobs[LABELS["lost at sea"]]
        assert not job.ended
        other = Store(stage.store.path)
        other.load()
        other.put(replace(job, status=Status.FAILED, message="sunk", ended_at=stage.clock.now))
        other.save()
        await stage.until(lambda: "lost at sea: sunk" in toasts(stage))
        await stage.until(lambda: kept(tmp_path) == [job.id])


async def test_the_ways_are_switched_while_the_app_runs(tmp_path: Path) -> None:
    """The dialog turns ways off and on; the footer says what is on."""
    async with run_app(notify_command=keeping(tmp_path)) as stage:
        await stage.poll_all()
        await stage.pilot.press("n")
        assert isinstance(stage.app.screen, NotificationScreen)
        listed = stage.app.screen.query_one(OptionList)
        assert [str(option.prompt) for option in listed.options] == [
            "· bell", "✓ in-app toast",
            "· desktop notification", "✓ notify.command of the config",
        ]  # fmt: skip
        hint = str(stage.app.screen.query_one("#hint").render())
        assert hint == "For this session only; [notify] in the config is permanent"
        await stage.pilot.press("down", "space", "down", "down", "space", "escape")
        assert "notify: off" in footer(stage)
        await stage.advance(16)
        await stage.pilot.press("n", "space", "escape")
        assert "notify: bell" in footer(stage)
        assert (toasts(stage), kept(tmp_path)) == ([], [])


def opening(folder: Path) -> tuple[str, ...]:
    """Return a browser that keeps what it is asked for in a file."""
    script = "import sys; print(sys.argv[2], file=open(sys.argv[1], 'a'))"
    return (sys.executable, "-c", script, str(folder / "opened"))


def opened(folder: Path) -> list[str]:
    """Return what the browser was asked for."""
    file = folder / "opened"
    return file.read_text("utf-8").splitlines() if file.exists() else []


async def test_results_are_opened_from_disk_or_from_the_web(tmp_path: Path) -> None:
    """What was downloaded is opened as a file, the rest by its address."""
    async with run_app(opener=opening(tmp_path)) as stage:
        await stage.poll_all()
        job = stage.store.jobs[LABELS["morning silk"]]
        stage.app.main.table.move_to_job(job.id)
        await stage.pilot.press("o")
        await stage.until(lambda: opened(tmp_path) == [job.videos[0].url])
        video = replace(job.videos[0], file="/videos/morning silk.mp4")
        stage.store.put(replace(job, videos=(video,)))
        await stage.pilot.press("o")
        await stage.until(lambda: opened(tmp_path)[1:] == ["/videos/morning silk.mp4"])
        assert isinstance(stage.app.screen, MainScreen)


@pytest.mark.parametrize(
    ("opens_with", "url", "words"),
    [
        ((), "https://example.com/a.mp4", "there is no desktop here"),
        (("no-such-browser",), "https://example.com/a.mp4", "no-such-browser cannot be started"),
        (("true",), "http://example.com/a.mp4", "only https"),
        (("true",), "file:///etc/passwd", "only https"),
    ],
)
async def test_what_is_not_opened_is_shown(
    opens_with: tuple[str, ...], url: str, words: str
) -> None:
    """Over SSH, or where it would be unsafe, the address is shown whole, with the reason."""
    async with run_app(opener=opens_with) as stage:
        await stage.poll_all()
        job = stage.store.jobs[LABELS["morning silk"]]
        stage.store.put(replace(job, videos=(replace(job.videos[0], url=url),)))
        stage.app.main.table.move_to_job(job.id)
        await stage.pilot.press("o")
        await stage.until(lambda: isinstance(stage.app.screen, LinksScreen))
        assert words in str(stage.app.screen.query_one("#dialog").border_title)
        assert str(stage.app.screen.query_one("#links").render()) == url


async def test_too_many_results_are_not_opened(tmp_path: Path) -> None:
    """A person who marked all jobs does not get a window for each."""
    async with run_app(opener=opening(tmp_path)) as stage:
        await stage.poll_all()
        await stage.advance(300)
        await stage.pilot.press("asterisk", "o")
        await stage.until(lambda: isinstance(stage.app.screen, LinksScreen))
        assert "results are too many" in str(stage.app.screen.query_one("#dialog").border_title)
        assert opened(tmp_path) == []


async def test_what_is_too_long_to_copy_is_said_to_be() -> None:
    """The dialog does not say that it was sent."""
    async with run_app() as stage:
        await stage.poll_all()
        job = stage.store.jobs[LABELS["morning silk"]]
        url = "https://example.com/" + "x" * MAX_COPY_BYTES
        stage.store.put(replace(job, videos=(replace(job.videos[0], url=url),)))
        stage.app.main.table.move_to_job(job.id)
        await stage.pilot.press("y")
        assert "Not copied" in str(stage.app.screen.query_one("#dialog").border_title)
