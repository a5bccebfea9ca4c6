"""Runs the app for tests and for the pictures in screenshots/.

It is the real app on the real demo gateway over HTTP. Only the clock is a fake one, so that the
gateway answers the same each time.
"""

import asyncio
import contextlib
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace
from textual import events
from textual.pilot import Pilot

from kling_tui.cli import bootstrap
from kling_tui.cli.demo_jobs import tracked_jobs
from kling_tui.config.api_keys import GatewayAccess
from kling_tui.config.loading import parse
from kling_tui.demo import DEMO_JOBS, DUSK, SETTINGS, DemoGateway, DemoJob
from kling_tui.downloads import Limits
from kling_tui.downloads.client import HttpClient
from kling_tui.downloads.client import connect as connect_to_results
from kling_tui.downloads.queue import DownloadOptions
from kling_tui.gateways import Endpoints
from kling_tui.jobs import Job
from kling_tui.polling.backoff import PollSchedule
from kling_tui.previews.opener import clip_opener
from kling_tui.storage.store import Store
from kling_tui.tui.app import KlingApp
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.terminal_input import TerminalInput
from kling_tui.tui.widgets.cost_chart import CostChart
from kling_tui.tui.widgets.detail_fields import DetailFields
from tests.support.costly_jobs import BUDGET, costly_jobs
from tests.support.few_colours import NoColourApp, SixteenColourApp
from tests.support.waiting import TIMEOUT

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ENDPOINTS = bootstrap.endpoints(parse(SETTINGS, "the demo's settings"))
LIMITS = Limits(first_delay=0.0, max_attempts=2)
VIDEOS = Path("~/Videos/kling-tui")
"""Where results go: a relative path that looks like one in the home folder."""
DEMO_IDS = {job.label: job.id for job in DEMO_JOBS}
"""The ids of the demo's jobs, by their labels."""


@dataclass
class Clock:
    """A clock that stands still until a test advances it."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


@dataclass
class RunningApp:
    """A running app, with what it runs on and what a test does with it."""

    app: KlingApp
    pilot: Pilot[Any]
    store: Store
    gateway: DemoGateway
    clock: Clock

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is true, and then until everything is drawn."""
        async with asyncio.timeout(TIMEOUT):
            while not condition():
                await self.pilot.pause(0.01)
        await self.pilot.pause()

    async def poll_all(self) -> None:
        """Poll all jobs, and wait until each poll has succeeded or failed."""
        await self.until(lambda: self.app.main.session.polling)
        await self.pilot.press("R")
        await self.until(
            lambda: all(
                self.clock.now in (job.checked_at, job.problem_since) or job.ended
                for job in self.store.jobs.values()
            )
        )
        self.app.main.refresher.tick()
        await self.pilot.pause()

    async def advance(self, seconds: float) -> None:
        """Let time pass, and poll all jobs."""
        self.clock.advance(seconds)
        await self.poll_all()

    async def svg(self) -> str:
        """Return the screen as SVG, once it no longer changes."""
        svg, before = "", None
        while svg != before:
            await self.pilot.pause(0.05)
            svg, before = self.app.export_screenshot(), svg
        return svg

    async def paste(self, text: str) -> None:
        """Paste a text as a terminal does."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    def type_ahead(self, text: str) -> None:
        """Send what a terminal sends in one read."""
        for message in TerminalInput().feed(text.encode()):
            self.app.post_message(message)

    async def move_cursor_to(self, label: str) -> None:
        """Move the cursor to a job of the demo, and wait until its detail is shown."""
        job_id = DEMO_IDS[label]
        self.app.main.table.move_to_job(job_id)
        await self.until(lambda: job_id in _detail(self))


def demo_jobs() -> list[Job]:
    """Return the demo's jobs as if they were tracked when they were submitted."""
    return tracked_jobs(ENDPOINTS, START)


