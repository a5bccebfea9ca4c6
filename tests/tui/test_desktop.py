"""Results are opened and copied."""

import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.demo import DEMO_JOBS
from kling_tui.tui.screens.links import LinksScreen
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.terminal import MAX_COPY_BYTES
from tests.support.scenes import RunningApp, run_app

pytestmark = pytest.mark.slow

JOB_ID = next(job.id for job in DEMO_JOBS if job.label == "morning silk")


def opener_logging_to(folder: Path) -> tuple[str, ...]:
    """Return an opener that appends its argument to a file."""
    script = "import sys; print(sys.argv[2], file=open(sys.argv[1], 'a'))"
    return (sys.executable, "-c", script, str(folder / "opened"))


def opened(folder: Path) -> list[str]:
    """Return the arguments that the opener was called with."""
    file = folder / "opened"
    return file.read_text("utf-8").splitlines() if file.exists() else []


def dialog_title(running: RunningApp) -> str:
    """Return the title of the open dialog."""
    return str(running.app.screen.query_one("#dialog").border_title)


async def test_a_downloaded_result_is_opened_as_a_file_and_another_as_a_url(
    tmp_path: Path,
) -> None:
    """Without a dialog."""
    async with run_app(opener=opener_logging_to(tmp_path)) as running:
        await running.poll_all()
        job = running.store.jobs[JOB_ID]
        running.app.main.table.move_to_job(job.id)
        await running.pilot.press("o")
        await running.until(lambda: opened(tmp_path) == [job.videos[0].url])
        video = replace(job.videos[0], file="/videos/morning silk.mp4")
        running.store.put(replace(job, videos=(video,)))
        await running.pilot.press("o")
        await running.until(lambda: opened(tmp_path)[1:] == ["/videos/morning silk.mp4"])
        assert isinstance(running.app.screen, MainScreen)


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
    async with run_app(opener=opener) as running:
        await running.poll_all()
        job = running.store.jobs[JOB_ID]
        running.store.put(replace(job, videos=(replace(job.videos[0], url=url),)))
        running.app.main.table.move_to_job(job.id)
        await running.pilot.press("o")
        await running.until(lambda: isinstance(running.app.screen, LinksScreen))
        assert reason in dialog_title(running)
        assert str(running.app.screen.query_one("#links").render()) == url


async def test_too_many_results_are_not_opened(tmp_path: Path) -> None:
    """Each would open a window."""
    async with run_app(opener=opener_logging_to(tmp_path)) as running:
        await running.poll_all()
        await running.advance(300)
        await running.pilot.press("asterisk", "o")
        await running.until(lambda: isinstance(running.app.screen, LinksScreen))
        assert "results are too many" in dialog_title(running)
        assert opened(tmp_path) == []


async def test_a_text_too_long_for_the_clipboard_is_not_copied() -> None:
    """The dialog gives the reason."""
    async with run_app() as running:
        await running.poll_all()
        job = running.store.jobs[JOB_ID]
        url = "https://example.com/" + "x" * MAX_COPY_BYTES
        running.store.put(replace(job, videos=(replace(job.videos[0], url=url),)))
        running.app.main.table.move_to_job(job.id)
        await running.pilot.press("y")
        assert "Not copied" in dialog_title(running)
