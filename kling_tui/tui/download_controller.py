"""Fetches results for a person, and tells of it by toasts."""

from collections.abc import Callable, Iterable

from kling_tui.downloads import DownloadError, Fault
from kling_tui.downloads.queue import Fetcher, Fetching
from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.polling.session import Session
from kling_tui.storage.store import Store
from kling_tui.tui.desktop import Outside


class Collector:
    """Runs a fetcher on the session of the screen, and says what a person has to know."""

    def __init__(
        self,
        store: Store,
        session: Session,
        fetching: Fetching,
        *,
        outside: Outside,
        show: Callable[[Job], None],
        changed: Callable[[], None],
    ) -> None:
        """Show toasts by `outside`, and by `show` a job whose download has ended.

        `changed` is called when downloads have begun or stopped, or files are there no more.
        """
        self.fetcher = Fetcher(
            store, fetching, ask=session.ask, heard=self._heard, changed=self._changed
        )
        self._store = store
        self._session = session
        self._outside = outside
        self._show = show
        self._changed_outside = changed
        self._auto = fetching.auto
        self._warned = False

    def ended(self, job: Job) -> None:
        """Fetch the results of a job that has just ended, where that is wished for."""
        if self._auto:
            self.fetcher.fetch([job.id])

    async def toggle(self, jobs: Iterable[Job]) -> None:
        """Fetch what is not here of some jobs; where nothing is left to begin, cancel them."""
        ids = [job.id for job in jobs]
        await self.fetcher.look()
        begun = self.fetcher.fetch(ids)
        running = [job_id for job_id in ids if job_id in self.fetcher.under_way]
        if not begun and running:
            for job_id in running:
                self.fetcher.cancel(job_id)
            words = f"{text.count(len(running), 'download')} stopped; the same key goes on"
            self._outside.toast(words, "Stopped")
        elif not running:
            self._outside.toast("There is nothing to fetch.", "Download")
        self._changed_outside()

    def warn(self) -> None:
        """Tell of results that are about to go, once all jobs are known."""
        if self._warned or self._store.unread:
            return
        self._warned = True
        now = self._session.now()
        soon = sum(job.expires_soon(now) for job in self._store.jobs.values())
        if soon:
            words = f"{text.count(soon, 'job')} will lose their results within 3 days"
            self._outside.toast(f"{words}; D downloads them.", "Expiring", "warning")

    def _heard(self, job: Job, failure: DownloadError | None) -> None:
        self._session.save_soon()
        self._show(job)
        if failure and failure.fault is not Fault.HELD:
            self._outside.toast(str(failure), f"{job.name}: not fetched", "error")

    def _changed(self) -> None:
        self._session.save_soon()
        self._changed_outside()
