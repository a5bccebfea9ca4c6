"""The app with jobs whose videos are downloaded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from kling_tui.jobs import Job, Status, Video
from kling_tui.previews.opener import clip_opener
from kling_tui.tui.video.picture import Picture
from tests.support.scenes import START, RunningApp, run_app


def downloaded_job(label: str, *files: Path) -> Job:
    """Return a finished job whose videos are these files; its id is `label`."""
    videos = tuple(Video("https://cdn.example/clip.mp4", file=str(file)) for file in files)
    return Job(
        id=label,
        kind="i2v",
        label=label,
        added_at=START,
        ended_at=START,
        status=Status.SUCCEEDED,
        videos=videos,
    )


@asynccontextmanager
async def running_with(*jobs: Job, **changes: Any) -> AsyncIterator[RunningApp]:
    """Run the app with these jobs, the cursor on the first; `changes` are of its dependencies."""
    changes = {"open_clip": clip_opener(), **changes}
    async with run_app(jobs=list(jobs), **changes) as running:
        running.app.main.table.move_to_job(jobs[0].id)
        await running.pilot.pause()
        yield running


def two_colour_cells(picture: Picture) -> int:
    """Return how many cells of a picture show two colours."""
    lines = (picture.render_line(y).text for y in range(picture.size.height))
    return sum(line.count("▀") for line in lines)
