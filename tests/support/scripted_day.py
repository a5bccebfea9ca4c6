"""The app on the three days of `scripted_jobs`: watched on two of them, and opened on the third."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from textual.widgets import Input

from kling_tui.downloads.client import connect
from kling_tui.downloads.queue import DownloadOptions
from kling_tui.gateways.job_ids import find_ids, new_job
from kling_tui.jobs import Status
from tests.support.job_files import open_store
from tests.support.scenes import ENDPOINTS, LIMITS, RunningApp, run_app
from tests.support.scripted_jobs import (
    DOWNLOADED,
    JOBS,
    OPENED,
    OUTAGE,
    ROUNDS,
    SESSIONS,
    Round,
    ScriptedJob,
)

_POLLED_AFTER = timedelta(minutes=7)
"""When a round is polled again, after it was tracked."""
_SMALL = (80, 24)
"""The size of the screen while nothing of it is tested."""
_folders: list[tempfile.TemporaryDirectory[str]] = []


@asynccontextmanager
async def open_third_day(
    size: tuple[int, int] = (120, 40), **changes: Any
) -> AsyncIterator[RunningApp]:
    """Open the app on the third day, with what the two days before have left, and poll all jobs."""
    if not _folders:  # they are played once in each process
        folder = tempfile.TemporaryDirectory()
        await _play(Path(folder.name))
        _folders.append(folder)
    left = Path(_folders[0].name)
    with tempfile.TemporaryDirectory() as copied:
        # The videos stay where they are.
        ignored = shutil.ignore_patterns("videos")
        shutil.copytree(left, copied, ignore=ignored, dirs_exist_ok=True)
        async with _open(Path(copied), OPENED, size, **changes) as running:
            await running.poll_all()
            tracked, unseen = running.store.jobs.values(), running.app.main.unseen
            await running.until(lambda: unseen.unread == {job.id for job in tracked if job.unread})
            yield running


async def _play(folder: Path) -> None:
    """Watch the jobs on the first two days, and track others while the app is closed."""
    for opened, closed in SESSIONS:
        async with _open(folder, opened, _SMALL) as running:
            await running.poll_all()
            for each in ROUNDS:
                if opened < each.tracked < closed:
                    await _watch_round(running, each)
            while running.app.main.unseen.any:
                await running.pilot.press("escape")
            running.clock.now = closed
            await running.poll_all()
            await running.pilot.press("3", "q")
    store = open_store(folder / "jobs.toml")
    for each in ROUNDS:
        if each.tracked > SESSIONS[-1][1]:
            found = find_ids(_ids(each.jobs), ENDPOINTS)
            label = each.jobs[0].label
            store.put(*(new_job(parsed, label, ENDPOINTS, each.tracked) for parsed in found))
            store.save()


@asynccontextmanager
async def _open(
    folder: Path, at: datetime, size: tuple[int, int], **changes: Any
) -> AsyncIterator[RunningApp]:
    """Run the app on the files of a folder, and the gateway with the jobs submitted before."""
    downloads = DownloadOptions(
        folder=folder / "videos",
        connect=lambda: connect(LIMITS, through_proxies=False),
        limits=LIMITS,
        clock=at.timestamp,
    )
    async with run_app(
        size,
        store=open_store(folder / "jobs.toml"),
        simulated=[job.simulated(at) for job in JOBS if job.submitted < at],
        start=at,
        preferences_file=folder / "view.toml",
        download_options=downloads,
        **changes,
    ) as running:
        yield running


async def _watch_round(running: RunningApp, each: Round) -> None:
    """Track jobs in the app, poll them, and download the chosen ones."""
    running.clock.now = each.tracked
    for job in each.jobs:
        running.gateway.add_job(job.simulated(each.tracked))
    await _track(running, each.jobs)
    running.clock.now = each.tracked + _POLLED_AFTER
    await running.poll_all()
    if each.tracked < OUTAGE[0] < max(job.ended for job in each.jobs):
        await _pass_outage(running)
    chosen = [job for job in DOWNLOADED if job in each.jobs]
    for job in chosen:
        running.app.main.table.move_to_job(job.id)
        await running.pilot.press("d")
    await running.until(lambda: all(running.store.jobs[job.id].downloaded for job in chosen))


async def _track(running: RunningApp, jobs: Sequence[ScriptedJob]) -> None:
    """Track jobs with the add dialog, and poll them at once."""
    await running.pilot.press("a")
    await running.paste(_ids(jobs))
    running.app.screen.query_one("#label", Input).value = jobs[0].label
    await running.pilot.press("enter")
    await running.until(lambda: all(job.id in running.store.jobs for job in jobs))
    await running.poll_all()


def _ids(jobs: Sequence[ScriptedJob]) -> str:
    return "\n".join(job.id for job in jobs)


async def _pass_outage(running: RunningApp) -> None:
    """Poll while the gateway is down, and after that until all jobs have ended."""
    begins, ends = OUTAGE
    running.gateway.stop()
    running.clock.now = begins + (ends - begins) / 2
    await running.poll_all()
    live = [job for job in running.store.jobs.values() if not job.ended]
    assert live
    assert all(job.problem for job in live)
    assert all(job.status is Status.RUNNING for job in live)
    running.clock.now = ends
    running.gateway.start()
    await running.poll_all()
    await running.advance(timedelta(minutes=30).total_seconds())