@asynccontextmanager
async def run_app(
    size: tuple[int, int] = (120, 40),
    jobs: list[Job] | None = None,
    app_class: type[KlingApp] = KlingApp,
    endpoints: Endpoints = ENDPOINTS,
    *,
    store: Store | None = None,
    simulated: Sequence[DemoJob] = DEMO_JOBS,
    start: datetime = START,
    draw_toasts: bool = False,
    **changes: Any,
) -> AsyncIterator[RunningApp]:
    """Run the app on the demo gateway; `changes` are fields of its AppDependencies.

    `store` has the jobs if it is given; `simulated` are those of the gateway at `start`. Toasts
    exist, but are drawn only with `draw_toasts`: they appear at any time.
    """
    clock = Clock(start)
    with (
        DemoGateway(clock=lambda: clock.now.timestamp(), jobs=simulated) as gateway,
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
    ):
        if store is None:
            store = Store(Path(folder) / "jobs.toml")
            store.put(*(demo_jobs() if jobs is None else jobs))
            store.save()
        dependencies = AppDependencies(
            store=store,
            connect=lambda: bootstrap.connect(
                endpoints,
                {"": GatewayAccess(gateway.url, gateway.key)},
                through_proxies=False,
            ),
            download_options=DownloadOptions(
                folder=VIDEOS,
                connect=lambda: connect_to_results(LIMITS, through_proxies=False),
                limits=LIMITS,
                clock=lambda: clock.now.timestamp(),
            ),
            endpoints=endpoints,
            now=clock,
            schedule=PollSchedule(first=30.0, max_interval=60.0, jitter=0.0),
            subtitle="demo gateway",
            bell=False,
        )
        app = app_class(replace(dependencies, **changes))
        async with app.run_test(size=size, notifications=draw_toasts) as pilot:
            yield RunningApp(app, pilot, store, gateway, clock)


@dataclass(frozen=True)
class Screenshot:
    """A picture of the app: what happens before it is taken, and how the app is started."""

    prepare: Callable[[RunningApp], Awaitable[None]]
    size: tuple[int, int] = (120, 40)
    """Columns and lines."""
    changes: dict[str, Any] = field(default_factory=dict)
    """Arguments of `open`."""
    open: Callable[..., AbstractAsyncContextManager[RunningApp]] = run_app

    async def render(self) -> str:
        """Return the picture as SVG."""
        async with self.open(self.size, **self.changes) as running:
            await self.prepare(running)
            return without_padding(await running.svg())


_CELL = 12.2
"""The width of a cell in an SVG."""
_BLANKS = "(?:&#160;)*"
_TEXT = re.compile(
    rf'<text (?P<style>[^>]*?) x="(?P<x>[\d.]+)" (?P<y>[^>]*?) textLength="(?P<length>[\d.]+)"'
    rf"(?P<more>[^>]*)>(?P<left>{_BLANKS})(?P<text>.*?)(?P<right>{_BLANKS})</text>"
)


