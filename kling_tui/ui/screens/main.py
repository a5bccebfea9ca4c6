"""The screen that is open all day: owns what a person chose to see, and runs the poller."""

import asyncio
from contextlib import suppress
from datetime import date
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Input, Label, Static
from textual.worker import WorkerCancelled

from kling_tui.costs import Ledger
from kling_tui.jobs import Job, Status, Usual
from kling_tui.pace import Condition, Health
from kling_tui.poller import Polled
from kling_tui.session import Session
from kling_tui.ui import facts, text
from kling_tui.ui.announcer import Announcer
from kling_tui.ui.arrange import ORDERS, Arrangement, Order, order_by_id
from kling_tui.ui.collector import Collector
from kling_tui.ui.columns import Scene
from kling_tui.ui.messages import JobHighlighted, JobOpened, JobPolled, JobsInView, OrderChosen
from kling_tui.ui.screens.add import AddScreen
from kling_tui.ui.screens.label import LabelScreen
from kling_tui.ui.screens.reply import ReplyScreen
from kling_tui.ui.ticker import Ticker
from kling_tui.ui.widgets.cost_footer import CostFooter, Tally
from kling_tui.ui.widgets.cost_footer import changes_in as footer_changes_in
from kling_tui.ui.widgets.job_detail import JobDetail
from kling_tui.ui.widgets.job_table import JobTable
from kling_tui.ui.wiring import Wiring

_EMPTY = """No jobs are tracked yet.
Press a to add some by their ids, or from a shell:  kling-tui add ID
To see what this looks like with jobs in it:  kling-tui demo"""
_NO_MATCH = "No job matches the filter; escape clears it."
_READING = "Reading the job file…"
_FILTER_HINT = "words in id, label, status, kind, prompt, problem"
_NEEDS_JOB = {"remove", "refresh", "label", "detail"}
_HANG_UP = 1.0
"""Seconds that closing the connections may take."""


