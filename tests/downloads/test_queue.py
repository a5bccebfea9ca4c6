"""The download queue: starting, cancelling and restarting at any moment, two jobs at a time."""

import asyncio
import os
import shutil
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from kling_tui.downloads import DownloadError, Limits
from kling_tui.downloads.partial_file import PartialFile
from kling_tui.downloads.queue import MAX_CONCURRENT, DownloadOptions, DownloadQueue
from kling_tui.jobs import Job, Status, Video
from kling_tui.storage.store import Store
from tests.support.jobs import a_job
from tests.support.video_server import VIDEO
from tests.support.waiting import TIMEOUT

IDS = ["C1", "C2", "C3", "C4"]


class FakeClient:
    """Opens when `may_open` is set, and sends whole videos when `may_send` is set."""

    def __init__(self) -> None:
        self.may_open = asyncio.Event()
        self.may_send = asyncio.Event()
        self.opening: asyncio.Queue[None] = asyncio.Queue()
        """One item for each time that it was opened."""
        self.requested: asyncio.Queue[str] = asyncio.Queue()
        """The links, in the order of the requests."""
        self.running = self.max_running = 0
        self.closed = False
        self.opening_errors: list[Exception] = []
        """Raised by the first openings."""
        self.errors: dict[str, Exception] = {}
        """Raised by the requests for a link."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator["FakeClient"]:
        """Open and close it."""
        self.opening.put_nowait(None)
        await self.may_open.wait()
        if self.opening_errors:
            raise self.opening_errors.pop()
        try:
            yield self
        finally:
            self.closed = True

    async def fetch(self, url: str, partial_file: PartialFile) -> None:
        """Write a video to the partial file."""
        self.running += 1
        self.max_running = max(self.max_running, self.running)
        self.requested.put_nowait(url)
        try:
            await self.may_send.wait()
            if url in self.errors:
                raise self.errors[url]
            partial_file.restart(None, len(VIDEO))
            partial_file.write(VIDEO)
        finally:
            self.running -= 1


@dataclass
class Setup:
    """A queue, what it runs on, and the downloads that have ended."""

    queue: DownloadQueue
    store: Store
    client: FakeClient
    ended: asyncio.Queue[tuple[Job, DownloadError | None]]

    async def end(self) -> str:
        """Wait until a download has succeeded, and return the job's id."""
        job, failure = await self.ended.get()
        assert failure is None
        assert job.downloaded
        return job.id


def make_setup(folder: Path, target: str = "videos", store: Store | None = None) -> Setup:
    """Make a queue for four finished jobs, or for those of a store, which saves to a folder."""
    jobs, client = IDS if store is None else [], FakeClient()
    store = store or Store(folder / "jobs.toml")
    for job_id in jobs:
        video = Video(f"https://cdn.test/{job_id}.mp4")
        store.put(a_job(job_id, status=Status.SUCCEEDED, videos=(video,)))
    ended: asyncio.Queue[tuple[Job, DownloadError | None]] = asyncio.Queue()

    async def poll_once(job: Job) -> Job:
        raise AssertionError(f"polled {job.id}")

    queue = DownloadQueue(
        store,
        DownloadOptions(
            folder=folder / target,
            connect=client.open,
            clock=lambda: 0.0,
            template="{id}",
            limits=Limits(max_attempts=1),
        ),
        poll_once=poll_once,
        on_end=lambda job, failure: ended.put_nowait((job, failure)),
        on_files_missing=lambda: None,
    )
    return Setup(queue, store, client, ended)


@asynccontextmanager
async def running(setup: Setup) -> AsyncIterator[None]:
    """Run the queue, until the end of the block."""
    async with asyncio.timeout(TIMEOUT):
        task = asyncio.create_task(setup.queue.run())
        try:
            yield
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


def saved(folder: Path) -> set[str]:
    """Return the names of the complete files."""
    return {file.name for file in (folder / "videos").glob("*.mp4")}


