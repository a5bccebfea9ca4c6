"""Downloads in the app: their keys, at the end of a job, in the row and in the detail."""

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
from tests.support.scenes import START, RunningApp, run_app
from tests.support.screen_text import rows, screen_text, toasts, unwrapped_text
from tests.support.scripted_server import Request, respond
from tests.support.video_server import VIDEO, VideoServer

pytestmark = pytest.mark.slow

IDS = [f"CjClipClipClipClipCl{n:02}" for n in range(5)]
LIMITS = Limits(read_timeout=10.0, max_attempts=2, first_delay=0.0)


def done(server: VideoServer, n: int = 0, days: float = 0, **changes: Any) -> Job:
    """Return a job that succeeded `days` ago, with its result on the server."""
    ended_at = START - timedelta(days=days)
    job = {"added_at": ended_at, "status": Status.SUCCEEDED, "label": f"clip {n}"}
    videos = (Video(server.link(f"{n}.mp4")),)
    job |= {"ended_at": ended_at, "videos": videos, "history": ()}
    return Job(id=IDS[n], kind="i2v", **{**job, **changes})


@asynccontextmanager
async def app_with(
    tmp_path: Path, *jobs: Job, auto: bool = False, **changes: Any
) -> AsyncIterator[RunningApp]:
    """Run the app with these jobs; downloads go to the folder ``videos``."""
    options = DownloadOptions(
        folder=tmp_path / "videos",
        template="{label}",
        auto=auto,
        connect=lambda: connect(LIMITS, through_proxies=False),
        limits=LIMITS,
        clock=lambda: 0.0,
    )
    async with run_app(jobs=list(jobs), download_options=options, **changes) as running:
        await running.pilot.pause()
        yield running


def downloaded_file(running: RunningApp, n: int = 0) -> str | None:
    """Return the downloaded file of a job, or None."""
    return running.store.jobs[IDS[n]].videos[0].file


async def test_key_downloads_the_result_of_the_job_under_the_cursor(tmp_path: Path) -> None:
    """The file and its path in the detail, the row and the job file appear."""
    async with (
        VideoServer() as server,
        app_with(tmp_path, done(server), done(server, 1)) as running,
    ):
        running.app.main.table.move_to_job(IDS[0])
        await running.pilot.press("d")
        await running.until(lambda: downloaded_file(running) is not None)
        file = tmp_path / "videos" / "clip 0.mp4"
        assert downloaded_file(running) == str(file)
        assert file.read_bytes() == VIDEO
        await running.until(lambda: str(file) in unwrapped_text(running))
        assert any("clip 0" in row and "video, saved" in row for row in rows(running))
        await running.until(lambda: str(file) in running.store.path.read_text("utf-8"))
        assert len(server.requests) == 1
        await running.pilot.press("d")
        await running.until(lambda: f"Download: Already downloaded: {file}" in toasts(running))


async def test_another_key_downloads_all_results_two_at_a_time(tmp_path: Path) -> None:
    """All missing results are downloaded, over two connections at most."""
    concurrent = peak = 0
    async with VideoServer() as server:

        async def count(asked: Request, writer: asyncio.StreamWriter) -> None:
            nonlocal concurrent, peak
            concurrent += 1
            peak = max(peak, concurrent)
            await asyncio.sleep(0.05)
            await server.serve(asked, writer)
            concurrent -= 1

        server.handlers += [count] * 5
        async with app_with(tmp_path, *(done(server, n) for n in range(5))) as running:
            await running.pilot.press("D")
            await running.until(lambda: all(job.downloaded for job in running.store.jobs.values()))
        assert peak == MAX_CONCURRENT
        assert visible_files(tmp_path / "videos") == {f"clip {n}.mp4" for n in range(5)}


