"""Downloads in the app: by their keys, at a job's end, in the row and in the detail pane."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kling_tui.demo import DemoJob, Moment, Response, json_response
from kling_tui.downloads import Limits
from kling_tui.downloads.client import connect
from kling_tui.downloads.queue import MAX_CONCURRENT, DownloadOptions
from kling_tui.jobs import Job, Status, Video
from tests.support.downloading import file_names, hidden_files, visible_files
from tests.support.scenes import START, Stage, running
from tests.support.scripted_server import Request, respond
from tests.support.video_server import VIDEO, VideoServer
from tests.tui.screens.test_main import rows, toasts, words

IDS = [f"CjClipClipClipClipCl{n:02}" for n in range(5)]
LIMITS = Limits(read_timeout=10.0, max_attempts=2, first_delay=0.0)


def done(server: VideoServer, n: int = 0, days: float = 0, **changes: Any) -> Job:
    """Return a job that succeeded some days ago, whose result is on the server."""
    ended_at = START - timedelta(days=days)
    job = {"added_at": ended_at, "status": Status.SUCCEEDED, "label": f"clip {n}"}
    videos = (Video(server.link(f"{n}.mp4")),)
    job |= {"ended_at": ended_at, "videos": videos, "history": ()}
    return Job(id=IDS[n], kind="i2v", **{**job, **changes})


@asynccontextmanager
async def showing(
    tmp_path: Path, *jobs: Job, auto: bool = False, **changes: Any
) -> AsyncIterator[Stage]:
    """Run the app with some jobs; downloads go to the folder ``videos``."""
    fetching = DownloadOptions(
        folder=tmp_path / "videos",
        template="{label}",
        auto=auto,
        connect=lambda: connect(LIMITS, through_proxies=False),
        limits=LIMITS,
        clock=lambda: 0.0,
    )
    async with running(jobs=list(jobs), download_options=fetching, **changes) as stage:
        await stage.pilot.pause()
        yield stage


def saved(stage: Stage, n: int = 0) -> str | None:
    """Return where the result of a job is."""
    return stage.store.jobs[IDS[n]].videos[0].file


def flat(stage: Stage) -> str:
    """Return what the detail pane says, with its wrapped lines joined."""
    return words(stage).replace("\n           ", "")


async def test_one_key_downloads_the_job_under_the_cursor(tmp_path: Path) -> None:
    """The file is there, and its path is in the detail pane, the row and the job file."""
    async with VideoServer() as server, showing(tmp_path, done(server), done(server, 1)) as stage:
        stage.app.main.table.move_to_job(IDS[0])
        await stage.pilot.press("d")
        await stage.until(lambda: saved(stage) is not None)
        file = tmp_path / "videos" / "clip 0.mp4"
        assert saved(stage) == str(file)
        assert file.read_bytes() == VIDEO
        await stage.until(lambda: str(file) in flat(stage))
        assert any("clip 0" in row and "video, saved" in row for row in rows(stage))
        await stage.until(lambda: str(file) in stage.store.path.read_text("utf-8"))
        assert len(server.requests) == 1
        await stage.pilot.press("d")
        await stage.until(lambda: "Download: There is nothing to fetch." in toasts(stage))


async def test_another_key_downloads_all_two_at_a_time(tmp_path: Path) -> None:
    """All that is finished and not here is fetched, by no more than two connections."""
    now = most = 0
    async with VideoServer() as server:

        async def count(asked: Request, writer: asyncio.StreamWriter) -> None:
            nonlocal now, most
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.05)
            await server.serve(asked, writer)
            now -= 1

        server.handlers += [count] * 5
        async with showing(tmp_path, *(done(server, n) for n in range(5))) as stage:
            await stage.pilot.press("D")
            await stage.until(lambda: all(job.downloaded for job in stage.store.jobs.values()))
        assert most == MAX_CONCURRENT
        assert visible_files(tmp_path / "videos") == {f"clip {n}.mp4" for n in range(5)}


async def test_the_same_key_stops_and_goes_on(tmp_path: Path) -> None:
    """What had come is shown, kept, and not fetched again."""
    async with VideoServer() as server, showing(tmp_path, done(server)) as stage:
        server.handlers += [server.stall_after(40_000)]
        await stage.pilot.press("d")
        await stage.until(lambda: "40.0 kB of 62.2 kB" in words(stage))
        assert f"to         {tmp_path}/videos/clip 0.mp4" in flat(stage)
        assert any("━━━━━─── ↓ 64%" in row for row in rows(stage))
        await stage.pilot.press("d")
        await stage.until(lambda: any("Stopped" in each for each in toasts(stage)))
        assert not any("↓" in row for row in rows(stage))
        await stage.pilot.press("d")
        await stage.until(lambda: saved(stage) is not None)
        assert server.bytes_sent == len(VIDEO)


async def test_leaving_keeps_what_had_come(tmp_path: Path) -> None:
    """The app ends at once, and the next one goes on."""
    async with VideoServer() as server:
        server.handlers += [server.stall_after(40_000)]
        async with showing(tmp_path, done(server)) as stage:
            await stage.pilot.press("d")
            await stage.until(lambda: "40.0 kB of 62.2 kB" in words(stage))
            await stage.pilot.press("q")
        assert visible_files(tmp_path / "videos") == set()
        assert len(hidden_files(tmp_path / "videos")) == 2
        async with showing(tmp_path, done(server)) as stage:
            await stage.pilot.press("D")
            await stage.until(lambda: saved(stage) is not None)
    assert server.bytes_sent == len(VIDEO)
    assert file_names(tmp_path / "videos") == {"clip 0.mp4"}


async def test_what_cannot_be_fetched_is_said(tmp_path: Path) -> None:
    """In the row, in the detail pane, and once in a toast; another try forgets it."""
    async with VideoServer() as server, showing(tmp_path, done(server)) as stage:
        server.handlers += [respond("200 OK", "Content-Type: text/html", body=b"<p>" * 999)]
        await stage.pilot.press("d")
        problem = "the server sent text/html instead of a video"
        await stage.until(lambda: f"clip 0: not fetched: {problem}" in toasts(stage))
        assert f"download   {problem}" in flat(stage)
        assert any("download failed: the server" in row for row in rows(stage))
        await stage.pilot.press("d")
        await stage.until(lambda: saved(stage) is not None)
        assert problem not in flat(stage)


def succeeding(server: VideoServer) -> Callable[[DemoJob, Moment], Response]:
    """Return the script of a job that is done after ten seconds."""

    def script(_: DemoJob, moment: Moment) -> Response:
        running = {"task_status": "processing"}
        video = {"url": server.link("fresh.mp4"), "id": "v1", "duration": "5"}
        ended = {"task_status": "succeed", "task_result": {"videos": [video]}}
        return json_response({"code": 0, "data": running if moment.elapsed < 10 else ended})

    return script


@pytest.mark.parametrize("auto", [True, False])
async def test_a_result_is_fetched_at_the_end_of_its_job(tmp_path: Path, auto: bool) -> None:  # noqa: FBT001
    """Where that is set, and not otherwise."""
    live = Job(id=IDS[0], kind="i2v", label="clip 0", added_at=START)
    async with (
        VideoServer() as server,
        showing(tmp_path, live, done(server, 1), auto=auto) as stage,
    ):
        stage.gateway.add_job(DemoJob(IDS[0], "i2v", "", 0, succeeding(server)))
        await stage.later(1)
        await stage.later(20)
        if auto:
            await stage.until(lambda: saved(stage) is not None)
        assert saved(stage, 1) is None
        assert len(server.requests) == auto


async def test_a_link_that_is_used_up_is_asked_for_again(tmp_path: Path) -> None:
    """The gateway is polled once, and the job keeps the fresh link and the file."""
    async with VideoServer() as server, showing(tmp_path, done(server)) as stage:
        stage.gateway.add_job(DemoJob(IDS[0], "i2v", "", 60, succeeding(server)))
        await stage.until(lambda: stage.app.main.session.polling)
        server.handlers += [respond("410 Gone")]
        await stage.pilot.press("d")
        await stage.until(lambda: saved(stage) is not None)
        assert stage.store.jobs[IDS[0]].videos[0].url == server.link("fresh.mp4")
        assert len(stage.gateway.requests) == 1
        await stage.pilot.press("r")
        await stage.until(lambda: len(stage.gateway.requests) == 2)
        await stage.pilot.pause()
        assert saved(stage) == str(tmp_path / "videos" / "clip 0.mp4")


async def test_a_file_that_was_deleted_is_noticed(tmp_path: Path) -> None:
    """On opening, and before anything is fetched."""
    async with VideoServer() as server:
        gone = done(server).with_file(0, str(tmp_path / "videos" / "old.mp4"))
        away = done(server, 1).with_file(0, str(tmp_path / "not mounted" / "old.mp4"))
        (tmp_path / "videos").mkdir()
        async with showing(tmp_path, gone, away) as stage:
            await stage.until(lambda: saved(stage) is None)
            assert saved(stage, 1) == str(tmp_path / "not mounted" / "old.mp4")
            stage.app.main.table.move_to_job(IDS[0])
            await stage.pilot.press("d")
            await stage.until(lambda: saved(stage) is not None)
            (tmp_path / "videos" / "clip 0.mp4").unlink()
            await stage.pilot.press("d")
            await stage.until(lambda: len(server.requests) == 2)
            await stage.until(lambda: saved(stage) is not None)


async def test_a_job_that_is_removed_is_fetched_no_more(tmp_path: Path) -> None:
    """Its part waits for the job to come back."""
    async with VideoServer() as server, showing(tmp_path, done(server)) as stage:
        server.handlers += [server.stall_after(40_000)]
        await stage.pilot.press("d")
        await stage.until(lambda: "40.0 kB" in words(stage))
        await stage.pilot.press("x")
        assert stage.app.main.downloads.queue.in_progress == {}
        await stage.pilot.press("u", "d")
        await stage.until(lambda: saved(stage) is not None)
        assert server.bytes_sent == len(VIDEO)


async def test_results_that_are_about_to_go(tmp_path: Path) -> None:
    """They are told of on opening, marked, and found by the filter, until they are here."""
    async with VideoServer() as server:
        jobs = [done(server, n, days) for n, days in enumerate((28.5, 27.1, 1, 31))]
        async with showing(tmp_path, *jobs) as stage:
            await stage.until(lambda: len(toasts(stage)) == 1)
            assert "Expiring: 2 jobs will lose their results within 3 days" in toasts(stage)[0]
            shown = {row.split("clip ")[1][0]: row for row in rows(stage)[1:] if row}
            assert "expires in 1 d" in shown["0"]
            assert "expires in 2 d" in shown["1"]
            assert "expire" not in shown["2"]
            assert " expired" in shown["3"]
            stage.app.main.table.move_to_job(IDS[2])
            await stage.until(lambda: "expires    in 29 d" in words(stage))
            await stage.pilot.press("slash", *"expiring", "enter")
            assert len([row for row in rows(stage)[1:] if row]) == 2
            await stage.pilot.press("escape", "D")
            await stage.until(lambda: all(job.downloaded for job in stage.store.jobs.values()))
            await stage.pilot.press("slash", *"downloaded", "enter")
            assert len([row for row in rows(stage)[1:] if row]) == 4
            assert not any("expire" in row for row in rows(stage))


async def test_leaving_with_nothing_to_say(tmp_path: Path) -> None:
    """Without results that are about to go there is no warning."""
    async with VideoServer() as server, showing(tmp_path, done(server, days=20)) as stage:
        await stage.pilot.pause()
        assert toasts(stage) == []


async def test_a_video_whose_folder_was_deleted_is_downloaded_by_its_key(tmp_path: Path) -> None:
    """Until then its path is kept, because its disk may only not be mounted."""
    away = str(tmp_path / "not mounted" / "old.mp4")
    async with (
        VideoServer() as server,
        showing(tmp_path, done(server).with_file(0, away)) as stage,
    ):
        assert saved(stage) == away
        await stage.pilot.press("d")
        await stage.until(lambda: saved(stage) == str(tmp_path / "videos" / "clip 0.mp4"))
