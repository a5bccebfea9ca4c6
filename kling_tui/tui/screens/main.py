"""The screen that is open all day: owns what a person chose to see, and runs the poller."""

import asyncio
from contextlib import suppress
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.widgets import Input, Label
from textual.worker import WorkerCancelled

from kling_tui.formatting import details
from kling_tui.formatting.columns import RenderContext
from kling_tui.jobs import Job, Source, Status
from kling_tui.polling.endpoint_status import EndpointStatus
from kling_tui.polling.poller import PollResult
from kling_tui.polling.session import Session
from kling_tui.tui.debounce import Debouncer
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.download_controller import DownloadController
from kling_tui.tui.job_list import JobList
from kling_tui.tui.messages import (
    ClipProbed,
    JobHighlighted,
    JobOpened,
    JobUpdated,
    SortRequested,
    ViewportChanged,
)
from kling_tui.tui.notifier import Channel, Notifier
from kling_tui.tui.screens.bindings import KEYS
from kling_tui.tui.screens.job_actions import JobActionsScreen
from kling_tui.tui.ticker import Ticker
from kling_tui.tui.widgets.banner import Banner
from kling_tui.tui.widgets.cost_footer import CostFooter, FooterState
from kling_tui.tui.widgets.cost_footer import seconds_until_change as footer_changes_in
from kling_tui.tui.widgets.job_detail import JobDetail
from kling_tui.tui.widgets.job_table import JobTable
from kling_tui.tui.widgets.key_hints import KeyHints

_EMPTY = """No jobs are tracked yet.
Press a to add some by their ids, or from a shell:  kling-tui add ID
To see what this looks like with jobs in it:  kling-tui demo"""
_NO_MATCH = "No job matches the filter; escape clears it."
_READING = "Reading the job file…"
_FILTER_HINT = "words in id, label, status, kind, profile, prompt, problem"
_NEEDS_JOB = {
    "remove", "refresh", "label", "detail", "copy_id", "mark", "mark_to", "mark_all", "go_to_next",
}  # fmt: skip
_RESTS_AFTER = 0.12
"""Seconds without a move after which the cursor rests; keys that are held repeat faster."""
_HANG_UP = 1.0
"""Seconds that closing the connections may take."""


