"""The actions on jobs themselves: track, remove, refresh, label, undo, show the last reply.

Dialogs are imported when they are opened, so that the first paint does not wait for them.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from textual.screen import Screen

from kling_tui.costs import totals
from kling_tui.downloads.queue import DownloadQueue
from kling_tui.formatting import edits, text
from kling_tui.formatting.batches import Batch
from kling_tui.gateways.job_ids import ParsedId
from kling_tui.jobs import Job, Review
from kling_tui.polling.session import Session
from kling_tui.storage.edits import EditKind, Reversal
from kling_tui.tui.batch_rows import Folding
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.screens.bindings import displayed_key, undo_hint
from kling_tui.tui.screens.selection import Selection


class JobActions:
    """The target of bindings such as `jobs('remove')`, which calls `remove`."""

    def __init__(
        self,
        screen: Screen[Any],
        dependencies: AppDependencies,
        selection: Selection,
        *,
        session: Session,
        downloads: DownloadQueue,
        desktop: Desktop,
        folding: Folding,
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
        self._folding = folding
        self._show_jobs = show_jobs

    def on_screen(self, screen: Screen[Any], selection: Selection) -> "JobActions":
        """Return the same actions on the jobs of another screen, over which dialogs open."""
        return JobActions(
            screen,
            self._dependencies,
            selection,
            session=self._session,
            downloads=self._downloads,
            desktop=self._desktop,
            folding=self._folding,
            show_jobs=self._show_jobs,
        )

    def is_available(self, name: str) -> bool | None:
        """Return whether an action can do anything now; None to show its key greyed out."""
        match name:
            case "remove" | "refresh" | "label":
                return bool(self._selection.targets) or None
            case "undo":
                return self._session.edits.next_undo is not None
            case "redo":
                return self._session.edits.can_redo
            case "keep" | "reject":
                return any(job.has_result for job in self._selection.targets) or None
            case "reply":
                job = self._selection.job
                return bool(job and job.reply) or None
        return True

    def add(self, pasted: str = "") -> None:
        """Ask for jobs to track, such as those whose ids were pasted onto the table."""
        from kling_tui.tui.screens.add import AddScreen

        dependencies = self._dependencies
        dialog = AddScreen(
            self._store.jobs.keys(),
            dependencies.endpoints,
            dependencies.profiles,
            dependencies.profile,
            pasted,
        )
        self._screen.app.push_screen(dialog, self._track)

    def _track(self, answer: tuple[list[ParsedId], str, str] | None) -> None:
        if answer:
            jobs = self._session.track(*answer)
            self._show_jobs()
            self._selection.table.move_to_job(jobs[0].id)
            self._screen.notify(f"{text.count(len(jobs), 'job')} tracked", markup=False)

    def remove(self) -> None:
        """Stop tracking the selected jobs."""
        if jobs := self._selection.targets:
            title = self._selection.names.name_or_count(jobs)  # before it changes with the removal
            self._session.remove(jobs)
            for job in jobs:
                self._downloads.cancel(job.id)
            self._show_jobs()
            uncounted = text.uncounted_cost(totals(jobs, self._dependencies.now().date()))
            said = filter(None, ("Removed", uncounted, self._undo_hint))
            self._desktop.toast(". ".join(said), title)

    @property
    def _undo_hint(self) -> str:
        return undo_hint(self._dependencies.keys)

    async def undo(self) -> None:
        """Undo the last edit; ask first if that removes jobs."""
        edit = self._session.edits.next_undo
        if edit is None or edit.kind is not EditKind.ADDITION:
            await self._undo()
            return
        from kling_tui.tui.screens.confirm import ConfirmScreen

        redo_key = displayed_key("redo", self._dependencies.keys)
        question = f"Undo the {edits.edit_name(edit, self._selection.names)}? {redo_key} redoes it."
        self._screen.app.push_screen(ConfirmScreen("Undo", question), self._undo)

    async def _undo(self, confirmed: bool | None = True) -> None:  # noqa: FBT001, FBT002 - as Textual calls it
        if confirmed:
            self._show_reversal(await self._session.undo(), "undone")

    async def redo(self) -> None:
        """Redo the edit that was undone last."""
        self._show_reversal(await self._session.redo(), "redone")

    def _show_reversal(self, reversal: Reversal | None, verb: str) -> None:
        if reversal is None:
            return
        for change in reversal.changes:
            if change.after is None:
                self._downloads.cancel(change.job.id)
        self._show_jobs()
        # The cursor would mark a job as seen that is unread again.
        if reversal.changes and reversal.edit.kind is not EditKind.SEEN:
            self._selection.table.move_to_job(reversal.changes[0].job.id)
        self._screen.app.clear_notifications()  # one of them offers to undo
        self._screen.notify(
            edits.reversal_message(reversal, verb, self._selection.names), markup=False
        )

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
        """Ask for a label for the selected jobs, or for a name of the folded batch."""
        from kling_tui.tui.screens.label import LabelScreen

        if batch := self._selection.target_batch:
            self._ask_for_batch_name(batch)
        elif jobs := self._selection.targets:
            self._screen.app.push_screen(LabelScreen(jobs), partial(self._set_label, jobs))

    def _set_label(self, jobs: list[Job], label: str | None) -> None:
        tracked = [self._store.jobs[job.id] for job in jobs if job.id in self._store.jobs]
        if label is not None and tracked:
            self._session.relabel(tracked, label)
            self._show_jobs()
            if len(tracked) > 1:
                self._desktop.toast(
                    f"Label changed. {self._undo_hint}",
                    self._selection.names.name_or_count(tracked),
                )

    def keep(self) -> None:
        """Keep the results of the selected jobs, or take that back if all are kept."""
        self._review(Review.KEPT)

    def reject(self) -> None:
        """Reject the results of the selected jobs, or take that back if all are rejected."""
        self._review(Review.REJECTED)

    def _review(self, review: Review) -> None:
        jobs = [job for job in self._selection.targets if job.has_result]
        done = all(job.review is review for job in jobs)
        self._session.review(jobs, None if done else review)
        self._show_jobs()
        if len(jobs) > 1:
            said = "Not reviewed" if done else str(review).capitalize()
            self._desktop.toast(
                f"{said}. {self._undo_hint}", self._selection.names.name_or_count(jobs)
            )

    def _ask_for_batch_name(self, batch: Batch) -> None:
        from kling_tui.tui.screens.rename_batch import RenameBatchScreen

        sizes = Counter(job.batch for job in self._store.jobs.values())
        dialog = RenameBatchScreen(
            batch.name, self._jobs_of_batch(batch.name), batch.size - len(batch.jobs), sizes
        )
        self._screen.app.push_screen(dialog, partial(self._rename_batch, batch))

    def _rename_batch(self, batch: Batch, new_name: str | None) -> None:
        jobs = self._jobs_of_batch(batch.name)
        if new_name is None or not jobs:
            return
        self._session.rename_batch(jobs, batch.name, new_name)
        if new_name:
            self._folding.rename(batch.name, new_name)
        self._show_jobs()
        self._selection.table.move_to_job(batch.jobs[0].id)
        done = f"Renamed to {new_name}/" if new_name else "Batch name removed"
        self._desktop.toast(f"{done}. {self._undo_hint}", batch.title)

    def _jobs_of_batch(self, name: str) -> list[Job]:
        """Return all jobs of a batch, also those that the filter hides."""
        return [job for job in self._store.jobs.values() if job.batch == name]

    def reply(self) -> None:
        """Show the gateway's last reply about the job under the cursor."""
        from kling_tui.tui.screens.reply import ReplyScreen

        job = self._selection.job
        if job and job.reply:
            self._screen.app.push_screen(ReplyScreen(job, self._desktop.copy))