def without_padding(svg: str) -> str:
    """Return an SVG whose texts neither begin nor end with blanks.

    Some SVG viewers give blanks at the start of a text no width.
    """

    def trim(match: re.Match[str]) -> str:
        left, right = (len(match[side]) // len("&#160;") for side in ("left", "right"))
        x = float(match["x"]) + left * _CELL
        length = float(match["length"]) - (left + right) * _CELL
        if not match["text"]:
            return ""
        position = f'x="{x:g}" {match["y"]} textLength="{length:g}"'
        return f"<text {match['style']} {position}{match['more']}>{match['text']}</text>"

    return _TEXT.sub(trim, svg)


def forget_changed_rows(running: RunningApp) -> None:
    """Count no row as changed outside the view.

    How many are depends on which replies came in the same frame.
    """
    running.app.main.unseen._changed_outside = set()  # noqa: SLF001 - each row was in view


async def main(running: RunningApp) -> None:
    """Show jobs of every status, the cursor on a failed one."""
    await running.poll_all()
    await running.advance(9)
    await running.advance(24)
    await running.until(lambda: len(running.app._notifications) > 0)  # noqa: SLF001 - no public way
    running.app.clear_notifications()
    forget_changed_rows(running)
    running.app.main.table.move_to_job(DEMO_JOBS[3].id)


async def add(running: RunningApp) -> None:
    """Show the add dialog with an id of each sort."""
    await running.poll_all()
    await running.pilot.press("a")
    pasted = f"842250903629086785 {DEMO_JOBS[0].id} a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8 take-12"
    await running.paste(pasted)


async def keys(running: RunningApp) -> None:
    """Show the help."""
    await running.poll_all()
    await running.pilot.press("question_mark")


async def enlarged(running: RunningApp) -> None:
    """Show the enlarged detail."""
    await running.poll_all()
    await running.advance(9)
    await running.pilot.press("enter")


class PausedVideo(httpx.AsyncBaseTransport):
    """A server that sends the start of a video, more on request, and never the rest."""

    length, sent = 27_100_000, 12_300_000

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start again with nothing sent."""
        self.second = 0.0
        """The time for the rate of the download."""
        self.released = asyncio.Event()
        """Set to send more."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the headers."""
        headers = {"Content-Type": "video/mp4", "Content-Length": str(self.length)}
        return httpx.Response(200, headers=headers, content=self._send(), request=request)

    async def _send(self) -> AsyncIterator[bytes]:
        start = DUSK.read()[:1000]  # enough to recognise a video
        yield start
        await self.released.wait()
        yield bytes(self.sent - len(start))
        await asyncio.Event().wait()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[HttpClient]:
        """Open a client that sends every request to this server."""
        async with httpx.AsyncClient(transport=self) as client:
            yield HttpClient(client, LIMITS)


PAUSED_VIDEO = PausedVideo()


async def download(running: RunningApp) -> None:
    """Show a running download, a downloaded result and one that expires soon."""
    PAUSED_VIDEO.reset()
    await running.poll_all()
    forget_changed_rows(running)
    job_ids = [DEMO_IDS[label] for label in ("product spin", "opening titles")]
    for job_id, days in zip(job_ids, (0, 28), strict=True):
        job = running.store.jobs[job_id]
        link = "https://cdn.klingai.com/bs2/upload/raw_video_{}.mp4?cacheKey=a1b2"
        videos = tuple(replace(video, url=link.format(n)) for n, video in enumerate(job.videos, 1))
        ended_at = running.clock.now - timedelta(days=days)
        running.store.put(replace(job, videos=videos, ended_at=ended_at))
    downloaded = running.store.jobs[DEMO_IDS["morning silk"]]
    running.store.put(downloaded.with_file(0, str(running.store.path)))
    running.app.main.table.move_to_job(job_ids[0])
    await running.pilot.press("d")
    await running.until(lambda: "1.0 kB of 27.1 MB" in _detail(running))
    PAUSED_VIDEO.second = 3.0
    PAUSED_VIDEO.released.set()
    await running.until(lambda: "12.3 MB of 27.1 MB, 4.1 MB/s" in _detail(running))


async def poster(running: RunningApp) -> None:
    """Show the first frame of a downloaded video."""
    await running.poll_all()
    await running.advance(9)
    forget_changed_rows(running)
    job_id = DEMO_IDS["opening titles"]
    running.app.main.table.move_to_job(job_id)
    await running.pilot.press("d")
    await running.until(lambda: running.store.jobs[job_id].downloaded)
    job = running.store.jobs[job_id]
    link = "https://cdn.klingai.com/bs2/upload/raw_video_1.mp4?cacheKey=a1b2"
    running.store.put(replace(job, videos=(replace(job.videos[0], url=link),)))
    await running.advance(30)
    await running.until(lambda: "fps" in _detail(running))
    running.app.clear_notifications()


def _detail(running: RunningApp) -> str:
    return running.app.main.query_one(DetailFields).text


async def empty(running: RunningApp) -> None:
    """Show the app without jobs."""
    await running.pilot.pause()


async def costs(running: RunningApp) -> None:
    """Show the costs, the cursor on a batch."""
    await running.pilot.press("C")
    await running.until(lambda: bool(running.app.screen.query(CostChart)))
    chart = running.app.screen.query_one(CostChart)
    await running.until(lambda: chart.bar is not None)
    chart.move_to(next(bar for bar in chart.bars if bar.by == "batch"))
    await running.pilot.pause()
    chart.scroll_home(animate=False)


async def costs_of_days(running: RunningApp) -> None:
    """Show the costs of each day of a week."""
    await running.pilot.press("C")
    await running.until(lambda: bool(running.app.screen.query(CostChart)))
    await running.pilot.press("p", "p", "left")


_COSTLY = {"jobs": costly_jobs(START), "simulated": (), "budget": BUDGET, "toast": False}

SCENES = {
    "main": Screenshot(main),
    "light": Screenshot(main, changes={"theme": "textual-light"}),
    "wide": Screenshot(main, size=(200, 50)),
    "medium": Screenshot(main, size=(80, 24)),
    "narrow": Screenshot(main, size=(60, 20)),
    "add": Screenshot(add),
    "download": Screenshot(
        download,
        changes={
            "download_options": DownloadOptions(
                folder=VIDEOS, connect=PAUSED_VIDEO.open, clock=lambda: PAUSED_VIDEO.second
            )
        },
    ),
    "poster": Screenshot(poster, changes={"open_clip": clip_opener()}),
    "keys": Screenshot(keys, size=(80, 70)),
    "enlarged": Screenshot(enlarged, size=(80, 24)),
    "empty": Screenshot(empty, size=(80, 24), changes={"jobs": []}),
    "costs": Screenshot(costs, changes=_COSTLY),
    "costs_medium": Screenshot(costs_of_days, size=(80, 24), changes=_COSTLY),
    "costs_16_colours": Screenshot(costs, changes={**_COSTLY, "app_class": SixteenColourApp}),
    "costs_no_color": Screenshot(costs, changes={**_COSTLY, "app_class": NoColourApp}),
}
"""The pictures in screenshots/ by name."""
