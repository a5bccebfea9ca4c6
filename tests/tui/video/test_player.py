"""Videos in the app: the poster in the detail pane, and the screen that plays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from inspect import getfile
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Label

from kling_tui.demo.clips import DUSK, LANTERNS, SILK
from kling_tui.jobs import Job, Status, Video
from kling_tui.previews.opener import clip_opener
from kling_tui.tui.app import KlingApp
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.screens.player import PlayerScreen
from kling_tui.tui.video.picture import Picture
from kling_tui.tui.video.poster import Poster
from tests.support.clips import make_fade
from tests.support.scenes import START, RunningApp, run_app
from tests.support.screen_text import toasts, unwrapped_text
from tests.support.waiting import TIMEOUT

LINE = "pip install 'kling-tui[preview]'"
FRAME = 1 / 30


def finished(label: str, *files: Path) -> Job:
    """Return a job whose results were downloaded."""
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


@pytest.fixture
def clips(tmp_path: Path) -> dict[str, Path]:
    """Return files by name: three clips, two cut off, and a page."""
    contents = {each.name: each.read() for each in (DUSK, SILK, LANTERNS)}
    contents["cut"] = DUSK.read()[:30_000]
    contents["stub"] = DUSK.read()[:2_000]
    contents["page"] = b"<html>" * 1_000
    files = {name: tmp_path / f"{name}.mp4" for name in contents}
    for name, content in contents.items():
        files[name].write_bytes(content)
    return files


@pytest.fixture
def fade(tmp_path: Path) -> Path:
    """Return a clip of half a second."""
    return make_fade(tmp_path / "fade.mp4")


@pytest.fixture
def long_fade(tmp_path: Path) -> Path:
    """Return a clip of a minute."""
    return make_fade(tmp_path / "long.mp4", 1_800)


@asynccontextmanager
async def showing(*jobs: Job, **changes: Any) -> AsyncIterator[RunningApp]:
    """Run the app with some jobs, the cursor on the first."""
    changes = {"open_clip": clip_opener(), **changes}
    async with run_app(jobs=list(jobs), **changes) as running:
        running.app.main.table.move_to_job(jobs[0].id)
        await running.pilot.pause()
        yield running


def detail(running: RunningApp) -> str:
    """Return what the detail pane says."""
    return str(running.app.main.query_one("#facts").render())


def cells(picture: Picture) -> int:
    """Return how many cells of a picture are in two colours."""
    lines = (picture.render_line(y).text for y in range(picture.size.height))
    return sum(line.count("▀") for line in lines)


def playing(running: RunningApp) -> str:
    """Return the line of the player that says where it is; "" where there is none."""
    screen = running.app.screen
    return str(screen.query_one("#playing", Label).render()) if _is_player(running) else ""


def _is_player(running: RunningApp) -> bool:
    return isinstance(running.app.screen, PlayerScreen) and running.app.screen.is_mounted


def picture(running: RunningApp) -> Picture:
    """Return the picture of the player."""
    return running.app.screen.query_one("#picture", Picture)


def at(running: RunningApp) -> float:
    """Return the second at which the player is."""
    assert isinstance(running.app.screen, PlayerScreen)
    return running.app.screen.at


def redness(running: RunningApp) -> list[int]:
    """Return how red each line of the player's picture is."""
    lines = map(picture(running).render_line, range(picture(running).size.height))
    styles = (segment.style for line in lines for segment in line if segment.cell_length > 2)
    colours = (style.bgcolor.triplet for style in styles if style and style.bgcolor)
    return [colour.red for colour in colours if colour and colour.green > 100]


class Colourless(KlingApp):
    """The app as it is with NO_COLOR."""

    CSS_PATH = getfile(KlingApp).replace("app.py", "app.tcss")

    def __init__(self, dependencies: AppDependencies) -> None:
        super().__init__(dependencies)
        self.no_color = True


class TestPoster:
    """The first frame in the detail pane, and the figures of the file."""

    async def test_shows_a_downloaded_video(self, clips: dict[str, Path]) -> None:
        """By the file's own word, which the gateway's may differ from."""
        async with showing(finished("sunset", clips["dusk"])) as running:
            await running.until(lambda: "1280×720  5.1 s  30 fps  h264  62.2 kB" in detail(running))
            poster = running.app.main.query_one(Poster)
            assert cells(poster) > 50

    async def test_follows_the_cursor(self, clips: dict[str, Path]) -> None:
        """Each job has its own, upright or not; one without a file has none."""
        jobs = [finished("one", clips["dusk"]), finished("two", clips["lanterns"]), finished("no")]
        async with showing(*jobs) as running:
            poster = running.app.main.query_one(Poster)
            await running.until(lambda: cells(poster) > 0)
            wide = poster.render_line(0)
            running.app.main.table.move_to_job("two")
            await running.until(lambda: "720×1280  5 s" in detail(running))
            assert poster.render_line(0) != wide
            running.app.main.table.move_to_job("no")
            await running.until(lambda: not poster.display)

    async def test_grows_with_the_pane(self, clips: dict[str, Path]) -> None:
        """In the enlarged detail there is more of it."""
        async with showing(finished("sunset", clips["silk"])) as running:
            poster = running.app.main.query_one(Poster)
            await running.until(lambda: cells(poster) > 0)
            before, room = cells(poster), poster.size
            await running.pilot.resize_terminal(180, 50)
            await running.until(lambda: poster.size != room and cells(poster) > before)

    async def test_says_what_is_wrong_with_a_file(self, clips: dict[str, Path]) -> None:
        """A clear line, beside what can be shown of the others."""
        files = clips["page"], clips["stub"], clips["silk"]
        async with showing(finished("three", *files)) as running:
            await running.until(lambda: "1280×720  5 s" in unwrapped_text(running))
            assert "is not a supported video format" in unwrapped_text(running)
            assert "has no frame that can be decoded" in unwrapped_text(running)
            assert cells(running.app.main.query_one(Poster)) > 50

    async def test_without_the_extra(self, clips: dict[str, Path]) -> None:
        """One line says how to get it, in the pane and on the key."""
        async with showing(finished("sunset", clips["dusk"]), open_clip=None) as running:
            assert LINE in detail(running)
            assert not running.app.main.query(Poster)
            await running.pilot.press("v")
            assert any(LINE in toast for toast in toasts(running))
            assert isinstance(running.app.screen, MainScreen)

    async def test_without_a_file(self) -> None:
        """There is nothing to play, and nothing is said of the extra."""
        async with showing(finished("no"), open_clip=None) as running:
            await running.pilot.press("v")
            assert isinstance(running.app.screen, MainScreen)
            assert LINE not in detail(running)


