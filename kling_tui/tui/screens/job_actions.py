"""What a person does with jobs: mark, track, refresh, label, remove, copy, open and play them.

The dialogs are loaded when they are opened, so that the first paint does not wait for them.
"""

from functools import partial

from textual import events, work
from textual.screen import Screen

from kling_tui.formatting import results, text
from kling_tui.gateways.job_ids import ParsedId
from kling_tui.jobs import Job
from kling_tui.polling.session import Session
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.download_controller import DownloadController
from kling_tui.tui.marks import Marks
from kling_tui.tui.screens.modal import copy_event
from kling_tui.tui.widgets.job_table import JobTable

_COPIED = "No program can know whether it arrived. If not, select it here."
_NOT_OPENED = "Open it where you sit: follow the link, or select it here."


class JobActionsScreen(Screen[None]):
    """A screen with a job table, and the actions on the jobs in it; how it looks is left open."""

    session: Session
    downloads: DownloadController

    def __init__(self, dependencies: AppDependencies, outside: Desktop) -> None:
        super().__init__()
        self._dependencies = dependencies
        self._store = dependencies.store
        self._desktop = outside
        self._marks = Marks()

    def _rearrange(self) -> None:
        """Show the jobs anew after some have come, gone or changed."""
        raise NotImplementedError

    def _show_marks(self) -> None:
        """Show which jobs are marked."""
        raise NotImplementedError

    @property
    def table(self) -> JobTable:
        """The job table."""
        return self.query_one("#jobs", JobTable)

    @property
    def job(self) -> Job | None:
        """The job under the cursor."""
        return self._store.jobs.get(self.table.cursor_id or "")

    @property
    def targets(self) -> list[Job]:
        """The jobs that a key acts on: the marked ones, hidden ones too, or that at the cursor.

        In the enlarged detail, which shows one job and no marks, it is that one.
        """
        if self._marks and not self.has_class("-enlarged"):
            return [job for job in self._store.jobs.values() if job.id in self._marks]
        return [self.job] if self.job else []

    def action_add(self) -> None:
        """Ask for jobs to track."""
        from kling_tui.tui.screens.add import AddScreen

        dependencies = self._dependencies
        dialog = AddScreen(
            self._store.jobs.keys(),
            dependencies.endpoints,
            dependencies.profiles,
            dependencies.profile,
        )
        self.app.push_screen(dialog, self._track)

    def on_paste(self, event: events.Paste) -> None:
        """Ask for jobs to track, with what was pasted onto the table."""
        event.stop()
        # After the keys before it, one of which may open a dialog that it was meant for.
        self.app.call_later(self._take_paste, event)

    def _take_paste(self, event: events.Paste) -> None:
        if self.is_current:
            self.action_add()
        self.app.post_message(copy_event(event))

    def on_key(self, event: events.Key) -> None:
        """Hand on what was typed before the screen that is now over this one came there."""
        if not self.is_current:
            event.stop()
            self.app.post_message(copy_event(event))

    def _track(self, answer: tuple[list[ParsedId], str, str] | None) -> None:
        if answer:
            jobs = self.session.track(*answer)
            self._rearrange()
            self.table.move_to_job(jobs[0].id)
            self.notify(f"{text.count(len(jobs), 'job')} tracked", markup=False)

    def action_remove(self) -> None:
        """Stop tracking jobs."""
        if jobs := self.targets:
            self.session.remove(jobs)
            for job in jobs:
                self.downloads.queue.cancel(job.id)
            self._rearrange()
            self._desktop.toast("Removed; u takes that back", _named(jobs))

    async def action_undo(self) -> None:
        """Track again what was removed last, all of it."""
        if jobs := await self.session.undo():
            self._rearrange()
            self.table.move_to_job(jobs[0].id)
            self.app.clear_notifications()  # among them the one that offers this

    def action_refresh(self) -> None:
        """Ask about jobs now."""
        self._ask_now(self.targets)

    def action_refresh_all(self) -> None:
        """Ask about all live jobs now."""
        self._ask_now([job for job in self._store.jobs.values() if not job.ended])

    def _ask_now(self, jobs: list[Job]) -> None:
        if until := self.session.refresh(jobs):
            at = text.time_of_day(until)
            self.notify(f"Rate limited until {at}; polled then.", markup=False)

    def action_mark(self) -> None:
        """Mark the job under the cursor or unmark it, and move on."""
        if self.job:
            self._marks.toggle(self.job.id)
            self.table.action_move(1)
            self._show_marks()

    def action_mark_to(self) -> None:
        """Mark all from the last mark to the job under the cursor."""
        if self.job:
            self._marks.extend(self.table.order, self.job.id)
            self._show_marks()

    def action_mark_all(self) -> None:
        """Mark all jobs that are shown, or none of them."""
        self._marks.toggle_all(self.table.order)
        self._show_marks()

    async def action_download(self) -> None:
        """Fetch the results of jobs, or stop that."""
        await self.downloads.toggle(self.targets)

    async def action_download_all(self) -> None:
        """Fetch all results that are not here yet, or stop that."""
        await self.downloads.toggle(list(self._store.jobs.values()))

    def action_copy(self) -> None:
        """Send the results' URLs to the terminal's clipboard, and show them whole."""
        self._copy([video.url for job in self.targets for video in job.videos])

    def action_copy_id(self) -> None:
        """Send the jobs' ids to the terminal's clipboard, and show them whole."""
        self._copy([job.id for job in self.targets])

    def _copy(self, lines: list[str]) -> None:
        if lines:
            self._show_links(self._desktop.copy("\n".join(lines)), lines, _COPIED)

    def _show_links(self, done: str, lines: list[str], hint: str) -> None:
        from kling_tui.tui.screens.links import LinksScreen

        self.app.push_screen(LinksScreen(done, lines, hint))

    @work
    async def action_open(self) -> None:
        """Open the results: the files where they were downloaded, else the web pages."""
        videos = [video for job in self.targets for video in job.videos]
        if not_opened := await self._desktop.open([video.location for video in videos]):
            lines = [each for video in videos for each in (video.file, video.url) if each]
            self._show_links(not_opened, lines, _NOT_OPENED)

    def action_play(self) -> None:
        """Play the files of the job under the cursor."""
        from kling_tui.tui.screens.player import PlayerScreen

        dependencies = self._dependencies
        if self.job is None:
            return
        if self.app.no_color:
            self.notify("The picture is made of colours, and $NO_COLOR is set.", markup=False)
        elif dependencies.open_clip is None:
            self._desktop.toast(results.NO_PREVIEW, "Play")
        else:
            player = PlayerScreen(
                self.job.name,
                self.job.files,
                dependencies.open_clip,
                self._desktop,
                dependencies.bytes_per_second,
                dependencies.after_clip_opened,
            )
            self.app.push_screen(player)

    def action_label(self) -> None:
        """Ask for another label."""
        from kling_tui.tui.screens.label import LabelScreen

        if jobs := self.targets:
            labels = {job.label for job in jobs}
            before = labels.pop() if len(labels) == 1 else ""
            self.app.push_screen(LabelScreen(before, _named(jobs)), partial(self._relabel, jobs))

    def _relabel(self, jobs: list[Job], label: str | None) -> None:
        tracked = [self._store.jobs[job.id] for job in jobs if job.id in self._store.jobs]
        if label is not None and tracked:
            self.session.relabel(tracked, label)
            self._rearrange()

    def action_reply(self) -> None:
        """Show the gateway's last reply."""
        from kling_tui.tui.screens.reply import ReplyScreen

        if self.job and self.job.reply:
            self.app.push_screen(ReplyScreen(self.job))


def _named(jobs: list[Job]) -> str:
    """Return what a person calls some jobs."""
    return jobs[0].name if len(jobs) == 1 else text.count(len(jobs), "job")
