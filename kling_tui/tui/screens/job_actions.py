"""The actions on jobs themselves: track, remove, undo, refresh, label, show the last reply.

Dialogs are imported when they are opened, so that the first paint does not wait for them.
"""

from collections.abc import Callable
from functools import partial

from textual import events
from textual.screen import Screen

from kling_tui.downloads.queue import DownloadQueue
from kling_tui.formatting import text
from kling_tui.gateways.job_ids import ParsedId
from kling_tui.jobs import Job
from kling_tui.polling.session import Session
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.screens.bindings import displayed_key
from kling_tui.tui.screens.modal import copy_event
from kling_tui.tui.screens.selection import Selection


class JobActions:
    """The target of bindings such as `jobs('remove')`, which calls `remove`."""

    def __init__(
        self,
        screen: Screen[None],
        dependencies: AppDependencies,
        selection: Selection,
        *,
        session: Session,
        downloads: DownloadQueue,
        desktop: Desktop,
        show_jobs: Callable[[], None],
    ) -> None:
        """`show_jobs` is called after jobs were added, removed or relabelled."""
        self._screen = screen
        self._dependencies = dependencies
        self._store = dependencies.store
        self._selection = selection
        self._session = session
        self._downloads = downloads
        self._desktop = desktop
        self._show_jobs = show_jobs

    def is_available(self, name: str) -> bool | None:
        """Return whether an action can do anything now; None to show its key greyed out."""
        match name:
            case "remove" | "refresh" | "label":
                return bool(self._selection.targets) or None
            case "undo":
                return self._session.can_undo
            case "reply":
                job = self._selection.job
                return bool(job and job.reply) or None
        return True

    def add(self) -> None:
        """Ask for jobs to track."""
        from kling_tui.tui.screens.add import AddScreen

        dependencies = self._dependencies
        dialog = AddScreen(
            self._store.jobs.keys(),
            dependencies.endpoints,
            dependencies.profiles,
            dependencies.profile,
        )
        self._screen.app.push_screen(dialog, self._track)

    def add_pasted(self, event: events.Paste) -> None:
        """Ask for jobs to track, with a text that was pasted onto the table.

        If another dialog was opened since, the text goes there.
        """
        if self._screen.is_current:
            self.add()
        self._screen.app.post_message(copy_event(event))

    def _track(self, answer: tuple[list[ParsedId], str, str] | None) -> None:
        if answer:
            jobs = self._session.track(*answer)
            self._show_jobs()
            self._selection.table.move_to_job(jobs[0].id)
            self._screen.notify(f"{text.count(len(jobs), 'job')} tracked", markup=False)

    def remove(self) -> None:
        """Stop tracking the selected jobs."""
        if jobs := self._selection.targets:
            self._session.remove(jobs)
            for job in jobs:
                self._downloads.cancel(job.id)
            self._show_jobs()
            key = displayed_key("undo", self._dependencies.keys)
            self._desktop.toast(f"Removed. Press {key} to undo", _name_or_count(jobs))

    async def undo(self) -> None:
        """Track again all jobs that were removed last."""
        if jobs := await self._session.undo():
            self._show_jobs()
            self._selection.table.move_to_job(jobs[0].id)
            self._screen.app.clear_notifications()  # one of them offers to undo

    def refresh(self) -> None:
        """Poll the selected jobs now."""
        self._refresh(self._selection.targets)

    def refresh_all(self) -> None:
        """Poll all unfinished jobs now."""
        self._refresh([job for job in self._store.jobs.values() if not job.ended])

    def _refresh(self, jobs: list[Job]) -> None:
        message = ""
        if not jobs:
            message = "All jobs have ended." if self._store.jobs else "No jobs are tracked."
        elif not self._session.polling:
            message = "Not connected to the gateway yet."
        elif until := self._session.refresh(jobs):
            message = f"Rate limited until {text.time_of_day(until)}; polled then."
        if message:
            self._screen.notify(message, markup=False)

    def label(self) -> None:
        """Ask for a label for the selected jobs."""
        from kling_tui.tui.screens.label import LabelScreen

        if jobs := self._selection.targets:
            labels = {job.label for job in jobs}
            label = labels.pop() if len(labels) == 1 else ""
            dialog = LabelScreen(label, _name_or_count(jobs))
            self._screen.app.push_screen(dialog, partial(self._set_label, jobs))

    def _set_label(self, jobs: list[Job], label: str | None) -> None:
        tracked = [self._store.jobs[job.id] for job in jobs if job.id in self._store.jobs]
        if label is not None and tracked:
            self._session.relabel(tracked, label)
            self._show_jobs()

    def reply(self) -> None:
        """Show the gateway's last reply about the job under the cursor."""
        from kling_tui.tui.screens.reply import ReplyScreen

        job = self._selection.job
        if job and job.reply:
            self._screen.app.push_screen(ReplyScreen(job))


def _name_or_count(jobs: list[Job]) -> str:
    return jobs[0].name if len(jobs) == 1 else text.count(len(jobs), "job")