class MainScreen(Screen[None]):
    """The job table, the detail pane and the cost footer."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012 - as in Screen
    VERTICAL_BREAKPOINTS = [(0, "-low"), (14, "-short"), (18, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "app.help", "Keys", id="help", tooltip="All keys"),
        Binding("q", "app.quit", "Quit", id="quit", tooltip="Save and leave"),
        Binding("a", "add", "Add", id="add", tooltip="Track jobs by their ids"),
        Binding("enter", "detail", "Detail", id="detail", tooltip="All of this job, or the table"),
        Binding("slash", "filter", "Filter", id="filter", tooltip="Show only some jobs"),
        Binding("escape", "clear", "Back", id="clear", tooltip="Back to the table; all of it"),
        Binding("y", "copy", "Copy", id="copy", tooltip="Copy the URL of the result"),
        Binding("d", "download", "Download", id="download",
                tooltip="Download this job's result, or stop that"),
        Binding("D", "download_all", "All", id="download_all", show=False,
                tooltip="Download all results that are not here yet, or stop that"),
        Binding("r", "refresh", "Refresh", id="refresh", tooltip="Ask about this job now"),
        Binding("R", "refresh_all", "All", id="refresh_all", show=False,
                tooltip="Ask about all jobs that have not ended now"),
        Binding("space", "pause", "Pause", id="pause", tooltip="Pause or resume all polling"),
        Binding("x", "remove", "Remove", id="remove", tooltip="Stop tracking this job"),
        Binding("u", "undo", "Undo", id="undo", tooltip="Track again what was removed last"),
        Binding("e", "label", "Label", id="label", tooltip="Edit this job's label"),
        Binding("s", "order", "Sort", id="sort", tooltip="Sort by something else"),
        Binding("S", "backwards", "Reverse", id="reverse", show=False, tooltip="Reverse the order"),
        Binding("i", "reply", "Reply", id="reply", show=False,
                tooltip="The gateway's last reply about this job"),
    ]  # fmt: skip

    def __init__(self, wiring: Wiring, order_id: str, *, backwards: bool) -> None:
        super().__init__()
        self._wiring = wiring
        self._store = wiring.store
        self.session = Session(
            wiring.store,
            prices=wiring.prices,
            now=wiring.now,
            heard=self._heard,
            changed=self._changed_elsewhere,
        )
        self._order: Order = order_by_id(order_id)
        self._backwards = backwards
        self._wanted = ""
        self._usual = Usual()
        self._arrangement = Arrangement((), self._order, wiring.now())
        self._ledger = Ledger((), date.min)
        self._banner = ""
        self._around_due = False
        self._announcer = Announcer(self.notify, self._ring, self.set_timer)
        self.collector = Collector(
            wiring.store,
            self.session,
            wiring.fetching,
            notify=self.notify,
            show=self._show_job,
            changed=self._rearrange,
        )

    def compose(self) -> ComposeResult:
        """Table and detail, the filter where there is one, the totals, the keys."""
        yield Static(id="banner")
        with Container(id="body"):
            yield JobTable(_EMPTY, id="jobs")
            yield JobDetail(id="detail")
        with Horizontal(id="filter-line"):
            yield Label("/")
            field = Input(placeholder=_FILTER_HINT, id="filter", compact=True)
            field.cursor_blink = False
            yield field
        yield CostFooter(id="costs")
        yield Footer(show_command_palette=False)

    @property
    def table(self) -> JobTable:
        """The job table."""
        return self.query_one("#jobs", JobTable)

    @property
    def chosen(self) -> tuple[str, bool]:
        """The id of the order, and whether it runs backwards."""
        return self._order.id, self._backwards

    def on_mount(self) -> None:
        """Show what the file holds, then start to ask."""
        self._ticker = Ticker(self, self._tick)
        self.table.focus()
        self._learn()
        self._arrange()
        self.collector.warn()
        self.watch(self.app, "app_focus", self._tick, init=False)
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
        self.post_message(JobPolled(before, polled))

    @on(JobPolled)
    def _show_poll(self, event: JobPolled) -> None:
        before, job = event.before, event.polled.job
        if job.ended and not before.ended:
            self._usual.learn(job)
            self.collector.ended(job)
            if before.history:
                self._announcer.ended(job)
        self._show_job(job)

    def _show_job(self, job: Job) -> None:
        """Show a job that changed, in its place."""
        self._ledger.put(job)
        if self._arrangement.move(job):
            self._show_order()
        else:
            self.table.update(job, self._scene())
        self._show_around_soon()

    def _ring(self) -> None:
        if self._wiring.bell:
            self.app.bell()

    def _changed_elsewhere(self) -> None:
        """Take over what other processes changed, and what could not be saved."""
        self.collector.warn()
        self._rearrange()

    def _rearrange(self) -> None:
        """Show the jobs anew after some have come, gone or ended."""
        self._learn()
        self._arrange()

    def _learn(self) -> None:
        self._usual = Usual(self._store.jobs.values())
        self._add_up()

    def _add_up(self) -> None:
        self._ledger = Ledger(self._store.jobs.values(), self._today)

    @property
    def _today(self) -> date:
        return self._wiring.now().astimezone().date()

    def _scene(self) -> Scene:
        fetcher = self.collector.fetcher
        now, usual = self._wiring.now(), self._usual.seconds
        return Scene(now, usual, fetcher.under_way, fetcher.problems)

    def _arrange(self) -> None:
        """Show the jobs anew, in their order."""
        jobs, now = self._store.jobs.values(), self._wiring.now()
        self._arrangement = Arrangement(
            jobs, self._order, now, self._wanted, backwards=self._backwards
        )
        self._show_order()
        self._show_around()

    def _show_order(self) -> None:
        jobs = self._store.jobs
        empty = _READING if self._store.unread else _NO_MATCH if jobs else _EMPTY
        self.table.show(jobs, self._arrangement.ids, self._scene(), self.chosen, empty)
        title = f"{text.count(len(jobs), 'job')}, {self._order.words}"
        self.table.border_title = title + (", reversed" if self._backwards else "")
        self.table.border_subtitle = self._wiring.place

    def _show_around_soon(self) -> None:
        """Show the totals once for all polls that have been answered by now."""
        if not self._around_due:
            self._around_due = True
            self.call_later(self._show_around)

    def _show_around(self) -> None:
        """Show the totals and the detail of the job under the cursor, after jobs changed."""
        self._around_due = False
        self._show_time()
        counts = self._ledger.totals.counts
        running = len(self._store.jobs) - counts[Status.SUCCEEDED] - counts[Status.FAILED]
        self.app.sub_title = f"{running} running · {counts[Status.FAILED]} failed"

    def _show_time(self) -> None:
        """Show what changes by the passing of time alone, and be back when it does."""
        if self._ledger.totals.day != self._today:
            self._add_up()
        tally = Tally(
            self.session.conditions or {"": Condition()},
            hidden=len(self._store.jobs) - len(self._arrangement),
            paused=self.session.paused,
            elsewhere=self.session.polling and not self.session.asks,
        )
        self._show_banner()
        self.query_one(CostFooter).show(self._ledger.totals, tally, self._wiring.now())
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
                facts.changes_in(self.job, self._scene()),
            )
        self._ticker.set(changes)

    def _show_banner(self) -> None:
        """Show what only a person can mend, for as long as it is so."""
        refusals = (
            f"{kind}: {condition.words.rstrip('.')}. r asks again."
            for kind, condition in self.session.conditions.items()
            if condition.health is Health.REFUSES
        )
        unsaved = f"Not saved: {self.session.problem}" if self.session.problem else ""
        words = "\n".join(filter(None, (unsaved, *refusals)))
        if words != self._banner:
            self._banner = words
            banner = self.query_one("#banner", Static)
            banner.display = bool(words)
            banner.update(Content(words))

    def _show_detail(self) -> None:
        job = self.job
        next_at = self.session.next_at.get(job.id) if job else None
        self.query_one("#detail", JobDetail).show(job, self._scene(), next_at)

    @property
    def job(self) -> Job | None:
        """The job under the cursor."""
        return self._store.jobs.get(self.table.cursor_id or "")

    def _tick(self) -> None:
        self.table.tick(self._scene())
        self._show_time()

    @on(JobHighlighted)
    def _follow_cursor(self) -> None:
        self._show_detail()
        self._set_ticker()
        self.refresh_bindings()

    @on(JobOpened)
    def action_detail(self) -> None:
        """Give the detail pane the whole screen, or the table its place back."""
        self.set_class(self.job is not None and not self.has_class("-enlarged"), "-enlarged")
        self.query_one("#detail" if self.has_class("-enlarged") else "#jobs").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Grey out what cannot be done now."""
        if not self.is_mounted:
            return True
        job = self.job
        if action == "undo":
            return self.session.can_undo
        if action == "clear":
            return self.has_class("-enlarged") or self.has_class("-filtering")
        if action == "copy":
            return bool(job and job.videos) or None
        if action == "download":
            return bool(job and job.videos) or None
        if action == "reply":
            return bool(job and job.reply) or None
        if action in _NEEDS_JOB:
            return job is not None or None
        return True

    @work
    async def action_add(self) -> None:
        """Ask for jobs to track."""
        answer = await self.app.push_screen_wait(AddScreen(self._store.jobs.keys()))
        if answer:
            jobs = self.session.track(*answer)
            self._rearrange()
            self.table.move_to_job(jobs[0].id)
            self.notify(f"{text.count(len(jobs), 'job')} tracked", markup=False)

    def action_remove(self) -> None:
        """Stop tracking the job under the cursor."""
        if job := self.job:
            self.session.remove(job)
            self.collector.fetcher.cancel(job.id)
            self._rearrange()
            self.refresh_bindings()
            self.notify("Removed; u brings it back", title=job.name, markup=False)

    def action_undo(self) -> None:
        """Track again what was removed last."""
        if job := self.session.undo():
            self._rearrange()
            self.table.move_to_job(job.id)
            self.refresh_bindings()

    @property
    def acted_on(self) -> list[Job]:
        """The jobs that a key which acts on several would act on."""
        return [self.job] if self.job else []

    async def action_download(self) -> None:
        """Fetch the results of the chosen jobs, or stop that."""
        await self.collector.toggle(self.acted_on)

    async def action_download_all(self) -> None:
        """Fetch all results that are not here yet, or stop that."""
        await self.collector.toggle(list(self._store.jobs.values()))

    def action_refresh(self) -> None:
        """Ask about the job under the cursor now."""
        if job := self.job:
            self._ask_now([job])

    def action_refresh_all(self) -> None:
        """Ask about all live jobs now."""
        self._ask_now([job for job in self._store.jobs.values() if not job.ended])

    def _ask_now(self, jobs: list[Job]) -> None:
        if until := self.session.refresh(jobs):
            at = text.time_of_day(until)
            self.notify(f"Rate limited until {at}; polled then.", markup=False)

    def action_pause(self) -> None:
        """Pause all polling, or let it go on."""
        self.session.pause(paused=not self.session.paused)
        self._show_time()

    def action_order(self) -> None:
        """Sort by the next order."""
        index = ORDERS.index(self._order)
        self._order = ORDERS[(index + 1) % len(ORDERS)]
        self._arrange()

    def action_backwards(self) -> None:
        """Reverse the order."""
        self._backwards = not self._backwards
        self._arrange()

    @on(OrderChosen)
    def _choose_order(self, event: OrderChosen) -> None:
        if event.order_id == self._order.id:
            self._backwards = not self._backwards
        else:
            self._order, self._backwards = order_by_id(event.order_id), False
        self._arrange()

    def action_copy(self) -> None:
        """Send the result's URL to the terminal, which never says whether it took it."""
        if self.job and self.job.videos:
            url = self.job.videos[0].url
            self.app.copy_to_clipboard(url)
            self.notify(url, title="Sent to the terminal's clipboard", markup=False)

    @work
    async def action_label(self) -> None:
        """Ask for another label."""
        if self.job is None:
            return
        job_id = self.job.id
        label = await self.app.push_screen_wait(LabelScreen(self.job))
        job = self._store.jobs.get(job_id)
        if label is not None and job is not None:
            self.session.relabel(job, label)
            self._arrange()

    def action_reply(self) -> None:
        """Show the gateway's last reply."""
        if self.job and self.job.reply:
            self.app.push_screen(ReplyScreen(self.job))

    def action_filter(self) -> None:
        """Ask for the words of the filter."""
        self.remove_class("-enlarged")
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()

    @on(Input.Changed, "#filter")
    def _filter(self, event: Input.Changed) -> None:
        self._wanted = event.value
        self._arrange()
        self.refresh_bindings()

    @on(Input.Submitted, "#filter")
    def _leave_filter(self) -> None:
        self.set_class(bool(self._wanted), "-filtering")
        self.table.focus()

    def action_clear(self) -> None:
        """Return from the detail to the table, or else clear the filter."""
        if not self.has_class("-enlarged"):
            self.query_one("#filter", Input).value = ""
            self.remove_class("-filtering")
        self.remove_class("-enlarged")
        self.table.focus()