async def test_downloads_of_several_jobs_share_one_client(tmp_path: Path) -> None:
    """It is opened by the first download, while others start, and closed when the run ends."""
    setup = make_setup(tmp_path)
    setup.client.may_send.set()
    async with running(setup):
        assert setup.queue.fetch(IDS) == IDS
        await setup.client.opening.get()
        assert all(progress.waiting for progress in setup.queue.in_progress.values())
        setup.client.may_open.set()
        assert {await setup.end() for _ in IDS} == set(IDS)
        assert setup.queue.in_progress == {}
        assert setup.client.opening.empty()
        assert not setup.client.closed
    assert setup.client.closed
    assert saved(tmp_path) == {f"{job_id}.mp4" for job_id in IDS}


async def test_downloads_requested_before_the_run_start_with_it(tmp_path: Path) -> None:
    """Until then they wait, and can be cancelled."""
    setup = make_setup(tmp_path)
    setup.client.may_open.set()
    setup.client.may_send.set()
    assert setup.queue.fetch(IDS[:2]) == IDS[:2]
    setup.queue.cancel(IDS[0])
    assert setup.queue.in_progress[IDS[1]].waiting
    async with running(setup):
        assert await setup.end() == IDS[1]
        assert setup.queue.in_progress == {}
    assert saved(tmp_path) == {f"{IDS[1]}.mp4"}


async def test_a_limited_number_runs_and_the_others_wait(tmp_path: Path) -> None:
    """The next one starts when one has ended."""
    setup = make_setup(tmp_path)
    setup.client.may_open.set()
    async with running(setup):
        setup.queue.fetch(IDS)
        for _ in range(MAX_CONCURRENT):
            await setup.client.requested.get()
        waiting = [job_id for job_id, at in setup.queue.in_progress.items() if at.waiting]
        assert waiting == IDS[MAX_CONCURRENT:]
        assert setup.queue.fetch(IDS) == []
        setup.client.may_send.set()
        for _ in IDS:
            await setup.end()
    assert setup.client.max_running == MAX_CONCURRENT


async def test_a_restart_while_the_client_opens_runs_one_download(tmp_path: Path) -> None:
    """Starting, cancelling and starting again leaves one task, which `cancel` stops."""
    setup = make_setup(tmp_path)
    async with running(setup):
        assert setup.queue.fetch(IDS[:1]) == IDS[:1]
        await setup.client.opening.get()
        setup.queue.cancel(IDS[0])
        assert setup.queue.in_progress == {}
        assert setup.queue.fetch(IDS[:1]) == IDS[:1]
        assert list(setup.queue.in_progress) == IDS[:1]
        setup.client.may_open.set()
        await setup.client.requested.get()
        setup.queue.cancel(IDS[0])
        await setup.queue.stop()
        assert setup.client.running == 0
        assert setup.client.requested.empty()
        assert setup.client.opening.empty()
    assert saved(tmp_path) == set()


async def test_a_restart_waits_until_the_partial_file_is_closed(tmp_path: Path) -> None:
    """Otherwise the second task would find it locked."""
    setup = make_setup(tmp_path)
    setup.client.may_open.set()
    async with running(setup):
        setup.queue.fetch(IDS[:1])
        await setup.client.requested.get()
        setup.queue.cancel(IDS[0])
        assert setup.queue.fetch(IDS[:1]) == IDS[:1]
        assert setup.queue.in_progress[IDS[0]].waiting
        assert setup.queue.fetch(IDS[:1]) == []
        await setup.client.requested.get()
        assert setup.client.running == 1
        setup.client.may_send.set()
        assert await setup.end() == IDS[0]
    assert saved(tmp_path) == {f"{IDS[0]}.mp4"}