class MainScreen(JobActionsScreen):
    """The job table, the detail pane and the cost footer."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012 - as in Screen
    VERTICAL_BREAKPOINTS = [(0, "-low"), (14, "-short"), (18, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)

    def __init__(
        self, dependencies: AppDependencies, outside: Desktop, order_id: str, *, backwards: bool
    ) -> None:
        super().__init__(dependencies, outside)
        self.session = Session(
            dependencies.store,
            endpoints=dependencies.endpoints,
            now=dependencies.now,
            on_poll=self._on_poll,
            on_external_change=self._on_external_change,
            before_load=dependencies.before_load,
            after_load=dependencies.after_load,
        )
        self._job_list = JobList(
            dependencies.store.jobs, dependencies.now, order_id, reverse=backwards
        )
        self._around_due = self._moved = False
        self.downloads = DownloadController(
            dependencies.store,
            self.session,
            dependencies.download_options,
            desktop=outside,
            show_job=self._show_job,
            on_files_missing=self._rearrange,
        )
        self._notifier = Notifier(outside, self.set_timer)
        switches = {
            Channel.BELL: dependencies.bell,
            Channel.DESKTOP: dependencies.desktop,
            Channel.TOAST: dependencies.toast,
            Channel.COMMAND: dependencies.notify_command is not None,
        }
        self._notifier.channels = frozenset(way for way, on in switches.items() if on)

    def compose(self) -> ComposeResult:
        """Table and detail, the filter where there is one, the totals, the keys."""
        yield Banner(id="banner")
        with Container(id="body"):
            yield JobTable(_EMPTY, self._marks, id="jobs")
            yield JobDetail(self._dependencies.open_clip, id="detail")
        with Horizontal(id="filter-line"):
            yield Label("/")
            field = Input(placeholder=_FILTER_HINT, id="filter", compact=True)
            field.cursor_blink = False
            yield field
        yield CostFooter(id="costs")
        yield KeyHints()

    @property
    def current_sort(self) -> tuple[str, bool]:
        """The id of the order, and whether it runs backwards."""
        return self._job_list.sort_order

    def on_mount(self) -> None:
        """Show what the file holds, then start to ask."""
        self._ticker = Ticker(self, self.tick)
        self._cursor_rests = Debouncer(self, self._show_detail, _RESTS_AFTER)
        self.table.focus()
        self._rearrange()
        self.downloads.warn_about_expiry()
        self.watch(self.app, "app_focus", self.tick, init=False)
        self._sync_store()
        self.call_after_refresh(self._poll)
        if self._dependencies.advice:
            self.notify(self._dependencies.advice, severity="warning", timeout=20, markup=False)
        self._fetch()

    async def leave(self) -> None:
        """Save and stop the downloads; what could not be saved is in the session's `problem`."""
        await self.session.save()
        await self.downloads.queue.stop()
        if self._store.dirty:
            await self.session.save()

    async def on_unmount(self) -> None:
        """Hang up on the gateway."""
        for worker in self.workers:
            worker.cancel()
            with suppress(WorkerCancelled, TimeoutError):
                async with asyncio.timeout(_HANG_UP):
                    await worker.wait()

    @work
    async def _sync_store(self) -> None:
        await self.session.run_sync()

    @work
    async def _poll(self) -> None:
        dependencies = self._dependencies
        await self.session.poll(
            dependencies.connect,
            dependencies.schedule,
            dependencies.concurrency,
            dependencies.random,
        )

    @work
    async def _fetch(self) -> None:
        await self.downloads.queue.run()

    def _on_poll(self, before: Job, polled: PollResult) -> None:
        # That a job that runs is as it was shows with the next tick: so one frame is for all.
        if polled.job.ended or polled.job.differs_from(before):
            self.post_message(JobUpdated(before, polled.job))

    @on(JobUpdated)
    def _show_news(self, event: JobUpdated) -> None:
        before, job = event.before, event.job
        if job.id not in self._store.jobs:
            return  # removed while this was on its way
        if job.ended and not before.ended:
            self._job_list.typical_durations.add(job)
            self.downloads.job_ended(job)
            if before.history:
                self._notifier.job_ended(job)
        self._show_job(job)

    def _show_job(self, job: Job) -> None:
        """Show a job that changed, in its place."""
        if self._job_list.put(job):
            self._moved = True
        else:
            self.table.update(job, self._render_context())
        self._show_around_soon()

    def _on_external_change(self) -> None:
        """Take over what other processes changed, and what could not be saved."""
        self.downloads.warn_about_expiry()
        self._show_anew()  # at once, for the table may still show what is gone
        self._update_statistics()

    @work(exclusive=True, group="catch up")
    async def _update_statistics(self) -> None:
        """Learn from the jobs, however many, without letting a key wait."""
        for _ in self._job_list.update_statistics():
            await asyncio.sleep(0)
        self.table.tick(self._render_context())
        self._show_around()

    def _rearrange(self) -> None:
        """Show the jobs anew after some have come, gone or ended."""
        for _ in self._job_list.update_statistics():
            pass
        self._show_anew()

    def _show_anew(self) -> None:
        self._marks.keep(self._store.jobs.keys())
        self._job_list.sort()
        self._show_arranged()
        self.refresh_bindings()

    def _render_context(self) -> RenderContext:
        fetcher = self.downloads.queue
        return RenderContext(
            self._dependencies.now(),
            self._job_list.typical_durations.seconds,
            fetcher.in_progress,
            fetcher.errors,
            self._dependencies.endpoints,
            self._dependencies.profiles,
        )

    def _show_arranged(self) -> None:
        """Show which jobs there are now, in their order."""
        self._show_order()
        self._show_around()

    def _show_order(self) -> None:
        self._moved = False
        jobs = self._store.jobs
        empty = _READING if not self._store.loaded else _NO_MATCH if jobs else _EMPTY
        self.table.show(jobs, self._job_list.ids, self._render_context(), self.current_sort, empty)
        self.table.border_title = self._job_list.title
        self.table.border_subtitle = self._dependencies.subtitle

    def _show_around_soon(self) -> None:
        """Show the order and the totals once for all polls that have been answered by now."""
        if not self._around_due:
            self._around_due = True
            self.call_later(self._show_changes)

    def _show_changes(self) -> None:
        if self._moved:
            self._show_order()
        self._show_around()

    def _show_around(self) -> None:
        """Show the totals and the detail of the job under the cursor, after jobs changed."""
        self._around_due = False
        self._show_time()
        counts = self._job_list.totals.counts
        running = len(self._store.jobs) - counts[Status.SUCCEEDED] - counts[Status.FAILED]
        self.app.sub_title = f"{running} running · {counts[Status.FAILED]} failed"

    def _show_time(self) -> None:
        """Show what changes by the passing of time alone, and be back when it does."""
        marks = set(self._marks)
        tally = FooterState(
            self.session.endpoint_statuses or {Source(""): EndpointStatus()},
            hidden=self._job_list.hidden,
            paused=self.session.paused,
            polled_elsewhere=self.session.polled_elsewhere,
            marked=len(marks),
            marked_hidden=len(marks.difference(self.table.order)) if marks else 0,
            notification_summary=self._notifier.summary,
        )
        self.query_one(Banner).show(self.session.problem, self.session.endpoint_statuses)
        self.query_one(CostFooter).show(self._job_list.totals, tally, self._dependencies.now())
        self._show_detail()
        self._set_ticker()

    @on(ViewportChanged)
    def _set_ticker(self) -> None:
        """Tick where that changes a word, and while anybody looks."""
        changes: tuple[float | None, ...] = ()
        if self.app.app_focus:
            changes = (
                self.table.seconds_until_change,
                footer_changes_in(self.session.endpoint_statuses),
                details.seconds_until_change(self.job, self._render_context()),
            )
        self._ticker.schedule(changes)

    @on(ClipProbed)
    def _show_detail(self) -> None:
        job = self.job
        polled = job is not None and not self.session.paused
        next_at = self.session.next_at.get(job.id) if job and polled else None
        self.query_one("#detail", JobDetail).show(job, self._render_context(), next_at)

    def tick(self) -> None:
        """Show what the passing of time has changed, and polls without news."""
        self.table.tick(self._render_context())
        self._show_time()

    @on(JobHighlighted)
    def _follow_cursor(self) -> None:
        if self.has_class("-enlarged"):
            self._show_detail()
        else:
            # All of a job is twice as much to send as the rows that change their colour.
            self._cursor_rests.trigger()
        self._set_ticker()
        self.refresh_bindings()

    @on(JobOpened)
    def action_detail(self) -> None:
        """Give the detail pane the whole screen, or the table its place back."""
        self._show_detail()
        self.set_class(self.job is not None and not self.has_class("-enlarged"), "-enlarged")
        self.query_one("#detail" if self.has_class("-enlarged") else "#jobs").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Grey out what cannot be done now."""
        if not self.is_mounted:
            return True
        if action in _NEEDS_JOB:
            return bool(self.targets) or None
        match action:
            case "undo":
                return self.session.can_undo
            case "clear":
                return bool(self._marks) or any(map(self.has_class, ("-enlarged", "-filtering")))
            case "copy" | "open" | "download":
                return any(job.videos for job in self.targets) or None
            case "play":
                return bool(self.job and self.job.files) or None
            case "reply":
                return bool(self.job and self.job.reply) or None
            case "pause":
                return not self.session.paused
            case "resume":
                return self.session.paused
        return True

    def action_pause(self) -> None:
        """Pause all polling, or let it go on."""
        self.session.pause(paused=not self.session.paused)
        self._show_time()
        self.refresh_bindings()

    action_resume = action_pause

    def action_order(self) -> None:
        """Sort by the next order."""
        self._job_list.sort_by_next()
        self._show_arranged()

    def action_backwards(self) -> None:
        """Reverse the order."""
        self._job_list.reverse()
        self._show_arranged()

    @on(SortRequested)
    def _choose_order(self, event: SortRequested) -> None:
        self._job_list.sort_by(event.sort_id)
        self._show_arranged()

    def _show_marks(self) -> None:
        self.table.refresh()
        self._show_time()
        self.refresh_bindings()

    def action_go_to_next(self, by: int) -> None:
        """Move the cursor, also while the detail hides it."""
        self.table.action_move(by)

    def action_choose_ways(self) -> None:
        """Ask how ends are told."""
        from kling_tui.tui.screens.notifications import NotificationScreen

        ways = {Channel.BELL: "bell", Channel.TOAST: "toast here"}
        shown = (
            "" if self._desktop.supports_notifications else ", which this terminal does not show"
        )
        ways[Channel.DESKTOP] = f"notification on the desktop{shown}"
        if self._dependencies.notify_command:
            ways[Channel.COMMAND] = "notify.command of the config"
        self.app.push_screen(NotificationScreen(ways, self._notifier.channels), self._choose_ways)

    def _choose_ways(self, chosen: frozenset[Channel] | None) -> None:
        if chosen is not None:
            self._notifier.channels = chosen
            self._show_time()

    def action_filter(self) -> None:
        """Ask for the words of the filter."""
        self.remove_class("-enlarged")
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()

    @on(Input.Changed, "#filter")
    def _filter(self, event: Input.Changed) -> None:
        self._job_list.set_filter(event.value)
        self._show_arranged()
        self.refresh_bindings()

    @on(Input.Submitted, "#filter")
    def _leave_filter(self) -> None:
        self.set_class(bool(self._job_list.filter_text), "-filtering")
        self.table.focus()

    def action_clear(self) -> None:
        """Return from the detail to the table, or else clear the marks, or else the filter."""
        field = self.query_one("#filter", Input)
        if self.has_class("-enlarged"):
            self.remove_class("-enlarged")
        elif self._marks and not field.has_focus:
            self._marks.clear()
            self._show_marks()
        else:
            field.value = ""
            self.remove_class("-filtering")
        self.table.focus()