async def test_download_key_cancels_and_resumes(tmp_path: Path) -> None:
    """Progress is shown; what was received is kept and not downloaded again."""
    async with VideoServer() as server, app_with(tmp_path, done(server)) as running:
        server.handlers += [server.stall_after(40_000)]
        await running.pilot.press("d")
        await running.until(lambda: "40.0 kB of 62.2 kB" in screen_text(running))
        assert f"to         {tmp_path}/videos/clip 0.mp4" in unwrapped_text(running)
        assert any("━━━━━─── ↓ 64%" in row for row in rows(running))
        await running.pilot.press("d")
        await running.until(lambda: any("Stopped" in toast for toast in toasts(running)))
        assert not any("↓" in row for row in rows(running))
        await running.pilot.press("d")
        await running.until(lambda: downloaded_file(running) is not None)
        assert server.bytes_sent == len(VIDEO)


async def test_download_resumes_in_the_next_run(tmp_path: Path) -> None:
    """The app quits at once, and the next run resumes."""
    async with VideoServer() as server:
        server.handlers += [server.stall_after(40_000)]
        async with app_with(tmp_path, done(server)) as running:
            await running.pilot.press("d")
            await running.until(lambda: "40.0 kB of 62.2 kB" in screen_text(running))
            await running.pilot.press("q")
        assert visible_files(tmp_path / "videos") == set()
        assert len(hidden_files(tmp_path / "videos")) == 2
        async with app_with(tmp_path, done(server)) as running:
            await running.pilot.press("D")
            await running.until(lambda: downloaded_file(running) is not None)
    assert server.bytes_sent == len(VIDEO)
    assert file_names(tmp_path / "videos") == {"clip 0.mp4"}


async def test_failed_download_is_reported(tmp_path: Path) -> None:
    """In the row, in the detail and in one toast; the next attempt clears it."""
    async with VideoServer() as server, app_with(tmp_path, done(server)) as running:
        server.handlers += [respond("200 OK", "Content-Type: text/html", body=b"<p>" * 999)]
        await running.pilot.press("d")
        problem = "the server sent text/html instead of a video"
        await running.until(lambda: f"clip 0: not downloaded: {problem}" in toasts(running))
        assert f"download   {problem}" in unwrapped_text(running)
        assert any("download failed" in row for row in rows(running))
        await running.pilot.press("d")
        await running.until(lambda: downloaded_file(running) is not None)
        assert problem not in unwrapped_text(running)


def success_script(server: VideoServer) -> Callable[[DemoJob, Moment], Response]:
    """Return a demo script in which a job succeeds after ten seconds."""

    def script(_: DemoJob, moment: Moment) -> Response:
        processing = {"task_status": "processing"}
        video = {"url": server.link("fresh.mp4"), "id": "v1", "duration": "5"}
        ended = {"task_status": "succeed", "task_result": {"videos": [video]}}
        return json_response({"code": 0, "data": processing if moment.elapsed < 10 else ended})

    return script


@pytest.mark.parametrize("auto", [True, False])
async def test_result_is_downloaded_when_its_job_ends(tmp_path: Path, auto: bool) -> None:  # noqa: FBT001
    """Only if the config says so, and no older results."""
    live = Job(id=IDS[0], kind="i2v", label="clip 0", added_at=START)
    async with (
        VideoServer() as server,
        app_with(tmp_path, live, done(server, 1), auto=auto) as running,
    ):
        running.gateway.add_job(DemoJob(IDS[0], "i2v", "", 0, success_script(server)))
        await running.advance(1)
        await running.advance(20)
        if auto:
            await running.until(lambda: downloaded_file(running) is not None)
        assert downloaded_file(running, 1) is None
        assert len(server.requests) == auto


async def test_expired_link_is_refreshed(tmp_path: Path) -> None:
    """The gateway is polled once; the job keeps the new link and the file."""
    async with VideoServer() as server, app_with(tmp_path, done(server)) as running:
        running.gateway.add_job(DemoJob(IDS[0], "i2v", "", 60, success_script(server)))
        await running.until(lambda: running.app.main.session.polling)
        server.handlers += [respond("410 Gone")]
        await running.pilot.press("d")
        await running.until(lambda: downloaded_file(running) is not None)
        assert running.store.jobs[IDS[0]].videos[0].url == server.link("fresh.mp4")
        assert len(running.gateway.requests) == 1
        await running.pilot.press("r")
        await running.until(lambda: len(running.gateway.requests) == 2)
        await running.pilot.pause()
        assert downloaded_file(running) == str(tmp_path / "videos" / "clip 0.mp4")


