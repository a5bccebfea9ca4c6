"""The app in known situations: what the snapshot tests compare, and the pictures in screenshots/.

Each scene is the real app on the real demo gateway over HTTP. Only the time of day is made up, so
that the gateway answers the same each time.
"""

import asyncio
import contextlib
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from textual import events
from textual.pilot import Pilot

from kling_tui.cli import bootstrap
from kling_tui.config.settings import GatewayConfig, parse
from kling_tui.demo import DEMO_JOBS, DUSK, SETTINGS, DemoGateway
from kling_tui.downloads import Limits
from kling_tui.downloads.client import HttpClient
from kling_tui.downloads.client import connect as connect_to_results
from kling_tui.downloads.queue import DownloadOptions
from kling_tui.gateways import Endpoints, price_of
from kling_tui.gateways.transport import ClientPool
from kling_tui.jobs import Job
from kling_tui.polling.rate_limiter import PollSchedule
from kling_tui.previews.opener import clip_opener
from kling_tui.storage.store import Store
from kling_tui.tui.app import KlingApp
from kling_tui.tui.dependencies import AppDependencies

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ENDPOINTS = bootstrap.endpoints(parse(SETTINGS, "the demo's settings"))
LIMITS = Limits(first_wait=0.0, tries=2)
VIDEOS = Path("~/Videos/kling-tui")
"""Where results go: a folder in the temporary one, that looks like a home folder in a picture."""
TIMEOUT = 20.0
"""Seconds after which something that must happen is taken to have failed to."""


@dataclass
class Clock:
    """A time of day that stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.now += timedelta(seconds=seconds)


@dataclass
class RunningApp:
    """The app while it runs, and what it runs on."""

    app: KlingApp
    pilot: Pilot[Any]
    store: Store
    gateway: DemoGateway
    clock: Clock

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds, and everything has been drawn since."""
        async with asyncio.timeout(TIMEOUT):
            while not holds():
                await self.pilot.pause(0.01)
        await self.pilot.pause()

    async def poll_all(self) -> None:
        """Ask about all jobs, and wait until each has been answered, or failed to be, just now."""
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
        """Let time pass, and see how the jobs are then."""
        self.clock.advance(seconds)
        await self.poll_all()

    async def svg(self) -> str:
        """Return what is on the screen, as SVG, once it stands still."""
        drawn, before = "", None
        while drawn != before:
            await self.pilot.pause(0.05)
            drawn, before = self.app.export_screenshot(), drawn
        return drawn

    async def paste(self, words: str) -> None:
        """Paste a text as a terminal does."""
        self.app.post_message(events.Paste(words))
        await self.pilot.pause()


def demo_jobs() -> list[Job]:
    """Return the demo's jobs as someone would have tracked them when they were submitted."""
    return [
        Job(
            id=staged.id,
            kind=staged.kind,
            label=staged.label,
            added_at=START - timedelta(seconds=round(staged.age)),
            price=price_of(staged.id, staged.kind, ENDPOINTS),
        )
        for staged in DEMO_JOBS
    ]


