"""The download queue: starting, cancelling and restarting at any moment, two jobs at a time."""

import asyncio
from collections.abc import AsyncIterator
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

    @asynccontextmanager
    async def open(self) -> AsyncIterator["FakeClient"]:
        """Open and close it."""
        self.opening.put_nowait(None)
        await self.may_open.wait()
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


def make_setup(folder: Path) -> Setup:
    """Make a queue for four finished jobs, which saves to `folder`/videos."""
    store, client = Store(folder / "jobs.toml"), FakeClient()
    for job_id in IDS:
        video = Video(f"https://cdn.test/{job_id}.mp4")
        store.put(a_job(job_id, status=Status.SUCCEEDED, videos=(video,)))
    ended: asyncio.Queue[tuple[Job, DownloadError | None]] = asyncio.Queue()

    async def poll_once(job: Job) -> Job:
        raise AssertionError(f"polled {job.id}")

    queue = DownloadQueue(
        store,
        DownloadOptions(
            folder=folder / "videos",
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
