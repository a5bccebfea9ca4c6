"""Results are opened and copied."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kling_tui.demo import DEMO_JOBS
from kling_tui.tui.screens.links import LinksScreen
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.terminal import MAX_COPY_BYTES
from tests.support.scenes import Stage, running

JOB_ID = next(job.id for job in DEMO_JOBS if job.label == "morning silk")


def opener_logging_to(folder: Path) -> tuple[str, ...]:
    """Return an opener that appends its argument to a file."""
    script = "import sys; print(sys.argv[2], file=open(sys.argv[1], 'a'))"
    return (sys.executable, "-c", script, str(folder / "opened"))


def opened(folder: Path) -> list[str]:
    """Return the arguments that the opener was called with."""
    file = folder / "opened"
    return file.read_text("utf-8").splitlines() if file.exists() else []


def dialog_title(stage: Stage) -> str:
    """Return the title of the open dialog."""
    return str(stage.app.screen.query_one("#dialog").border_title)


async def test_a_downloaded_result_is_opened_as_a_file_and_another_as_a_url(
    tmp_path: Path,
) -> None:
    """Without a dialog."""
    async with running(opener=opener_logging_to(tmp_path)) as stage:
        await stage.all_polled()
        job = stage.store.jobs[JOB_ID]
        stage.app.main.table.move_to_job(job.id)
        await stage.pilot.press("o")
        await stage.until(lambda: opened(tmp_path) == [job.videos[0].url])
        video = replace(job.videos[0], file="/videos/morning silk.mp4")
        stage.store.put(replace(job, videos=(video,)))
        await stage.pilot.press("o")
        await stage.until(lambda: opened(tmp_path)[1:] == ["/videos/morning silk.mp4"])
        assert isinstance(stage.app.screen, MainScreen)


@pytest.mark.parametrize(
    ("opener", "url", "reason"),
    [
        ((), "https://example.com/a.mp4", "No desktop on this machine"),
        (("no-such-browser",), "https://example.com/a.mp4", "no-such-browser cannot be started"),
        (("true",), "http://example.com/a.mp4", "only https"),
        (("true",), "file:///etc/passwd", "only https"),
    ],
)
async def test_a_url_that_is_not_opened_is_shown_in_full(
    opener: tuple[str, ...], url: str, reason: str
) -> None:
    """Through SSH, after an error, or where opening it is unsafe; with the reason."""
    async with running(opener=opener) as stage:
        await stage.all_polled()
        job = stage.store.jobs[JOB_ID]
        stage.store.put(replace(job, videos=(replace(job.videos[0], url=url),)))
        stage.app.main.table.move_to_job(job.id)
        await stage.pilot.press("o")
        await stage.until(lambda: isinstance(stage.app.screen, LinksScreen))
        assert reason in dialog_title(stage)
        assert str(stage.app.screen.query_one("#links").render()) == url


async def test_too_many_results_are_not_opened(tmp_path: Path) -> None:
    """Each would open a window."""
    async with running(opener=opener_logging_to(tmp_path)) as stage:
        await stage.all_polled()
        await stage.later(300)
        await stage.pilot.press("asterisk", "o")
        await stage.until(lambda: isinstance(stage.app.screen, LinksScreen))
        assert "results are too many" in dialog_title(stage)
        assert opened(tmp_path) == []


async def test_a_text_too_long_for_the_clipboard_is_not_copied() -> None:
    """The dialog gives the reason."""
    async with running() as stage:
        await stage.all_polled()
        job = stage.store.jobs[JOB_ID]
        url = "https://example.com/" + "x" * MAX_COPY_BYTES
        stage.store.put(replace(job, videos=(replace(job.videos[0], url=url),)))
        stage.app.main.table.move_to_job(job.id)
        await stage.pilot.press("y")
        assert "Not copied" in dialog_title(stage)
