"""The screen that is open all day: owns what a person chose to see, and runs the poller."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widgets import Footer, Input, Label
from textual.worker import WorkerCancelled

from kling_tui.costs import totals
from kling_tui.intake import Found
from kling_tui.jobs import Job, Status, usual_seconds
from kling_tui.keeper import Keeper
from kling_tui.pace import Condition, Pace
from kling_tui.plain import plain
from kling_tui.poller import Polled, Poller
from kling_tui.ui import text
from kling_tui.ui.arrange import ORDERS, Order, arrange, order_by_id
from kling_tui.ui.columns import Scene
from kling_tui.ui.messages import JobHighlighted, JobOpened, JobPolled, OrderChosen
from kling_tui.ui.screens.add import AddScreen
from kling_tui.ui.screens.label import LabelScreen
from kling_tui.ui.screens.reply import ReplyScreen
from kling_tui.ui.widgets.cost_footer import CostFooter, Tally
from kling_tui.ui.widgets.job_detail import JobDetail
from kling_tui.ui.widgets.job_table import JobTable
from kling_tui.ui.wiring import Wiring

_EMPTY = """No jobs are tracked yet.
Press a to add some by their ids, or pipe them in:  kling-tui add ID
To see what this looks like with jobs in it:  kling-tui demo"""
_FILTER_HINT = "words in id, label, status, kind, prompt, problem"
_NEEDS_JOB = {"remove", "refresh", "label", "detail"}
_HANG_UP = 1.0
"""Seconds that closing the connections may take."""
_TOASTS = 3
"""Jobs that may end at once with a toast each; more share one."""


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
        self._order: Order = order_by_id(order_id)
        self._backwards = backwards
        self._wanted = ""
        self._removed: list[list[Job]] = []
        self._usual: dict[str, float] = {}
        self._next_at: dict[str, datetime | None] = {}
        self._paused = False
        self._paces: dict[str, Pace] = {}
        self._poller: Poller | None = None
        self._keeper = Keeper(self._store, self._changed_elsewhere)
        self._ended: list[Job] = []
        self._shown = 0

    def compose(self) -> ComposeResult:
        """Table and detail, the filter where there is one, the totals, the keys."""
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

    @property
    def polling(self) -> bool:
        """Whether the gateway is connected."""
        return self._poller is not None

    @property
    def keeper(self) -> Keeper:
        """Saves the jobs."""
        return self._keeper

    def on_mount(self) -> None:
        """Show what the file holds, then start to ask."""
        self.table.focus()
        self._learn()
        self._arrange()
        self.set_interval(1.0, self._tick)
        self._keep()
        self.call_after_refresh(self._poll)

    async def on_unmount(self) -> None:
        """Hang up on the gateway."""
        for worker in self.workers:
            worker.cancel()
            with suppress(WorkerCancelled, TimeoutError):
                async with asyncio.timeout(_HANG_UP):
                    await worker.wait()

    @work
    async def _keep(self) -> None:
        await self._keeper.run()

    @work
    async def _poll(self) -> None:
        wiring = self._wiring
        async with wiring.connect() as gateways:
            slots = asyncio.Semaphore(wiring.concurrency)
            for kind in gateways:
                self._paces[kind] = Pace(wiring.cadence, slots, wiring.now, wiring.random)
                self._paces[kind].pause(paused=self._paused)
            self._poller = Poller(self._store, gateways, self._paces, self._heard)
            await self._poller.run()

    def _heard(self, before: Job, polled: Polled) -> None:
        self.post_message(JobPolled(before, polled))

    @on(JobPolled)
    def _show_poll(self, event: JobPolled) -> None:
        before, job = event.before, event.polled.job
        self._next_at[job.id] = event.polled.next_at
        if job.tells_news(before):
            self._keeper.save_soon()
        if job.ended and not before.ended:
            self._learn()
            if before.history:
                self._announce(job)
        if self._place(job) != self._place(before):
            self._arrange()
        else:
            self.table.update(job, self._scene())
            self._show_around()

    def _place(self, job: Job) -> object:
        """Return what decides where a job stands, and whether it is shown."""
        return self._order.key(job), job.added_at, arrange([job], self._order, self._wanted) != []

    def _announce(self, job: Job) -> None:
        """Tell of a job's end, together with others that end at the same moment."""
        if not self._ended:
            self.set_timer(0.2, self._tell)
        self._ended.append(job)

    def _tell(self) -> None:
        ended, self._ended = self._ended, []
        if self._wiring.bell:
            self.app.bell()
        if len(ended) > _TOASTS:
            states = Counter(text.state(job) for job in ended)
            words = ", ".join(f"{count} {state}" for state, count in states.items())
            self.notify(words, title=f"{len(ended)} jobs ended", markup=False)
            return
        for job in ended:
            failed = job.status is Status.FAILED
            words = (job.message or "no reason given") if failed else text.state(job)
            severity: SeverityLevel = "error" if failed else "information"
            self.notify(words, title=job.name, severity=severity, markup=False)

    def _changed_elsewhere(self) -> None:
        """Take over what other processes changed, and what could not be saved."""
        if self._poller:
            self._poller.follow(job for job in self._store.jobs.values() if not job.ended)
        if problem := self._keeper.problem:
            self.notify(problem, title="Not saved", severity="error", markup=False)
        self._learn()
        self._arrange()

    def _learn(self) -> None:
        self._usual = usual_seconds(self._store.jobs.values())

    def _scene(self) -> Scene:
        return Scene(self._wiring.now(), self._usual)

    def _arrange(self) -> None:
        """Show the jobs anew, in their order."""
        jobs = self._store.jobs
        shown = arrange(jobs.values(), self._order, self._wanted, backwards=self._backwards)
        self._shown = len(shown)
        empty = "No job matches the filter; escape clears it." if jobs else _EMPTY
        order = [job.id for job in shown]
        self.table.show(jobs, order, self._scene(), self.chosen, empty)
        title = f"{text.count(len(jobs), 'job')}, {self._order.words}"
        self.table.border_title = title + (", reversed" if self._backwards else "")
        self.table.border_subtitle = self._wiring.place
        self._show_around()

    def _show_around(self) -> None:
        """Show the totals and the detail of the job under the cursor."""
        now = self._wiring.now()
        sums = totals(self._store.jobs.values(), now.astimezone().date())
        conditions = {kind: pace.condition for kind, pace in self._paces.items()}
        tally = Tally(
            conditions or {"": Condition()},
            hidden=len(self._store.jobs) - self._shown,
            paused=self._paused,
            unsaved=self._keeper.problem,
        )
        self.query_one(CostFooter).show(sums, tally, now)
        self._show_detail()
        running = len(self._store.jobs) - sums.counts[Status.SUCCEEDED] - sums.counts[Status.FAILED]
        self.app.sub_title = f"{running} running · {sums.counts[Status.FAILED]} failed"

    def _show_detail(self) -> None:
        job = self.job
        next_at = self._next_at.get(job.id) if job else None
        self.query_one("#detail", JobDetail).show(job, self._scene(), next_at)

    @property
    def job(self) -> Job | None:
        """The job under the cursor."""
        return self._store.jobs.get(self.table.cursor_id or "")

    def _tick(self) -> None:
        self.table.tick(self._scene())
        self._show_around()

    @on(JobHighlighted)
    def _follow_cursor(self) -> None:
        self._show_detail()
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
            return bool(self._removed)
        if action == "clear":
            return self.has_class("-enlarged") or self.has_class("-filtering")
        if action == "copy":
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
            self.track(*answer)

    def track(self, found: list[Found], label: str) -> None:
        """Track new jobs, all with the same label, and put the cursor on the first."""
        now = self._wiring.now()
        jobs = [
            Job(
                id=each.id,
                kind=each.kind or "",
                label=plain(label, 200),
                added_at=now,
                price=self._wiring.prices.get(each.kind or ""),
            )
            for each in found
        ]
        self._bring(jobs)
        self.notify(f"{text.count(len(jobs), 'job')} tracked", markup=False)

    def _bring(self, jobs: list[Job]) -> None:
        self._store.put(*jobs)
        self._keeper.save_soon()
        if self._poller:
            self._poller.follow(job for job in jobs if not job.ended)
        self._learn()
        self._arrange()
        self.table.move_to_job(jobs[0].id)

    def action_remove(self) -> None:
        """Stop tracking the job under the cursor."""
        if self.job is None:
            return
        removed = self._store.remove(self.job.id)
        self._removed.append(removed)
        if self._poller:
            self._poller.forget(removed[0].id)
        self._keeper.save_soon()
        self._learn()
        self._arrange()
        self.refresh_bindings()
        self.notify("Removed; u brings it back", title=removed[0].name, markup=False)

    def action_undo(self) -> None:
        """Track again what was removed last."""
        if self._removed:
            self._bring(self._removed.pop())
            self.refresh_bindings()

    def action_refresh(self) -> None:
        """Ask about the job under the cursor now."""
        if self.job and self._poller:
            self._ask_now([self.job])

    def action_refresh_all(self) -> None:
        """Ask about all live jobs now."""
        self._ask_now([job for job in self._store.jobs.values() if not job.ended])

    def _ask_now(self, jobs: list[Job]) -> None:
        for job in jobs:
            if self._poller:
                self._poller.refresh(job)
        slowed = [pace.condition for pace in self._paces.values() if pace.at_peace]
        if slowed and slowed[0].until:
            until = text.time_of_day(slowed[0].until)
            self.notify(f"The gateway asked for peace until {until}; asking then.", markup=False)

    def action_pause(self) -> None:
        """Pause all polling, or let it go on."""
        self._paused = not self._paused
        for pace in self._paces.values():
            pace.pause(paused=self._paused)
        self._show_around()

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
            self._store.put(replace(job, label=plain(label, 200)))
            self._keeper.save_soon()
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
