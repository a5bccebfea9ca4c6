"""All pictures in screenshots/: the scenes of the demo, and the questions of the scripted day."""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from kling_tui.tui.screens.refresh import Refresh
from tests.support.scenes import SCENES, RunningApp, Screenshot
from tests.support.scripted_day import open_third_day
from tests.support.wall_scenes import WALL_SCENES

_LINK = "https://cdn.klingai.com/bs2/upload/raw_video_{}.mp4?cacheKey=a1b2"


def _after_keys(*keys: str) -> Callable[[RunningApp], Awaitable[None]]:
    async def prepare(running: RunningApp) -> None:
        await running.pilot.press(*keys)
        await _show_usual_links(running)

    return prepare


async def _show_usual_links(running: RunningApp) -> None:
    """Show links like those of Kling in the detail: the port of the demo gateway varies."""
    if job := running.app.main.selection.job:
        links = map(_LINK.format, range(1, len(job.videos) + 1))
        videos = (replace(video, url=url) for video, url in zip(job.videos, links, strict=True))
        running.store.put(replace(job, videos=tuple(videos)))
        running.app.main.refresher.refresh(Refresh.DETAIL)
        await running.pilot.pause()


PICTURES = {
    **SCENES,
    **WALL_SCENES,
    **{
        name: Screenshot(_after_keys(*keys), open=open_third_day)
        for name, keys in {
            "filter_menu": "1f",
            "failed_yesterday": "3fy",
            "ended_while_away": "1fu",
            "cost_of_batch": "1f3",
            "expiring": "5fx",
        }.items()
    },
}
"""The pictures by name."""
