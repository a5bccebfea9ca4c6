"""Pictures of the clip wall."""

from typing import Any

from msgspec.structs import replace
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.filter import LineFilter

from kling_tui.jobs import Review
from kling_tui.previews.opener import clip_opener
from kling_tui.tui.screens.refresh import Refresh
from kling_tui.tui.widgets.wall_tile import Tile
from tests.support.few_colours import NoColourApp, SixteenColourApp
from tests.support.scenes import DEMO_IDS, RunningApp, Screenshot

_REVIEWS = {
    "product spin": Review.KEPT,
    "neon lotus": Review.REJECTED,
    "hero shot": Review.KEPT,
    "lantern festival": Review.REJECTED,
}


class _SixteenColours(LineFilter):
    """Shows the nearest of 16 colours, also of pictures."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Return the segments in these colours."""
        return [Segment(text, style and _downgraded(style), each) for text, style, each in segments]


def _downgraded(style: Style) -> Style:
    text, background = (
        colour and colour.downgrade(ColorSystem.STANDARD) for colour in (style.color, style.bgcolor)
    )
    return style + Style.from_color(text, background)


class _SixteenColourApp(SixteenColourApp):
    """The app on a terminal with 16 colours, with its pictures."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._filters.append(_SixteenColours())


async def wall(running: RunningApp) -> None:
    """Show all results of the demo, some of them reviewed, while no clip plays."""
    await running.poll_all()
    for _ in range(4):
        await running.advance(30)
    await running.pilot.press("D")
    jobs = running.store.jobs
    await running.until(
        lambda: all(job.downloaded or not job.videos for job in jobs.values() if job.ended)
    )
    for label, review in _REVIEWS.items():
        running.store.put(replace(jobs[DEMO_IDS[label]], review=review))
    running.app.main.unseen.see_all()
    running.app.main.table.move_to_job(DEMO_IDS["rooftop dusk"])
    running.app.main.refresher.refresh(Refresh.JOBS)
    await running.pilot.press("W", "right")
    running.app.post_message(events.AppBlur())
    tiles = running.app.screen.query(Tile)
    await running.until(lambda: not running.app.app_focus and all(map(_is_still, tiles)))
    running.app.clear_notifications()


def _is_still(tile: Tile) -> bool:
    """Return whether a tile shows its poster, if it has one."""
    return (
        tile.content is None
        or tile.poster is None
        or (tile.poster.visible and not tile.poster.note)
    )


_WITH_PICTURES: dict[str, Any] = {"open_clip": clip_opener()}
WALL_SCENES = {
    "wall": Screenshot(wall, changes=_WITH_PICTURES),
    "wall_medium": Screenshot(wall, size=(80, 24), changes=_WITH_PICTURES),
    "wall_16_colours": Screenshot(
        wall, size=(80, 24), changes={**_WITH_PICTURES, "app_class": _SixteenColourApp}
    ),
    "wall_no_color": Screenshot(
        wall, size=(80, 24), changes={**_WITH_PICTURES, "app_class": NoColourApp}
    ),
}
"""The pictures by name."""
