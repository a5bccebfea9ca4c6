"""The screen that shows when jobs waited and ran, and when their polls failed."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.signal import Signal
from textual.timer import Timer
from textual.widgets import Static

from kling_tui.formatting import text, timeline_cells
from kling_tui.formatting.batches import batch_name
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job
from kling_tui.polling.incidents import IncidentLog
from kling_tui.timeline.phases import Phase
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.job_list import JobList
from kling_tui.tui.row_renderer import Cell
from kling_tui.tui.screens.modal import ModalBase
from kling_tui.tui.timeline_jobs import TimelineJobs
from kling_tui.tui.timeline_lines import PERIODS, TimelineLines
from kling_tui.tui.widgets.key_hints import KeyHints
from kling_tui.tui.widgets.timeline_table import TimelineTable
from kling_tui.tui.workers import start_worker

_MAX_INTERVAL = 60.0
"""Seconds between two updates of live jobs, whose durations are shown in minutes."""
_LEGEND = (
    (timeline_cells.PHASE_CELLS[Phase.QUEUED], "queued"),
    (timeline_cells.PHASE_CELLS[Phase.RUNNING], "running"),
    (timeline_cells.LATE_CELL, "beyond typical"),
    (timeline_cells.FAILED_POLL_CELL, "failed poll"),
    (timeline_cells.OUTAGE_CELL, "outage"),
    (timeline_cells.PHASE_CELLS[Phase.UNSEEN], "not polled"),
)
"""The cells of bars with their meanings, the most important first."""
_CORNERS = 6
"""Cells of a line of the border that a text leaves free."""
_NO_JOBS = "No job of the last {}."


class TimelineScreen(ModalBase[str]):
    """Shows the jobs that the table shows; its result is the id of the job to open, if any."""

    TITLE = "Timeline"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (14, "-tall")]  # noqa: RUF012 - as in Screen
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,T", "dismiss", "Back", id="timeline_back", tooltip="Back to the table"),
        Binding("enter", "open", "Open", id="timeline_open", tooltip="Show this job's detail"),
        Binding("t", "next_period", "Period", id="timeline_period",
                tooltip="Show the last hour, day, week, or quarter of an hour"),
        Binding("question_mark", "app.help", "Keys", tooltip="Show these keys"),
    ]  # fmt: skip

    def __init__(
        self,
        dependencies: AppDependencies,
        job_list: JobList,
        incidents: IncidentLog,
        names: JobNames,
        jobs_changed: Signal[frozenset[str] | None],
        job: Job | None,
    ) -> None:
        """`jobs_changed` is that of `Refresher`; the cursor is on `job` first, if it is shown."""
        super().__init__()
        self._now = dependencies.now
        self._jobs = dependencies.store.jobs
        self._job_list = job_list
        self._incident_log = incidents
        self._jobs_changed = jobs_changed
        self._lines = TimelineLines(TimelineJobs(self._jobs), job_list, names, self._now())
        self._table = TimelineTable(
            self._job_cells,
            self._lines.batch_cell,
            job.id if job else None,
            id="timeline",
        )
        self._explanation = Static(id="timeline-words")
        self._words = Content()
        self._loading = self._outdated = False
        self._known_changes = 0
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the lines, the words about the job under the cursor, and the keys."""
        yield self._table
        yield self._explanation
        yield KeyHints()

    def on_mount(self) -> None:
        """Show the jobs added last at once, and all of them soon."""
        next(self._lines.jobs.sync(self._job_list.ids, self._now()), None)
        self._jobs_changed.subscribe(self, self._on_jobs_changed)
        self.watch(self.app, "app_focus", self._tick, init=False)
        self._load()

    @property
    def loaded(self) -> bool:
        """Whether all jobs and incidents are shown."""
        return not self._loading

    def on_timeline_resized(self) -> None:
        """Show the period in another number of cells."""
        self._show()

    def on_timeline_moved(self) -> None:
        """Describe the job under the cursor."""
        self._show_words()

    def _job_cells(self, job_id: str) -> Sequence[Cell]:
        """Return the cells of a job; blank ones if it was removed a moment ago."""
        job = self._jobs.get(job_id)
        return self._lines.job_cells(job) if job else [()]

    def _on_jobs_changed(self, job_ids: frozenset[str] | None) -> None:
        """Show jobs that changed; None if the filter may show others now."""
        if job_ids is None or self._incident_log.changes != self._known_changes:
            self._load()
            return
        now = self._now()
        for job in filter(None, map(self._jobs.get, job_ids)):
            self._lines.jobs.put(job, now, shown=self._lines.jobs.is_shown(job.id))
        self._table.update(job_ids)
        if self._table.cursor_id in job_ids:
            self._show_words()

    def _load(self) -> None:
        self._outdated = True
        if not self._loading:
            self._loading = True
            start_worker(self, self._take_over)

    async def _take_over(self) -> None:
        """Take over jobs in slices, so that no key waits for thousands of them, and incidents."""
        while self._outdated:
            self._outdated = False
            self._known_changes = self._incident_log.changes
            self._lines.incidents = await self._incident_log.load(self._now())
            for _ in self._lines.jobs.sync(self._job_list.ids, self._now()):
                await asyncio.sleep(0)
            for _ in self._show_in_steps():
                await asyncio.sleep(0)
        self._loading = False

    def _show(self) -> None:
        """Show all lines."""
        for _ in self._show_in_steps():
            pass

    def _show_in_steps(self) -> Iterator[None]:
        """Show all lines, and yield after each step that takes milliseconds with many jobs."""
        if not self.is_attached:
            return  # it was closed in the meantime
        lines = self._lines
        lines.move_to(self._now(), self._table.bar_width)
        grid, head = lines.grid, lines.head
        yield
        ids, period = lines.ids, lines.period.name
        yield
        if grid != lines.grid or not self.is_attached:
            return  # other cells were shown in the meantime, or will be
        self._table.show(head, ids, _NO_JOBS.format(period))
        count = text.count(sum(not batch_name(line) for line in ids), "job")
        hidden = (
            f", {self._job_list.hidden:,} hidden by the filter" if self._job_list.hidden else ""
        )
        self._table.border_title = Content(f"Timeline: last {period}, {count}{hidden}")
        self._table.border_subtitle = _legend(self._table.outer_size.width - _CORNERS)
        self._show_words()
        self._schedule_tick()

    def _tick(self) -> None:
        """Show what depends on the time: all lines if the cells move, else those of live jobs."""
        moved = self._lines.move_to(self._now(), self._table.bar_width)
        if moved or self._incident_log.changes != self._known_changes:
            self._load()
            return
        visible = filter(None, map(self._jobs.get, self._table.visible_jobs))
        self._table.update(job.id for job in visible if not job.ended)
        self._show_words()
        self._schedule_tick()

    def _schedule_tick(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self.app.app_focus:
            seconds = min(self._lines.seconds_until_move, _MAX_INTERVAL)
            self._timer = self.set_timer(seconds, self._tick)

    def _show_words(self) -> None:
        job = self._jobs.get(self._table.cursor_id or "")
        words = Content()
        if job is not None:
            lines = self._lines.words(job)
            words = Content("\n").join(
                Content.assemble(*((words, f".timeline-words--{style}") for words, style in spans))
                for spans in lines
            )
        if words != self._words:
            self._words = words
            self._explanation.update(words, layout=False)

    def action_next_period(self) -> None:
        """Show the next of the periods."""
        index = PERIODS.index(self._lines.period)
        self._lines.period = PERIODS[(index + 1) % len(PERIODS)]
        self._show()

    def action_open(self) -> None:
        """Close, and open the job under the cursor."""
        self.dismiss(self._table.cursor_id)


def _legend(room: int) -> Content:
    """Return what the cells mean, as far as there is room."""
    legend = Content()
    for (character, _), meaning in _LEGEND:
        longer = Content(f"{legend}{'  ' if legend else ''}{character} {meaning}")
        if longer.cell_length > room:
            break
        legend = longer
    return legend