@pytest.mark.parametrize("cancelled_again", [False, True])
async def test_a_download_can_be_cancelled_before_it_has_begun(
    tmp_path: Path,
    cancelled_again: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Its task has not run yet; a further start and cancellation change nothing."""
    setup = make_setup(tmp_path)
    async with running(setup):
        await asyncio.sleep(0)
        setup.queue.fetch(IDS[:1])
        setup.queue.cancel(IDS[0])
        if cancelled_again:
            setup.queue.fetch(IDS[:1])
            setup.queue.cancel(IDS[0])
        assert setup.queue.in_progress == {}
        await setup.queue.stop()
        assert setup.client.opening.empty()


async def test_a_waiting_download_can_be_cancelled(tmp_path: Path) -> None:
    """Those before it go on."""
    setup = make_setup(tmp_path)
    setup.client.may_open.set()
    async with running(setup):
        setup.queue.fetch(IDS[: MAX_CONCURRENT + 1])
        for _ in range(MAX_CONCURRENT):
            await setup.client.requested.get()
        setup.queue.cancel(IDS[MAX_CONCURRENT])
        assert list(setup.queue.in_progress) == IDS[:MAX_CONCURRENT]
        setup.client.may_send.set()
        assert {await setup.end() for _ in range(MAX_CONCURRENT)} == set(IDS[:MAX_CONCURRENT])
        await setup.queue.stop()
    assert saved(tmp_path) == {f"{job_id}.mp4" for job_id in IDS[:MAX_CONCURRENT]}


async def test_stop_cancels_all_and_waits_until_partial_files_are_closed(tmp_path: Path) -> None:
    """A partial file that cannot be resumed is deleted when it is closed."""
    setup = make_setup(tmp_path)
    setup.client.may_open.set()
    async with running(setup):
        setup.queue.fetch(IDS)
        for _ in range(MAX_CONCURRENT):
            await setup.client.requested.get()
        assert len(list((tmp_path / "videos").iterdir())) == MAX_CONCURRENT
        await setup.queue.stop()
        assert list((tmp_path / "videos").iterdir()) == []
        assert setup.queue.in_progress == {}
    assert setup.ended.empty()


async def test_an_unusable_folder_is_reported_for_the_job(tmp_path: Path) -> None:
    """The error is kept until the next start."""
    setup = make_setup(tmp_path)
    setup.client.may_open.set()
    setup.client.may_send.set()
    (tmp_path / "videos").write_text("a file")
    async with running(setup):
        setup.queue.fetch(IDS[:1])
        job, failure = await setup.ended.get()
        assert (job.id, str(failure)) == (IDS[0], setup.queue.errors[IDS[0]])
        assert setup.queue.in_progress == {}
        (tmp_path / "videos").unlink()
        assert setup.queue.fetch(IDS[:1]) == IDS[:1]
        assert setup.queue.errors == {}
        assert await setup.end() == IDS[0]


async def test_error_goes_with_its_job(tmp_path: Path) -> None:
    """The job was removed, perhaps by another process."""
    setup = make_setup(tmp_path)
    setup.client.may_open.set()
    setup.client.may_send.set()
    setup.client.errors["https://cdn.test/C1.mp4"] = ZeroDivisionError()
    async with running(setup):
        setup.queue.fetch(["C1"])
        await setup.ended.get()
        await setup.queue.check_files()
        assert setup.queue.errors
        setup.store.remove("C1")
        await setup.queue.check_files()
        assert not setup.queue.errors


async def test_any_exception_is_the_error_of_its_own_download(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The others go on; the log says where it was raised, and shows no values."""
    setup = make_setup(tmp_path)
    setup.client.may_open.set()
    setup.client.may_send.set()
    setup.client.errors["https://cdn.test/C1.mp4"] = ZeroDivisionError("a signed link")
    async with running(setup):
        setup.queue.fetch(IDS)
        ended = dict([await setup.ended.get() for _ in IDS])
        failure = next(error for job, error in ended.items() if job.id == "C1")
        assert str(failure).startswith("unexpected error (ZeroDivisionError at test_queue.py:")
        assert setup.queue.errors == {"C1": str(failure)}
        assert "in fetch\n" in caplog.text
        assert "signed link" not in caplog.text + str(failure)
        setup.client.errors.clear()
        assert setup.queue.fetch(IDS) == ["C1"]
        assert await setup.end() == "C1"
    assert saved(tmp_path) == {f"{job_id}.mp4" for job_id in IDS}


async def test_a_client_that_cannot_be_opened_is_opened_again(tmp_path: Path) -> None:
    """The downloads that wait for it fail; the queue runs on."""
    setup = make_setup(tmp_path)
    setup.client.may_send.set()
    setup.client.opening_errors = [OSError("too many open files")]
    async with running(setup):
        setup.queue.fetch(IDS[:2])
        setup.client.may_open.set()
        assert {type((await setup.ended.get())[1]) for _ in range(2)} == {DownloadError}
        setup.queue.fetch(IDS[:2])
        assert {await setup.end() for _ in range(2)} == set(IDS[:2])
    assert setup.client.closed


async def test_the_queue_can_end_while_the_client_opens(tmp_path: Path) -> None:
    """The opening is cancelled."""
    setup = make_setup(tmp_path)
    async with running(setup):
        setup.queue.fetch(IDS[:1])
        await setup.client.opening.get()
    assert not setup.client.closed


async def download_all(setup: Setup, *, into_folder: bool = False) -> list[str]:
    """Download what is absent from the disk, and return the ids of the jobs with such results."""
    setup.client.may_open.set()
    setup.client.may_send.set()
    async with running(setup):
        started = await setup.queue.fetch_absent(IDS, into_folder=into_folder)
        for _ in started:
            await setup.end()
    return started


def file_of(setup: Setup, job_id: str) -> Path:
    """Return where the video of a job is, as its job says."""
    file = setup.store.jobs[job_id].videos[0].file
    assert file is not None
    return Path(file)


async def test_a_file_that_is_no_longer_there_is_downloaded_again(tmp_path: Path) -> None:
    """It may have been deleted, with its folder or without, or be another thing now."""
    setup = make_setup(tmp_path)
    assert await download_all(setup) == IDS
    assert await download_all(setup) == []
    file_of(setup, "C1").unlink()
    assert await download_all(setup) == ["C1"]
    for job_id in ("C2", "C3"):
        file_of(setup, job_id).unlink()
    file_of(setup, "C2").mkdir()
    os.mkfifo(file_of(setup, "C3"))
    assert await download_all(setup) == ["C2", "C3"]
    assert file_of(setup, "C2").name == "C2-2.mp4"
    shutil.rmtree(tmp_path / "videos")
    assert await download_all(setup) == IDS
    assert all(file_of(setup, job_id).read_bytes() == VIDEO for job_id in IDS)


async def test_a_file_on_a_missing_disk_is_remembered_if_the_download_fails(tmp_path: Path) -> None:
    """The disk may be mounted again tomorrow, and the link may have expired.

    The download makes the folder again, which must not look as if the file had been deleted.
    """
    setup = make_setup(tmp_path)
    await download_all(setup)
    (tmp_path / "videos").rename(tmp_path / "away")
    setup.client.errors["https://cdn.test/C1.mp4"] = DownloadError("the result is gone")
    setup.client.requested = asyncio.Queue()
    setup.client.may_send.clear()
    async with running(setup):
        assert await setup.queue.fetch_absent(["C1"]) == ["C1"]
        await setup.client.requested.get()
        assert (tmp_path / "videos").is_dir()
        await setup.queue.check_files()
        setup.client.may_send.set()
        _, failure = await setup.ended.get()
        assert failure is not None
        await setup.queue.check_files()
    shutil.rmtree(tmp_path / "videos")
    (tmp_path / "away").rename(tmp_path / "videos")
    assert file_of(setup, "C1").read_bytes() == VIDEO
    assert await download_all(setup) == []


@asynccontextmanager
async def delayed_check(setup: Setup) -> AsyncIterator[None]:
    """Begin a check of the files, which looks at the disk at the end of the block."""
    may_look = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        asyncio.get_running_loop().set_default_executor(executor)
        executor.submit(may_look.wait, TIMEOUT)
        check = asyncio.create_task(setup.queue.check_files())
        await asyncio.sleep(0)
        try:
            yield
        finally:
            may_look.set()
            await check


async def test_a_folder_that_a_download_makes_during_a_check_is_no_sign_of_deletion(
    tmp_path: Path,
) -> None:
    """The check began before the folder was made, and looks after it."""
    setup = make_setup(tmp_path)
    await download_all(setup)
    (tmp_path / "videos").rename(tmp_path / "away")
    setup.client.requested = asyncio.Queue()
    setup.client.may_send.clear()
    async with delayed_check(setup), running(setup):
        setup.store.put(setup.store.jobs["C1"].with_file(0, None))
        setup.queue.fetch(["C1"])
        await setup.client.requested.get()
        assert (tmp_path / "videos").is_dir()
    assert all(setup.store.jobs[job_id].downloaded for job_id in IDS[1:])


async def test_a_file_is_found_again_when_its_disk_is_mounted(tmp_path: Path) -> None:
    """Until then it is missing: its folder is an empty mount point. A restart changes nothing."""
    setup = make_setup(tmp_path)
    await download_all(setup)
    disk = tmp_path / "videos"
    disk.rename(tmp_path / "away")
    disk.mkdir()
    await setup.queue.check_files()
    assert all(job.awaits_download for job in setup.store.jobs.values())
    setup.store.save()
    disk.rmdir()
    (tmp_path / "away").rename(disk)
    store = Store(setup.store.path)
    store.load()
    restarted = make_setup(tmp_path, store=store)
    assert await download_all(restarted) == []
    assert all(file_of(restarted, job_id).read_bytes() == VIDEO for job_id in IDS)


async def test_a_download_that_ends_during_a_check_is_not_forgotten(tmp_path: Path) -> None:
    """The check may have looked before the file was there."""
    setup = make_setup(tmp_path)
    file = tmp_path / "videos" / "C1.mp4"
    file.parent.mkdir()
    setup.store.put(setup.store.jobs["C1"].with_file(0, str(file)))
    async with delayed_check(setup):
        setup.store.put(setup.store.jobs["C1"].with_file(0, str(file)))
    assert file_of(setup, "C1") == file


async def test_a_video_in_another_folder_is_copied(tmp_path: Path) -> None:
    """Nothing is downloaded, the old file stays, and the job has the new one."""
    first = make_setup(tmp_path)
    await download_all(first)
    second = make_setup(tmp_path, "new", first.store)
    assert await download_all(second) == []
    assert await download_all(second, into_folder=True) == IDS
    assert second.client.requested.empty()
    assert saved(tmp_path) == {f"{job_id}.mp4" for job_id in IDS}
    assert all(file_of(second, job_id).parent == tmp_path / "new" for job_id in IDS)
    assert all(file_of(second, job_id).read_bytes() == VIDEO for job_id in IDS)
    assert len(list((tmp_path / "new").iterdir())) == len(IDS)
    (tmp_path / "link").symlink_to("new")
    again = make_setup(tmp_path, "link", first.store)
    assert await download_all(again, into_folder=True) == []


async def test_a_video_in_another_folder_that_is_not_whole_is_downloaded(tmp_path: Path) -> None:
    """As is one that is not there."""
    first = make_setup(tmp_path)
    await download_all(first)
    file_of(first, "C1").unlink()
    file_of(first, "C2").write_bytes(VIDEO[:-500])
    file_of(first, "C3").write_bytes(b"notes")
    second = make_setup(tmp_path, "new", first.store)
    assert await download_all(second, into_folder=True) == IDS
    requested = {second.client.requested.get_nowait() for _ in range(3)}
    assert requested == {f"https://cdn.test/C{n}.mp4" for n in (1, 2, 3)}
    assert second.client.requested.empty()
    assert all(file_of(second, job_id).read_bytes() == VIDEO for job_id in IDS)