class TestPlayer:
    """The screen that plays."""

    async def test_plays_to_the_end_and_again(self, fade: Path) -> None:
        """The picture moves by itself, stays at the end, and can be had again."""
        async with showing(finished("sunset", fade)) as running:
            await running.pilot.press("v")
            await running.until(lambda: "‖ 0.5 s" in playing(running) and picture(running).finished)
            assert min(redness(running)) > 200
            running.app.simulate_key("space")
            async with asyncio.timeout(TIMEOUT):
                while at(running) > 0.4:  # noqa: ASYNC110 - every frame is looked at
                    await asyncio.sleep(0)
            await running.until(lambda: "‖ 0.5 s" in playing(running) and picture(running).finished)
            await running.pilot.press("escape")
            await running.until(lambda: isinstance(running.app.screen, MainScreen))

    async def test_pauses_and_steps(self, long_fade: Path) -> None:
        """Steps are single frames, and stop it; home starts over."""
        async with showing(finished("sunset", long_fade)) as running:
            await running.pilot.press("v")
            await running.until(lambda: "▶" in playing(running))
            await running.pilot.press("space")
            await running.until(lambda: "‖" in playing(running) and picture(running).finished)
            assert isinstance(running.app.screen, PlayerScreen)
            start = running.app.screen.at
            await running.pilot.press("right")
            await running.until(lambda: at(running) > start)
            assert at(running) == pytest.approx(start + FRAME)
            await running.pilot.press("left")
            await running.until(lambda: at(running) < start + FRAME / 2)
            assert at(running) == pytest.approx(start)
            await running.pilot.press("home")
            await running.until(lambda: "▶" in playing(running))

    async def test_goes_on_to_the_next_video(self, clips: dict[str, Path], fade: Path) -> None:
        """Of several, one after the other; a broken one is said to be that and can be left."""
        async with showing(finished("three", fade, clips["cut"], fade)) as running:
            await running.pilot.press("v")
            await running.until(lambda: "three 1 of 3  ‖" in playing(running))
            await running.pilot.press("n")
            words = "three 2 of 3  ✗ cut.mp4 cannot be decoded: Invalid"
            await running.until(lambda: words in playing(running))
            assert cells(picture(running)) == 0
            await running.pilot.press("space", "right", "left", "home", "n")
            await running.until(lambda: "three 3 of 3  ‖" in playing(running))
            assert "64×36  0.5 s" in playing(running)

    async def test_one_video_has_no_next(self, fade: Path) -> None:
        """What cannot be done is not offered."""
        async with showing(finished("sunset", fade)) as running:
            await running.pilot.press("v")
            await running.until(lambda: playing(running) != "")
            assert "n" not in running.app.screen.active_bindings

    async def test_takes_another_size(self, fade: Path) -> None:
        """A picture that stands still too."""
        async with showing(finished("sunset", fade)) as running:
            await running.pilot.press("v")
            await running.until(lambda: "‖" in playing(running) and picture(running).finished)
            before = len(redness(running))
            await running.pilot.resize_terminal(60, 20)
            await running.until(
                lambda: picture(running).finished and len(redness(running)) < before
            )

    async def test_a_slow_line_gets_a_smaller_picture(self, clips: dict[str, Path]) -> None:
        """By so much that it can still move."""
        job = finished("sunset", clips["silk"])
        async with showing(job, bytes_per_second=20_000) as running:
            await running.pilot.press("v")
            await running.until(lambda: "▶" in playing(running) and picture(running).finished)
            assert 0 < cells(picture(running)) <= 20_000 / 75

    async def test_left_while_it_decodes(self, clips: dict[str, Path]) -> None:
        """It can be left at any moment."""
        async with showing(finished("sunset", clips["silk"])) as running:
            for _ in range(3):
                running.app.simulate_key("v")
                await running.until(lambda: isinstance(running.app.screen, PlayerScreen))
                running.app.simulate_key("q")
                await running.until(lambda: isinstance(running.app.screen, MainScreen))

    async def test_needs_colours(self, fade: Path) -> None:
        """Without any, the reason is said."""
        async with showing(finished("sunset", fade), app_class=Colourless) as running:
            await running.pilot.press("v")
            assert any("$NO_COLOR" in toast for toast in toasts(running))
