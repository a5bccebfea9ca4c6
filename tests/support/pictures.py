"""All pictures in screenshots/: the scenes of the demo, and the questions of the scripted day."""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from kling_tui.tui.screens.refresh import Refresh
from kling_tui.tui.screens.timeline import TimelineScreen
from kling_tui.tui.widgets.timeline_table import TimelineTable
from tests.support.few_colours import NoColourApp
from tests.support.scenes import SCENES, RunningApp, Screenshot
from tests.support.scripted_day import open_third_day
from tests.support.scripted_jobs import ROUNDS
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


async def _timeline_of_the_outage(running: RunningApp) -> None:
    """Show the timeline of a day, with the cursor on a job during which the gateway was down."""
    await running.pilot.press("1", "T", "t")
    screen = running.app.screen
    assert isinstance(screen, TimelineScreen)
    await running.until(lambda: screen.loaded)
    delayed = [job for each in ROUNDS for job in each.jobs if job.label == "autumn/scene 2"]
    for job in (delayed[0], delayed[-1]):  # from the last line up to the first of them
        screen.query_one(TimelineTable).move_to_job(job.id)
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
    **{
        name: Screenshot(_timeline_of_the_outage, size, changes, open=open_third_day)
        for name, size, changes in (
            ("timeline", (120, 40), {}),
            ("timeline_medium", (80, 24), {}),
            ("timeline_16_colours", (80, 24), {"theme": "ansi-dark"}),
            ("timeline_no_color", (80, 24), {"app_class": NoColourApp}),
        )
    },
}
"""The pictures by name."""