@asynccontextmanager
async def run_app(
    size: tuple[int, int] = (120, 40),
    jobs: list[Job] | None = None,
    app_class: type[KlingApp] = KlingApp,
    endpoints: Endpoints = ENDPOINTS,
    **changes: Any,
) -> AsyncIterator[RunningApp]:
    """Run the app, or one derived from it, on the demo gateway; `changes` go into its wiring."""
    clock = Clock()
    with (
        DemoGateway(clock=lambda: clock.now.timestamp()) as gateway,
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
    ):
        store = Store(Path(folder) / "jobs.toml")
        store.put(*(demo_jobs() if jobs is None else jobs))
        store.save()
        dependencies = AppDependencies(
            store=store,
            connect=lambda: bootstrap.connect(
                endpoints,
                {"": GatewayConfig(gateway.url, gateway.key)},
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
        async with app.run_test(size=size) as pilot:
            yield RunningApp(app, pilot, store, gateway, clock)


@dataclass(frozen=True)
class Screenshot:
    """One picture: how large, in which theme, and what happens before it is taken."""

    prepare: Callable[[RunningApp], Awaitable[None]]
    size: tuple[int, int] = (120, 40)
    changes: dict[str, Any] = field(default_factory=dict)

    async def render(self) -> str:
        """Return the picture as SVG."""
        async with run_app(self.size, **self.changes) as stage:
            await self.prepare(stage)
            return without_margins(await stage.svg())


_CELL = 12.2
"""The width of a cell in a picture."""
_BLANKS = "(?:&#160;)*"
_TEXT = re.compile(
    rf'<text (?P<look>[^>]*?) x="(?P<x>[\d.]+)" (?P<y>[^>]*?) textLength="(?P<length>[\d.]+)"'
    rf"(?P<more>[^>]*)>(?P<left>{_BLANKS})(?P<words>.*?)(?P<right>{_BLANKS})</text>"
)


def without_margins(svg: str) -> str:
    """Return a picture whose texts begin and end with what can be seen.

    Not every program that draws pictures gives a blank at the start of a text its width.
    """

    def trimmed(text: re.Match[str]) -> str:
        left, right = (len(text[side]) // len("&#160;") for side in ("left", "right"))
        x = float(text["x"]) + left * _CELL
        length = float(text["length"]) - (left + right) * _CELL
        if not text["words"]:
            return ""
        place = f'x="{x:g}" {text["y"]} textLength="{length:g}"'
        return f"<text {text['look']} {place}{text['more']}>{text['words']}</text>"

    return _TEXT.sub(trimmed, svg)


async def main(stage: RunningApp) -> None:
    """Show jobs in every state, the cursor on one that failed."""
    await stage.poll_all()
    await stage.advance(9)
    await stage.advance(24)
    await stage.until(lambda: len(stage.app._notifications) > 0)  # noqa: SLF001 - no other way
    stage.app.clear_notifications()
    stage.app.main.table.move_to_job(DEMO_JOBS[3].id)


async def add(stage: RunningApp) -> None:
    """Show the add dialog with ids of each sort in it."""
    await stage.poll_all()
    await stage.pilot.press("a")
    pasted = f"842250903629086785 {DEMO_JOBS[0].id} a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8 take-12"
    await stage.paste(pasted)


async def keys(stage: RunningApp) -> None:
    """Show the list of keys."""
    await stage.poll_all()
    await stage.pilot.press("question_mark")


async def enlarged(stage: RunningApp) -> None:
    """Show all of one job on the whole screen."""
    await stage.poll_all()
    await stage.advance(9)
    await stage.pilot.press("enter")


class PausedVideo(httpx.AsyncBaseTransport):
    """A server that sends some of a video when it is told to and the rest never, and its time."""

    length, sent = 27_100_000, 12_300_000

    def __init__(self) -> None:
        self.hold()

    def hold(self) -> None:
        """Begin with nothing sent."""
        self.second = 0.0
        self.released = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Begin to answer."""
        headers = {"Content-Type": "video/mp4", "Content-Length": str(self.length)}
        return httpx.Response(200, headers=headers, content=self._send(), request=request)

    async def _send(self) -> AsyncIterator[bytes]:
        await self.released.wait()
        yield DUSK.read()[:32].ljust(self.sent, b"\0")
        await asyncio.Event().wait()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[HttpClient]:
        """Open a client that asks this server, whatever the link."""
        async with httpx.AsyncClient(transport=self) as client:
            yield HttpClient(ClientPool(lambda: client), LIMITS)


HELD = PausedVideo()


async def download(stage: RunningApp) -> None:
    """Show a download under way, beside a job whose result is there and one that is about to go."""
    HELD.hold()
    await stage.poll_all()
    shots = [
        staged.id for staged in DEMO_JOBS if staged.label in ("product spin", "opening titles")
    ]
    for job_id, days in zip(shots, (0, 28), strict=True):
        job = stage.store.jobs[job_id]
        link = "https://cdn.klingai.com/bs2/upload/raw_video_{}.mp4?cacheKey=a1b2"
        videos = tuple(replace(each, url=link.format(n)) for n, each in enumerate(job.videos, 1))
        ended_at = stage.clock.now - timedelta(days=days)
        stage.store.put(replace(job, videos=videos, ended_at=ended_at))
    (fetched,) = (staged.id for staged in DEMO_JOBS if staged.label == "morning silk")
    stage.store.put(stage.store.jobs[fetched].with_file(0, str(stage.store.path)))
    stage.app.main.table.move_to_job(shots[0])
    await stage.pilot.press("d")
    await stage.until(lambda: "0 B of 27.1 MB" in _detail(stage))
    HELD.second = 3.0
    HELD.released.set()
    await stage.until(lambda: "12.3 MB of 27.1 MB, 4.1 MB/s" in _detail(stage))


async def poster(stage: RunningApp) -> None:
    """Show a finished job whose video is here, with its first frame."""
    await stage.poll_all()
    await stage.advance(9)
    job_id = next(staged.id for staged in DEMO_JOBS if staged.label == "opening titles")
    stage.app.main.table.move_to_job(job_id)
    await stage.pilot.press("d")
    await stage.until(lambda: stage.store.jobs[job_id].downloaded)
    job = stage.store.jobs[job_id]
    link = "https://cdn.klingai.com/bs2/upload/raw_video_1.mp4?cacheKey=a1b2"
    stage.store.put(replace(job, videos=(replace(job.videos[0], url=link),)))
    await stage.advance(30)
    await stage.until(lambda: "fps" in _detail(stage))
    stage.app.clear_notifications()


def _detail(stage: RunningApp) -> str:
    return str(stage.app.main.query_one("#facts").render())


async def empty(stage: RunningApp) -> None:
    """Show what a newcomer sees."""
    await stage.pilot.pause()


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
                folder=VIDEOS, connect=HELD.open, clock=lambda: HELD.second
            )
        },
    ),
    "poster": Screenshot(poster, changes={"open_clip": clip_opener()}),
    "keys": Screenshot(keys, size=(80, 46)),
    "enlarged": Screenshot(enlarged, size=(80, 24)),
    "empty": Screenshot(empty, size=(80, 24), changes={"jobs": []}),
}
"""By the names of the pictures."""
