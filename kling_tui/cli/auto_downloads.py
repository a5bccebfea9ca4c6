"""Downloads results without a screen as soon as their jobs have succeeded."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from kling_tui.cli.exit_status import print_error
from kling_tui.downloads import DownloadError, DownloadErrorKind
from kling_tui.downloads.queue import DownloadOptions, DownloadQueue
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job
from kling_tui.notifications.ends import MAX_AGE, EndScanner
from kling_tui.polling.session import Session
from kling_tui.storage.store import Store

_RETRY_SECONDS = 600.0
"""Seconds until a download is tried again that failed for a reason that may pass."""


class AutoDownloads:
    """Downloads the results of the jobs whose ends are news, if the config says so.

    What an earlier process has not finished is resumed. A file that the user has deleted is not
    downloaded again.
    """

    def __init__(
        self,
        store: Store,
        session: Session,
        options: DownloadOptions,
        now: Callable[[], datetime],
    ) -> None:
        self.queue = DownloadQueue(
            store,
            options,
            poll_once=session.poll_once,
            on_end=self._on_end,
            on_files_missing=session.save_soon,
        )
        self._store = store
        self._session = session
        self._now = now
        self._scanner = EndScanner(store.jobs)

    def notice(self) -> None:
        """Download what is due, because jobs or settings have changed."""
        if not self.queue.options.auto:
            return
        found = self._scanner.find(self._now() - MAX_AGE)
        self._scanner.settle(found)
        self.queue.fetch(job_id for job_id in found if _is_wanted(self._store.jobs[job_id]))

    def _on_end(self, job: Job, error: DownloadError | None) -> None:
        self._session.save_soon()
        name = JobNames(self._store.jobs.values()).name(job)
        if error is None:
            for file in job.files:
                print_error(f"{name}: downloaded to {file}")
            return
        if error.kind is DownloadErrorKind.TRANSIENT:
            asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._retry, job.id)
        if error.kind is not DownloadErrorKind.LOCKED:
            print_error(f"{name}: not downloaded: {error}")

    def _retry(self, job_id: str) -> None:
        self._scanner.forget(job_id)
        self.notice()


def _is_wanted(job: Job) -> bool:
    return job.awaits_download and not any(video.missing_file for video in job.videos)