async def test_deleted_file_is_noticed(tmp_path: Path) -> None:
    """When the app opens, and before a download."""
    async with VideoServer() as server:
        missing = done(server).with_file(0, str(tmp_path / "videos" / "old.mp4"))
        unmounted = done(server, 1).with_file(0, str(tmp_path / "not mounted" / "old.mp4"))
        (tmp_path / "videos").mkdir()
        async with app_with(tmp_path, missing, unmounted) as running:
            await running.until(lambda: downloaded_file(running) is None)
            assert downloaded_file(running, 1) == str(tmp_path / "not mounted" / "old.mp4")
            running.app.main.table.move_to_job(IDS[0])
            await running.pilot.press("d")
            await running.until(lambda: downloaded_file(running) is not None)
            (tmp_path / "videos" / "clip 0.mp4").unlink()
            await running.pilot.press("d")
            await running.until(lambda: len(server.requests) == 2)
            await running.until(lambda: downloaded_file(running) is not None)


async def test_removing_a_job_cancels_its_download(tmp_path: Path) -> None:
    """The partial file is kept for an undo."""
    async with VideoServer() as server, app_with(tmp_path, done(server)) as running:
        server.handlers += [server.stall_after(40_000)]
        await running.pilot.press("d")
        await running.until(lambda: "40.0 kB" in screen_text(running))
        await running.pilot.press("x")
        assert running.app.main.downloads.queue.in_progress == {}
        await running.pilot.press("u", "d")
        await running.until(lambda: downloaded_file(running) is not None)
        assert server.bytes_sent == len(VIDEO)


async def test_expiring_results_are_shown(tmp_path: Path) -> None:
    """A toast, the rows and the filter report them until they are downloaded."""
    async with VideoServer() as server:
        jobs = [done(server, n, days) for n, days in enumerate((28.5, 27.1, 1, 31))]
        async with app_with(tmp_path, *jobs) as running:
            await running.until(lambda: len(toasts(running)) == 1)
            assert "Expiring: 2 jobs will lose their results within 3 days" in toasts(running)[0]
            shown = {row.split("clip ")[1][0]: row for row in rows(running)[1:] if row}
            assert "expires in 1 d" in shown["0"]
            assert "expires in 2 d" in shown["1"]
            assert "expire" not in shown["2"]
            assert " expired" in shown["3"]
            running.app.main.table.move_to_job(IDS[2])
            await running.until(lambda: "expires    in 29 d" in screen_text(running))
            await running.pilot.press("slash", *"expiring", "enter")
            assert len([row for row in rows(running)[1:] if row]) == 2
            await running.pilot.press("escape", "D")
            await running.until(lambda: all(job.downloaded for job in running.store.jobs.values()))
            await running.pilot.press("slash", *"downloaded", "enter")
            assert len([row for row in rows(running)[1:] if row]) == 4
            assert not any("expire" in row for row in rows(running))


async def test_no_warning_without_expiring_results(tmp_path: Path) -> None:
    """Results that expire later make no toast."""
    async with VideoServer() as server, app_with(tmp_path, done(server, days=20)) as running:
        await running.pilot.pause()
        assert toasts(running) == []


async def test_video_whose_folder_was_deleted_is_downloaded_by_its_key(tmp_path: Path) -> None:
    """Until then its path is kept, because its disk may only be unmounted."""
    unmounted = str(tmp_path / "not mounted" / "old.mp4")
    async with (
        VideoServer() as server,
        app_with(tmp_path, done(server).with_file(0, unmounted)) as running,
    ):
        assert downloaded_file(running) == unmounted
        await running.pilot.press("d")
        target = str(tmp_path / "videos" / "clip 0.mp4")
        await running.until(lambda: downloaded_file(running) == target)
