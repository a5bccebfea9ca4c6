"""Downloads results for the main screen, and reports on that by toasts."""

from collections.abc import Callable, Collection

from kling_tui.downloads import DownloadError, DownloadErrorKind
from kling_tui.downloads.queue import DownloadOptions, DownloadQueue
from kling_tui.formatting import text
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job
from kling_tui.polling.session import Session
from kling_tui.storage.store import Store
from kling_tui.tui.desktop import Desktop


class DownloadController:
    """Owns the download queue of the main screen."""

    def __init__(
        self,
        store: Store,
        session: Session,
        options: DownloadOptions,
        *,
        desktop: Desktop,
        names: JobNames,
        show_job: Callable[[Job], None],
        on_files_missing: Callable[[], None],
        download_all_key: str,
    ) -> None:
        """`desktop` shows the toasts; `show_job` is called with a job whose download ended.

        `on_files_missing` is called when downloads were started or cancelled, and when downloaded
        files are missing. `download_all_key` is the key that downloads all results.
        """
        self.queue = DownloadQueue(
            store,
            options,
            poll_once=session.poll_once,
            on_end=self._on_download_end,
            on_files_missing=self._on_files_missing,
        )
        self._store = store
        self._session = session
        self._desktop = desktop
        self._names = names
        self._show_job = show_job
        self._notify_files_missing = on_files_missing
        self._download_all_key = download_all_key
        self._warned = False

    def job_ended(self, job: Job) -> None:
        """Download the results of a job that has just ended, if the config says so."""
        if self.queue.options.auto:
            self.queue.fetch([job.id])

    async def toggle(self, jobs: Collection[Job]) -> None:
        """Download the missing results of some jobs; if all of them run already, cancel them."""
        ids = [job.id for job in jobs]
        started = await self.queue.fetch_absent(ids)
        running = [job_id for job_id in ids if job_id in self.queue.in_progress]
        if not started and running:
            for job_id in running:
                self.queue.cancel(job_id)
            message = f"{text.count(len(running), 'download')} stopped. Press again to resume"
            self._desktop.toast(message, "Stopped")
        elif not running:
            self._desktop.toast(_nothing_to_download(jobs), "Download")
        self._notify_files_missing()

    def warn_about_expiry(self) -> None:
        """Warn once of results that will expire soon, as soon as all jobs are loaded."""
        if self._warned or not self._store.loaded:
            return
        self._warned = True
        now = self._session.now()
        expiring = sum(job.expires_soon(now) for job in self._store.jobs.values())
        if expiring:
            whose = "its results" if expiring == 1 else "their results"
            message = (
                f"{text.count(expiring, 'job')} will lose {whose} within 3 days. "
                f"Press {self._download_all_key} to download them"
            )
            self._desktop.toast(message, "Expiring", "warning")

    def _on_download_end(self, job: Job, error: DownloadError | None) -> None:
        self._session.save_soon()
        self._show_job(job)
        if error and error.kind is not DownloadErrorKind.LOCKED:
            self._desktop.toast(str(error), f"{self._names.name(job)}: not downloaded", "error")

    def _on_files_missing(self) -> None:
        self._session.save_soon()
        self._notify_files_missing()


def _nothing_to_download(jobs: Collection[Job]) -> str:
    """Return why there is nothing to download."""
    files = [video.file for job in jobs for video in job.videos if video.file]
    if not files:
        return "No results to download yet"
    return f"Already downloaded: {files[0] if len(files) == 1 else f'{len(files)} files'}"
