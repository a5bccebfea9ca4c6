"""Downloads the results of finished jobs into a folder, and records the files in the jobs."""

import asyncio
import logging
import os
import traceback
from collections.abc import Awaitable, Callable, Iterable, Set
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct, field

from kling_tui.downloads.download import Client, Download, DownloadRequest
from kling_tui.downloads.errors import DownloadError, unexpected_error
from kling_tui.downloads.filenames import TEMPLATE, file_stem, partial_name
from kling_tui.downloads.limits import Limits
from kling_tui.downloads.local_copy import LocalCopy
from kling_tui.downloads.missing_files import absent_files, check_files
from kling_tui.downloads.progress import Progress
from kling_tui.downloads.shared_client import Connect, SharedClient
from kling_tui.gateways import GatewayError
from kling_tui.jobs import Job, Status
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.store import Store

_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())  # without a log file, nothing may reach the terminal
MAX_CONCURRENT = 2
"""Jobs whose results are downloaded at the same time; the others wait."""
MISSING_FILES_INTERVAL = 60.0
"""Seconds between two checks whether downloaded files exist."""


class DownloadOptions(Struct, frozen=True, kw_only=True):
    """Where results are saved, and how they are downloaded."""

    folder: Path
    connect: Connect
    clock: Callable[[], float]
    """Returns seconds, for the rates."""
    template: str = TEMPLATE
    """For the names of the files."""
    auto: bool = False
    """Whether results are downloaded as soon as their job has succeeded."""
    limits: Limits = field(default_factory=Limits)


class _Entry(Struct, eq=False):
    """A job whose results are being downloaded, or wait for their turn."""

    target: Path
    """Where its first video is saved."""
    absent: Set[str] = frozenset()
    """Files of earlier downloads that are not where they should be."""
    download: Download | None = None
    """The current video's; None while it waits."""
    task: asyncio.Task[None] | None = None
    """None until `DownloadQueue.run` has started."""
    cancelled: bool = False
    """Whether the task is being cancelled."""
    restart: bool = False
    """Whether to start the task again once its cancellation has ended."""

    @property
    def active(self) -> bool:
        """Whether the download is still wanted."""
        return self.restart or not self.cancelled

    @property
    def progress(self) -> Progress:
        """How far the current video is."""
        return self.download.progress if self.download else Progress(self.target, waiting=True)


class _ActiveRun(NamedTuple):
    """What the tasks of one `DownloadQueue.run` share."""

    group: asyncio.TaskGroup
    client: SharedClient


