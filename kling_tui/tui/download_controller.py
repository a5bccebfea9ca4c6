"""Fetches results for a person, and tells of it by toasts."""

from collections.abc import Callable, Iterable

from kling_tui.downloads import DownloadError, DownloadErrorKind
from kling_tui.downloads.queue import DownloadOptions, DownloadQueue
from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.polling.session import Session
from kling_tui.storage.store import Store
from kling_tui.tui.desktop import Desktop


class DownloadController:
    """Runs a fetcher on the session of the screen, and says what a person has to know."""

    def __init__(
        self,
        store: Store,
        session: Session,
        options: DownloadOptions,
        *,
        desktop: Desktop,
        show_job: Callable[[Job], None],
        on_files_missing: Callable[[], None],
    ) -> None:
        """Show toasts by `outside`, and by `show` a job whose download has ended.

        `changed` is called when downloads have begun or stopped, or files are there no more.
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
        self._show_job = show_job
        self._notify_files_missing = on_files_missing
        self._auto = options.auto
        self._warned = False

    def job_ended(self, job: Job) -> None:
        """Fetch the results of a job that has just ended, where that is wished for."""
        if self._auto:
            self.queue.fetch([job.id])

    async def toggle(self, jobs: Iterable[Job]) -> None:
        """Fetch what is not here of some jobs; where nothing is left to begin, cancel them."""
        ids = [job.id for job in jobs]
        begun = await self.queue.fetch_absent(ids)
        running = [job_id for job_id in ids if job_id in self.queue.in_progress]
        if not begun and running:
            for job_id in running:
                self.queue.cancel(job_id)
            words = f"{text.count(len(running), 'download')} stopped; the same key goes on"
            self._desktop.toast(words, "Stopped")
        elif not running:
            self._desktop.toast("There is nothing to fetch.", "Download")
        self._notify_files_missing()

    def warn_about_expiry(self) -> None:
        """Tell of results that are about to go, once all jobs are known."""
        if self._warned or not self._store.loaded:
            return
        self._warned = True
        now = self._session.now()
        soon = sum(job.expires_soon(now) for job in self._store.jobs.values())
        if soon:
            words = f"{text.count(soon, 'job')} will lose their results within 3 days"
            self._desktop.toast(f"{words}; D downloads them.", "Expiring", "warning")

    def _on_download_end(self, job: Job, failure: DownloadError | None) -> None:
        self._session.save_soon()
        self._show_job(job)
        if failure and failure.kind is not DownloadErrorKind.LOCKED:
            self._desktop.toast(str(failure), f"{job.name}: not fetched", "error")

    def _on_files_missing(self) -> None:
        self._session.save_soon()
        self._notify_files_missing()
