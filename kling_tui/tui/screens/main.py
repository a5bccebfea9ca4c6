"""The main screen: runs the session, and passes on what changes to its widgets."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widgets import Input
from textual.worker import WorkerCancelled

from kling_tui.tui.debounce import Debouncer
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.messages import JobUpdated, LinkClicked, SortRequested
from kling_tui.tui.notifier import Channel
from kling_tui.tui.preferences import Preferences
from kling_tui.tui.screens.bindings import KEYS, OTHER_JOBS_IDS, displayed_key
from kling_tui.tui.screens.main_base import MainScreenBase
from kling_tui.tui.screens.refresh import Refresh
from kling_tui.tui.screens.selection import ENLARGED
from kling_tui.tui.widgets.away_line import AwayLine
from kling_tui.tui.widgets.banner import Banner
from kling_tui.tui.widgets.cost_footer import CostFooter
from kling_tui.tui.widgets.filter_line import FilterLine
from kling_tui.tui.widgets.job_detail import JobDetail
from kling_tui.tui.widgets.key_hints import KeyHints
from kling_tui.tui.widgets.view_tabs import ViewClicked, ViewTabs
from kling_tui.tui.workers import start_worker

_CURSOR_REST = 0.12
"""Seconds without a move after which the cursor rests; a held key repeats faster."""
_SAVE_TIMEOUT = 1.0
"""Seconds that saving may take after a crash: another process may lock the file."""
_CLOSE_TIMEOUT = 1.0
"""Seconds that closing the connections may take."""


class MainScreen(MainScreenBase):
    """The job table, the detail pane and the cost footer."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012 - as in Screen
    VERTICAL_BREAKPOINTS = [(0, "-low"), (14, "-short"), (18, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)

    def __init__(
        self, dependencies: AppDependencies, desktop: Desktop, preferences: Preferences
    ) -> None:
        super().__init__(dependencies, desktop, preferences)
        show_cursor = partial(self.refresher.refresh, Refresh.CURSOR)
        self._cursor_debouncer = Debouncer(self, show_cursor, _CURSOR_REST)

    def compose(self) -> ComposeResult:
        """Lay out table and detail, the line of the filter, the totals and the keys."""
        # Textual sets these classes only after the first frame, and then draws all of it again.
        sizes = zip(
            self.app.size, (self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS), strict=True
        )
        for size, breakpoints in sizes:
            _, class_name = max(each for each in breakpoints if each[0] <= size)
            self.add_class(class_name, update=False)
        yield Banner(id="banner")
        yield ViewTabs(id="views")
        with Container(id="body"):
            yield self.table
            yield JobDetail(self._dependencies.open_clip, id="detail")
        filter_by, next_unread, clear = (
            displayed_key(binding_id, self._dependencies.keys)
            for binding_id in ("filter_by", "next_unread", "clear")
        )
        hints = (f"{filter_by} u list", f"{next_unread} next", f"{clear} clear")
        yield AwayLine(hints, id="away")
        yield FilterLine(self.job_list.filter.suggestions, id="filter-line")
        yield CostFooter(id="costs")
        yield KeyHints()

    def on_mount(self) -> None:
        """Show the jobs of the file, then start to poll."""
        self.refresher.start()
        self.table.focus()
        self.view_selection.restore(self._preferences.filter)
        self._show_jobs()
        self.downloads.warn_about_expiry()
        self.watch(self.app, "app_focus", self.refresher.tick, init=False)
        # They have threads, which would delay the first frame.
        self.call_after_refresh(start_worker, self, self.session.run_sync)
        self.call_after_refresh(self._polling.start)
        self.call_after_refresh(start_worker, self, self.downloads.queue.run)
        if self._dependencies.advice:
            self.notify(self._dependencies.advice, severity="warning", timeout=20, markup=False)
        self._notifier.apply_config()
        if self.first_run.due:
            self.first_run.ask()

    async def shut_down(self) -> None:
        """Save and stop the downloads; why saving failed is in the session's `problem`."""
        await self.session.save()
        await self.downloads.queue.stop()
        if self._store.dirty:
            await self.session.save()

    async def on_unmount(self) -> None:
        """Save what a crash left unsaved, and close the connections to the gateways."""
        if self._store.dirty:
            await asyncio.wait([asyncio.create_task(self.session.save())], timeout=_SAVE_TIMEOUT)
        for worker in self.workers:
            worker.cancel()
            with suppress(WorkerCancelled, TimeoutError):
                async with asyncio.timeout(_CLOSE_TIMEOUT):
                    await worker.wait()

    def on_job_updated(self, event: JobUpdated) -> None:
        """Show the job that a poll changed."""
        self._job_changes.show_poll(event.before, event.job)

    def on_job_highlighted(self) -> None:
        """Show the detail of the row under the cursor: in the table, once the cursor rests.

        The detail is twice as many bytes as the rows whose colour changes.
        """
        if self.has_class(ENLARGED):
            self.refresher.refresh(Refresh.CURSOR)
        else:
            self._cursor_debouncer.trigger()
        self.refresh_bindings()

    def on_viewport_changed(self) -> None:
        """Tick as the rows now in view need it."""
        self.refresher.invalidate(Refresh.NEXT_TICK)

    def on_screen_resume(self) -> None:
        """Note what comes into view when the screen above this one is closed."""
        self.refresher.invalidate(Refresh.NEXT_TICK)

    def on_clip_probed(self) -> None:
        """Show the properties of a video file in the detail."""
        self.refresher.refresh(Refresh.DETAIL)

    def on_job_opened(self) -> None:
        """Enlarge the detail after a double click."""
        self.view_actions.detail()

    def on_link_clicked(self, event: LinkClicked) -> None:
        """Open the URL that was clicked in the detail."""
        self.result_actions.open_url(event.url)

    def on_sort_requested(self, event: SortRequested) -> None:
        """Sort by the column whose heading was clicked."""
        self.view_actions.sort_by(event.sort_id)

    def on_view_clicked(self, event: ViewClicked) -> None:
        """Select the view whose tab was clicked."""
        self.view_selection.show(event.view)

    @on(Input.Changed, "#filter")
    def on_filter_changed(self, event: Input.Changed) -> None:
        """Filter with each character that is typed."""
        self.filter_editor.apply(event.value)

    @on(Input.Submitted, "#filter")
    def on_filter_submitted(self) -> None:
        """Return to the table."""
        self.filter_editor.leave()

    def on_paste(self, event: events.Paste) -> None:
        """Ask for jobs to track, with what was pasted onto the table."""
        event.stop()
        self.job_actions.add(event.text)

    def on_key(self, event: events.Key) -> None:
        """Note that the user is here, before the key acts.

        A key for other jobs says nothing about the one under the cursor.
        """
        job_ids = self.table.rows.jobs_in(self.table.cursor_id)
        if not (self.unseen.unread.isdisjoint(job_ids) or self._is_for_other_jobs(event.key)):
            self.unseen.see(job_ids)
            self.refresher.invalidate(Refresh.SUMMARY)

    def _is_for_other_jobs(self, key: str) -> bool:
        """Whether a key is not for the job under the cursor, or is typed into the filter."""
        active = self.active_bindings.get(key)
        for_others = active is not None and active.binding.id in OTHER_JOBS_IDS
        return for_others or isinstance(self.focused, Input)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action can do anything now; None to show its key greyed out."""
        if not self.is_mounted:
            return True
        match action:
            case "pause":
                return not self.session.paused
            case "resume":
                return self.session.paused
        return super().check_action(action, parameters)

    def action_costs(self) -> None:
        """Show charts of the costs; then filter the table by what the user chose there."""
        from kling_tui.tui.screens.costs import CostScreen

        def apply(filter_text: str | None) -> None:
            if filter_text is not None:
                self.view_selection.show_filter(filter_text)

        screen = CostScreen(
            self.job_list.breakdown,
            self._budget.uses,
            self._dependencies.now,
            self.refresher.totals_shown,
        )
        self.app.push_screen(screen, apply)

    def action_pause(self) -> None:
        """Pause all polling, or resume it."""
        self.session.pause(paused=not self.session.paused)
        self.refresher.refresh(Refresh.SUMMARY | Refresh.DETAIL)
        self.refresh_bindings()

    action_resume = action_pause

    def action_timeline(self) -> None:
        """Show when the jobs waited and ran; then open the job that the user chose there."""
        from kling_tui.tui.screens.timeline import TimelineScreen

        screen = TimelineScreen(
            self._dependencies,
            self.job_list,
            self.session.incidents,
            self.selection.names,
            self.refresher.jobs_changed,
            self.selection.job,
        )
        self.app.push_screen(screen, self.view_actions.open_job)

    def action_wall(self) -> None:
        """Show the downloaded results as a wall of clips, and then the job that was opened."""
        from kling_tui.tui.screens.wall import WallScreen

        wall = WallScreen(
            self._dependencies,
            self._desktop,
            job_list=self.job_list,
            selection=self.selection,
            refresher=self.refresher,
            unseen=self.unseen,
            job_actions=self.job_actions,
            result_actions=self.result_actions,
            view_actions=self.view_actions,
            view_selection=self.view_selection,
            filter_editor=self.filter_editor,
        )
        self.app.push_screen(wall, self.view_actions.open_job)

    def action_notifications(self) -> None:
        """Ask through which channels to notify when a job ends."""
        from kling_tui.tui.screens.notifications import NotificationScreen, channel_labels

        def apply(channels: frozenset[Channel] | None) -> None:
            if channels is not None:
                self._notifier.use(channels)
                self.refresher.refresh(Refresh.SUMMARY)

        dependencies = self._dependencies
        labels = channel_labels(
            self._desktop,
            command=dependencies.notify_command is not None,
            push=dependencies.push is not None,
        )
        self.app.push_screen(NotificationScreen(labels, self._notifier.channels), apply)