class DownloadQueue:
    """Runs the downloads of one store.

    `poll_once` polls a job and returns it, or raises GatewayError. `on_end` is called with a job
    whose download has ended, and with the error if it failed; `on_files_missing` when downloaded
    files no longer exist, or exist again.
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
        """Why the last download of a job failed, by job id."""
        self.options = options
        """Of the downloads that are started from now on."""
        self._store = store
        self._poll_once = poll_once
        self._on_end = on_end
        self._on_files_missing = on_files_missing
        self._entries: dict[str, _Entry] = {}
        self._new_folders: set[Path] = set()
        """Folders that downloads made, and in which none is complete yet."""
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)
        self._active_run: _ActiveRun | None = None
        """None unless `run` is running."""

    @property
    def in_progress(self) -> dict[str, Progress]:
        """The progress of all downloads that run or wait, by job id."""
        return {job_id: entry.progress for job_id, entry in self._entries.items() if entry.active}

    async def run(self) -> None:
        """Run downloads until cancelled; they can be resumed later."""
        async with (
            SharedClient(self.options.connect) as client,
            asyncio.TaskGroup() as group,
        ):
            self._active_run = _ActiveRun(group, client)
            try:
                for job_id, entry in self._entries.items():
                    self._start(job_id, entry)
                while True:
                    await self.check_files()
                    await asyncio.sleep(MISSING_FILES_INTERVAL)
            finally:
                self._active_run = None

    def fetch(self, job_ids: Iterable[str], absent: Set[str] = frozenset()) -> list[str]:
        """Start downloading the missing results of finished jobs; returns the started ids.

        The files in `absent` count as missing, although they are recorded in the jobs.
        """
        started = []
        for job_id in job_ids:
            job, entry = self._store.jobs.get(job_id), self._entries.get(job_id)
            if job and _needs_download(job, absent) and not (entry and entry.active):
                self.errors.pop(job_id, None)
                if entry:
                    entry.download, entry.restart, entry.absent = None, True, absent
                else:
                    name = f"{file_stem(self.options.template, job, 1)}.mp4"
                    entry = self._entries[job_id] = _Entry(self.options.folder / name, absent)
                    self._start(job_id, entry)
                started.append(job_id)
        return started

    async def fetch_absent(self, job_ids: Iterable[str], *, into_folder: bool = False) -> list[str]:
        """Start downloading the results that are not on the disk; returns the started ids.

        With `into_folder`, those in another folder than the queue's are copied to that. A file is
        forgotten only when its new one is complete: the disk of the old one may not be mounted.
        """
        await self.check_files()
        jobs = [self._store.jobs[job_id] for job_id in job_ids if job_id in self._store.jobs]
        folder = self.options.folder if into_folder else None
        return self.fetch([job.id for job in jobs], await absent_files(jobs, folder))

    def cancel(self, job_id: str) -> None:
        """Stop downloading a job's results; the partial file is kept, to be resumed later."""
        entry = self._entries.get(job_id)
        if entry is None:
            return
        if entry.task is None:
            del self._entries[job_id]
            return
        if not entry.cancelled:  # a second cancellation could interrupt the closing of files
            entry.task.cancel()
        entry.cancelled, entry.restart = True, False

    async def stop(self) -> None:
        """Cancel all downloads, and wait until their partial files are closed."""
        tasks = [entry.task for entry in self._entries.values() if entry.task]
        for job_id in list(self._entries):
            self.cancel(job_id)
        if tasks:
            await asyncio.wait(tasks)

    async def check_files(self) -> None:
        """Mark in the jobs which downloaded files are missing now, and which no longer.

        With jobs that are no longer tracked, the errors of their downloads go.
        """
        for job_id in self.errors.keys() - self._store.jobs.keys():
            del self.errors[job_id]
        if await check_files(self._store, self._new_folders):
            self._on_files_missing()

    def _start(self, job_id: str, entry: _Entry) -> None:
        """Start the task of an entry, if `run` is running; else `run` does so."""
        if self._active_run is None:
            return

        def on_done(_: asyncio.Task[None]) -> None:
            if self._entries.get(job_id) is entry:  # not removed by a normal end
                if entry.restart and self._active_run:
                    self._start(job_id, entry)
                else:
                    del self._entries[job_id]

        entry.cancelled = entry.restart = False
        entry.task = self._active_run.group.create_task(
            self._fetch(job_id, entry, self._active_run)
        )
        entry.task.add_done_callback(on_done)

    async def _fetch(self, job_id: str, entry: _Entry, run: _ActiveRun) -> None:
        """Download the results of a job, and report how that ended."""
        async with self._slots:
            # An unexpected error, such as one that a strange link or server causes, must end only
            # this download, and not the other ones and the app.
            (error,) = await asyncio.gather(
                self._fetch_videos(job_id, entry, run), return_exceptions=True
            )
            if failure := _as_download_error(error, job_id):
                self.errors[job_id] = str(failure)
                _LOG.warning("%s: download failed: %s", job_id, failure)
            del self._entries[job_id]
        if job := self._store.jobs.get(job_id):
            self._on_end(job, failure)

    async def _fetch_videos(self, job_id: str, entry: _Entry, run: _ActiveRun) -> None:
        """Download the results of a job, one after the other."""
        job = self._store.jobs.get(job_id)
        client = await run.client.get()
        for index in range(len(job.videos) if job else 0):
            await self._fetch_video(job_id, index, entry, client)

    async def _fetch_video(self, job_id: str, index: int, entry: _Entry, client: Client) -> None:
        job = self._store.jobs.get(job_id)
        if job is None or index >= len(job.videos):
            return
        if file := job.videos[index].file:
            if file not in entry.absent:
                return
            client = LocalCopy(Path(file), client)
        download = entry.download = self._new_download(job, index)
        try:
            await download.run(client, lambda: self._refresh_link(job, index))
        finally:
            # The job may have changed, and `run` may have been cancelled with the file complete.
            current = self._store.jobs.get(job_id)
            if download.file and current and index < len(current.videos):
                self._store.put(current.with_file(index, str(download.file)))
                self._new_folders.discard(download.file.parent)
                _LOG.info("%s: downloaded to %s", job_id, download.file)

    def _new_download(self, job: Job, index: int) -> Download:
        options, folder = self.options, self.options.folder
        if sanitize_line(str(folder), 10_000) != str(folder):
            message = f"{sanitize_line(str(folder))}: has characters that cannot be shown"
            raise DownloadError(f"{message}; set downloads.dir to another folder")
        if not os.path.lexists(folder):
            self._new_folders.add(folder)
        stem, name = file_stem(options.template, job, index + 1), partial_name(job, index + 1)
        request = DownloadRequest(job.videos[index].url, folder, stem, name)
        return Download(request, options.limits, options.clock)

    async def _refresh_link(self, job: Job, index: int) -> str | None:
        """Poll the job, and return its current link to a video."""
        try:
            job = await self._poll_once(job)
        except GatewayError as error:
            raise DownloadError(error.message) from error
        return job.videos[index].url if index < len(job.videos) else None


def _as_download_error(error: BaseException | None, job_id: str) -> DownloadError | None:
    """Return what to report of an error; logs the traceback of an unexpected one."""
    if error is None or isinstance(error, DownloadError):
        return error
    if not isinstance(error, Exception):
        raise error
    frames = "".join(traceback.format_tb(error.__traceback__))  # without any values
    _LOG.error("%s: traceback of the next error:\n%s", job_id, frames)
    return unexpected_error(error)


def _needs_download(job: Job, absent: Set[str]) -> bool:
    """Return whether a job has a result that is in no file, or in one of those absent."""
    lost = job.status is Status.SUCCEEDED and any(video.file in absent for video in job.videos)
    return job.awaits_download or lost
