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
from kling_tui.formatting.columns import Scene
from kling_tui.jobs import Job, Source, Status
from kling_tui.polling.poller import Polled
from kling_tui.polling.rate_limiter import Condition
from kling_tui.polling.session import Session
from kling_tui.tui.debounce import Lull
from kling_tui.tui.dependencies import Wiring
from kling_tui.tui.desktop import Outside
from kling_tui.tui.download_controller import Collector
from kling_tui.tui.job_list import Overview
from kling_tui.tui.messages import (
    ClipRead,
    JobHighlighted,
    JobOpened,
    JobsInView,
    NewsHeard,
    OrderChosen,
)
from kling_tui.tui.notifier import Announcer, Way
from kling_tui.tui.screens.bindings import KEYS
from kling_tui.tui.screens.job_actions import JobsScreen
from kling_tui.tui.ticker import Ticker
from kling_tui.tui.widgets.banner import Banner
from kling_tui.tui.widgets.cost_footer import CostFooter, Tally
from kling_tui.tui.widgets.cost_footer import changes_in as footer_changes_in
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


class MainScreen(JobsScreen):
    """The job table, the detail pane and the cost footer."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012 - as in Screen
    VERTICAL_BREAKPOINTS = [(0, "-low"), (14, "-short"), (18, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)

    def __init__(self, wiring: Wiring, outside: Outside, order_id: str, *, backwards: bool) -> None:
        super().__init__(wiring, outside)
        self.session = Session(
            wiring.store,
            endpoints=wiring.endpoints,
            now=wiring.now,
            heard=self._heard,
            changed=self._changed_elsewhere,
        )
        self._overview = Overview(wiring.store.jobs, wiring.now, order_id, backwards=backwards)
        self._around_due = self._moved = False
        self.collector = Collector(
            wiring.store,
            self.session,
            wiring.fetching,
            outside=outside,
            show=self._show_job,
            changed=self._rearrange,
        )
        self._announcer = Announcer(outside, self.set_timer)
        switches = {
            Way.BELL: wiring.bell,
            Way.DESKTOP: wiring.desktop,
            Way.TOAST: wiring.toast,
            Way.COMMAND: wiring.on_end is not None,
        }
        self._announcer.ways = frozenset(way for way, on in switches.items() if on)

    def compose(self) -> ComposeResult:
        """Table and detail, the filter where there is one, the totals, the keys."""
        yield Banner(id="banner")
        with Container(id="body"):
            yield JobTable(_EMPTY, self._marks, id="jobs")
            yield JobDetail(self._wiring.open_clip, id="detail")
        with Horizontal(id="filter-line"):
            yield Label("/")
            field = Input(placeholder=_FILTER_HINT, id="filter", compact=True)
            field.cursor_blink = False
            yield field
        yield CostFooter(id="costs")
        yield KeyHints()

    @property
    def chosen(self) -> tuple[str, bool]:
        """The id of the order, and whether it runs backwards."""
        return self._overview.order

    def on_mount(self) -> None:
        """Show what the file holds, then start to ask."""
        self._ticker = Ticker(self, self.tick)
        self._cursor_rests = Lull(self, self._show_detail, _RESTS_AFTER)
        self.table.focus()
        self._rearrange()
        self.collector.warn()
        self.watch(self.app, "app_focus", self.tick, init=False)
        self._keep()
        self.call_after_refresh(self._poll)
        if self._wiring.advice:
            self.notify(self._wiring.advice, severity="warning", timeout=20, markup=False)
        self._fetch()

    async def leave(self) -> None:
        """Save and stop the downloads; what could not be saved is in the session's `problem`."""
        await self.session.save()
        await self.collector.fetcher.stop()
        if not self._store.saved:
            await self.session.save()

    async def on_unmount(self) -> None:
        """Hang up on the gateway."""
        for worker in self.workers:
            worker.cancel()
            with suppress(WorkerCancelled, TimeoutError):
                async with asyncio.timeout(_HANG_UP):
                    await worker.wait()

    @work
    async def _keep(self) -> None:
        await self.session.keep()

    @work
    async def _poll(self) -> None:
        wiring = self._wiring
        await self.session.poll(wiring.connect, wiring.cadence, wiring.concurrency, wiring.random)

    @work
    async def _fetch(self) -> None:
        await self.collector.fetcher.run()

    def _heard(self, before: Job, polled: Polled) -> None:
        # That a job that runs is as it was shows with the next tick: so one frame is for all.
        if polled.job.ended or polled.job.tells_news(before):
            self.post_message(NewsHeard(before, polled.job))

    @on(NewsHeard)
    def _show_news(self, event: NewsHeard) -> None:
        before, job = event.before, event.job
        if job.id not in self._store.jobs:
            return  # removed while this was on its way
        if job.ended and not before.ended:
            self._overview.usual.learn(job)
            self.collector.ended(job)
            if before.history:
                self._announcer.ended(job)
        self._show_job(job)

    def _show_job(self, job: Job) -> None:
        """Show a job that changed, in its place."""
        if self._overview.put(job):
            self._moved = True
        else:
            self.table.update(job, self._scene())
        self._show_around_soon()

    def _changed_elsewhere(self) -> None:
        """Take over what other processes changed, and what could not be saved."""
        self.collector.warn()
        self._show_anew()  # at once, for the table may still show what is gone
        self._catch_up()

    @work(exclusive=True, group="catch up")
    async def _catch_up(self) -> None:
        """Learn from the jobs, however many, without letting a key wait."""
        for _ in self._overview.learn():
            await asyncio.sleep(0)
        self.table.tick(self._scene())
        self._show_around()

    def _rearrange(self) -> None:
        """Show the jobs anew after some have come, gone or ended."""
        for _ in self._overview.learn():
            pass
        self._show_anew()

    def _show_anew(self) -> None:
        self._marks.keep(self._store.jobs.keys())
        self._overview.arrange()
        self._show_arranged()
        self.refresh_bindings()

    def _scene(self) -> Scene:
        fetcher = self.collector.fetcher
        return Scene(
            self._wiring.now(),
            self._overview.usual.seconds,
            fetcher.under_way,
            fetcher.problems,
            self._wiring.endpoints,
            self._wiring.profiles,
        )

    def _show_arranged(self) -> None:
        """Show which jobs there are now, in their order."""
        self._show_order()
        self._show_around()

    def _show_order(self) -> None:
        self._moved = False
        jobs = self._store.jobs
        empty = _READING if self._store.unread else _NO_MATCH if jobs else _EMPTY
        self.table.show(jobs, self._overview.ids, self._scene(), self.chosen, empty)
        self.table.border_title = self._overview.title
        self.table.border_subtitle = self._wiring.place

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
        counts = self._overview.totals.counts
        running = len(self._store.jobs) - counts[Status.SUCCEEDED] - counts[Status.FAILED]
        self.app.sub_title = f"{running} running · {counts[Status.FAILED]} failed"

    def _show_time(self) -> None:
        """Show what changes by the passing of time alone, and be back when it does."""
        marks = set(self._marks)
        tally = Tally(
            self.session.conditions or {Source(""): Condition()},
            hidden=self._overview.hidden,
            paused=self.session.paused,
            elsewhere=self.session.polling and not self.session.asks,
            marked=len(marks),
            marked_hidden=len(marks.difference(self.table.order)) if marks else 0,
            told_by=self._announcer.words,
        )
        self.query_one(Banner).show(self.session.problem, self.session.conditions)
        self.query_one(CostFooter).show(self._overview.totals, tally, self._wiring.now())
        self._show_detail()
        self._set_ticker()

    @on(JobsInView)
    def _set_ticker(self) -> None:
        """Tick where that changes a word, and while anybody looks."""
        changes: tuple[float | None, ...] = ()
        if self.app.app_focus:
            changes = (
                self.table.changes_in,
                footer_changes_in(self.session.conditions),
                details.changes_in(self.job, self._scene()),
            )
        self._ticker.set(changes)

    @on(ClipRead)
    def _show_detail(self) -> None:
        job = self.job
        polled = job is not None and not self.session.paused
        next_at = self.session.next_at.get(job.id) if job and polled else None
        self.query_one("#detail", JobDetail).show(job, self._scene(), next_at)

    def tick(self) -> None:
        """Show what the passing of time has changed, and polls without news."""
        self.table.tick(self._scene())
        self._show_time()

    @on(JobHighlighted)
    def _follow_cursor(self) -> None:
        if self.has_class("-enlarged"):
            self._show_detail()
        else:
            # All of a job is twice as much to send as the rows that change their colour.
            self._cursor_rests.disturb()
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
        self._overview.sort_by_next()
        self._show_arranged()

    def action_backwards(self) -> None:
        """Reverse the order."""
        self._overview.reverse()
        self._show_arranged()

    @on(OrderChosen)
    def _choose_order(self, event: OrderChosen) -> None:
        self._overview.sort_by(event.order_id)
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
        from kling_tui.tui.screens.notifications import WaysScreen

        ways = {Way.BELL: "bell", Way.TOAST: "toast here"}
        shown = "" if self._outside.shows_notices else ", which this terminal does not show"
        ways[Way.DESKTOP] = f"notification on the desktop{shown}"
        if self._wiring.on_end:
            ways[Way.COMMAND] = "notify.command of the config"
        self.app.push_screen(WaysScreen(ways, self._announcer.ways), self._choose_ways)

    def _choose_ways(self, chosen: frozenset[Way] | None) -> None:
        if chosen is not None:
            self._announcer.ways = chosen
            self._show_time()

    def action_filter(self) -> None:
        """Ask for the words of the filter."""
        self.remove_class("-enlarged")
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()

    @on(Input.Changed, "#filter")
    def _filter(self, event: Input.Changed) -> None:
        self._overview.find(event.value)
        self._show_arranged()
        self.refresh_bindings()

    @on(Input.Submitted, "#filter")
    def _leave_filter(self) -> None:
        self.set_class(bool(self._overview.wanted), "-filtering")
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
