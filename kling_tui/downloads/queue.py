"""Fetches the results of finished jobs into a folder, and keeps in each job where they are."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from kling_tui.downloads import Client, Download, DownloadError, DownloadRequest, Limits, Progress
from kling_tui.downloads.filenames import TEMPLATE, file_stem, partial_name
from kling_tui.gateways import GatewayError
from kling_tui.jobs import Job
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.store import Store

_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())  # without a log, nothing may reach the terminal
MAX_CONCURRENT = 2
"""Downloads that run at the same time; the others wait for their turn."""
MISSING_FILES_INTERVAL = 60.0
"""Seconds between two looks at whether the files are still there."""

Connect = Callable[[], AbstractAsyncContextManager[Client]]
"""Opens what fetches over HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadOptions:
    """Where results go, and how they are fetched."""

    folder: Path
    connect: Connect
    clock: Callable[[], float]
    """Tells seconds, for the rates."""
    template: str = TEMPLATE
    """For the names of the files."""
    auto: bool = False
    """Whether they are fetched as soon as their job has succeeded."""
    limits: Limits = field(default_factory=Limits)


class DownloadQueue:
    """Runs the downloads of one store.

    `ask` polls a job once more and returns it, or raises GatewayError. `heard` is called with a
    job whose download has ended, and with why it failed, if it did; `changed` when files that were
    there are no more.
    """

    def __init__(
        self,
        store: Store,
        options: DownloadOptions,
        *,
        poll_once: Callable[[Job], Awaitable[Job]],
        on_end: Callable[[Job, DownloadError | None], None],
        on_files_missing: Callable[[], None],
    ) -> None:
        self.errors: dict[str, str] = {}
        """Why the last download of a job failed, by its id."""
        self._store = store
        self._options = options
        self._poll_once = poll_once
        self._on_end = on_end
        self._on_files_missing = on_files_missing
        self._in_progress: dict[str, Download | Progress] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)

    @property
    def in_progress(self) -> dict[str, Progress]:
        """How far the downloads are that run or wait for their turn, by the job's id."""
        return {
            job_id: each.progress if isinstance(each, Download) else each
            for job_id, each in self._in_progress.items()
        }

    async def run(self) -> None:
        """Fetch what is asked for until cancelled; what is under way then is gone on with later."""
        async with asyncio.TaskGroup() as looking:
            looking.create_task(self._missing_files_loop())
            job_id = await self._queue.get()
            # To open a client takes longer than a frame, and most sessions need none.
            async with self._options.connect() as client, asyncio.TaskGroup() as fetching:
                while True:
                    if job_id in self._in_progress:
                        before = self._tasks.get(job_id)
                        fetch = self._fetch(job_id, client, before)
                        self._tasks[job_id] = fetching.create_task(fetch)
                    job_id = await self._queue.get()

    def fetch(self, job_ids: Iterable[str]) -> list[str]:
        """Begin to fetch what is not here yet of finished jobs; returns the ids of those."""
        begun = []
        for job_id in job_ids:
            job = self._store.jobs.get(job_id)
            if job and job.awaits_download and job_id not in self._in_progress:
                self.errors.pop(job_id, None)
                name = f"{file_stem(self._options.template, job, 1)}.mp4"
                self._in_progress[job_id] = Progress(self._options.folder / name, waiting=True)
                self._queue.put_nowait(job_id)
                begun.append(job_id)
        return begun

    def cancel(self, job_id: str) -> None:
        """Stop fetching a job; what has come is kept aside and gone on with another time."""
        if job_id in self._in_progress:
            del self._in_progress[job_id]
            if task := self._tasks.get(job_id):
                task.cancel()

    async def stop(self) -> None:
        """Cancel all downloads, and wait until each has put down what it holds."""
        tasks = list(self._tasks.values())
        for job_id in list(self._in_progress):
            self.cancel(job_id)
        if tasks:
            await asyncio.wait(tasks)

    async def forget_missing_files(self) -> None:
        """Forget the files that were removed since they were fetched."""
        files = {
            video.file for job in self._store.jobs.values() for video in job.videos if video.file
        }
        gone = await asyncio.to_thread(_removed, files) if files else set()
        if gone:
            for job in list(self._store.jobs.values()):
                self._forget(job, gone)
            self._on_files_missing()

    def _forget(self, job: Job, gone: set[str]) -> None:
        for index, video in enumerate(job.videos):
            if video.file in gone:
                job = job.with_file(index, None)
                self._store.put(job)

    async def _missing_files_loop(self) -> None:
        while True:
            await self.forget_missing_files()
            await asyncio.sleep(MISSING_FILES_INTERVAL)

    async def _fetch(self, job_id: str, client: Client, before: asyncio.Task[None] | None) -> None:
        if before:
            await asyncio.wait([before])  # it was cancelled, and may still hold its part
        async with self._slots:
            job, failure = self._store.jobs.get(job_id), None
            try:
                for index in range(len(job.videos) if job else 0):
                    await self._fetch_video(job_id, index, client)
            except DownloadError as error:
                failure = error
                self.errors[job_id] = str(error)
                _LOG.warning("%s: not fetched: %s", job_id, error)
            self._in_progress.pop(job_id, None)
        if job := self._store.jobs.get(job_id):
            self._on_end(job, failure)

    async def _fetch_video(self, job_id: str, index: int, client: Client) -> None:
        job = self._store.jobs.get(job_id)
        if job is None or index >= len(job.videos) or job.videos[index].file:
            return
        fetching = self._options
        download = Download(self._wanted(job, index), fetching.limits, fetching.clock)
        self._in_progress[job_id] = download
        try:
            await download.run(client, lambda: self._fresh(job, index))
        finally:
            known = self._store.jobs.get(job_id)
            if download.file and known and index < len(known.videos):
                self._store.put(known.with_file(index, str(download.file)))
                _LOG.info("%s: fetched to %s", job_id, download.file)

    def _wanted(self, job: Job, index: int) -> DownloadRequest:
        folder = self._options.folder
        if sanitize_line(str(folder), 10_000) != str(folder):
            words = f"{sanitize_line(str(folder))}: has characters that cannot be shown"
            raise DownloadError(f"{words}; set downloads.dir to another folder")
        stem = file_stem(self._options.template, job, index + 1)
        return DownloadRequest(job.videos[index].url, folder, stem, partial_name(job, index + 1))

    async def _fresh(self, job: Job, index: int) -> str | None:
        """Return the link that the gateway gives for a video now."""
        try:
            job = await self._poll_once(job)
        except GatewayError as error:
            raise DownloadError(error.message) from error
        return job.videos[index].url if index < len(job.videos) else None


def _removed(files: Iterable[str]) -> set[str]:
    """Return those files that are gone, though their folder is there.

    A folder that is missing may be a disk that is not mounted.
    """
    return {file for file in files if _is_gone(Path(file)) and not _is_gone(Path(file).parent)}


def _is_gone(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False  # it cannot be told
    return False
