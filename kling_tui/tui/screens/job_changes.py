"""Shows what changes about the tracked jobs, whoever changed them."""

import asyncio

from textual.screen import Screen

from kling_tui.jobs import Job
from kling_tui.storage.store import Store
from kling_tui.tui.download_controller import DownloadController
from kling_tui.tui.job_list import JobList
from kling_tui.tui.notifier import Notifier
from kling_tui.tui.screens.refresh import Refresh, Refresher
from kling_tui.tui.screens.selection import Selection
from kling_tui.tui.unseen import Unseen
from kling_tui.tui.workers import start_worker


class JobChanges:
    """Passes changes of jobs on to the parts of the main screen that depend on them."""

    def __init__(
        self,
        screen: Screen[None],
        store: Store,
        selection: Selection,
        *,
        job_list: JobList,
        downloads: DownloadController,
        notifier: Notifier,
        unseen: Unseen,
        refresher: Refresher,
    ) -> None:
        self._screen = screen
        self._store = store
        self._marks = selection.marks
        self._job_list = job_list
        self._downloads = downloads
        self._notifier = notifier
        self._unseen = unseen
        self._refresher = refresher

    def show_poll(self, before: Job, job: Job) -> None:
        """Show a job after a poll; if it has ended, notify of that and download its results."""
        if job.id not in self._store.jobs:
            return  # removed after the poll
        self._unseen.job_updated(before, self._store.jobs[job.id])
        if job.ended and not before.ended:
            self._job_list.typical_durations.add(job)
            self._downloads.job_ended(job)
            self._notifier.remote.notice()
            if before.history:
                self._notifier.job_ended(job)
        self.show_job(job)

    def show_job(self, job: Job) -> None:
        """Show one job that changed, soon."""
        moved = self._job_list.put(job)
        parts = Refresh.JOBS if moved else Refresh.SUMMARY | Refresh.DETAIL
        self._refresher.invalidate(parts, job)

    def show_all(self) -> None:
        """Show all jobs at once, after some were added, removed or changed."""
        for _ in self._job_list.update_statistics():
            pass
        self._show_list()

    def show_external(self) -> None:
        """Show what other processes changed."""
        self._downloads.warn_about_expiry()
        self._notifier.remote.notice()
        self._show_list()  # at once: the table may still show jobs that are gone
        start_worker(self._screen, self._update_statistics, group="statistics")

    def _show_list(self) -> None:
        self._marks.keep(self._store.jobs.keys())
        self._unseen.jobs_changed()
        self._job_list.sort()
        self._refresher.refresh(Refresh.JOBS)
        self._screen.refresh_bindings()

    async def _update_statistics(self) -> None:
        """Update durations and costs in slices, so that no key waits for thousands of jobs."""
        for _ in self._job_list.update_statistics():
            await asyncio.sleep(0)
        self._refresher.refresh(Refresh.TIME)
