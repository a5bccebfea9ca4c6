"""Brings the widgets of the main screen up to date, once for each burst of changes."""

from enum import Flag, auto

from textual.content import Content
from textual.screen import Screen
from textual.signal import Signal
from textual.widget import Widget

from kling_tui.downloads.queue import DownloadQueue
from kling_tui.formatting import batches, details
from kling_tui.formatting.activity import overall_progress
from kling_tui.formatting.render_context import RenderContext
from kling_tui.jobs import Job, Source, Status
from kling_tui.polling.endpoint_status import EndpointStatus
from kling_tui.polling.session import Session
from kling_tui.tui.budget_watch import BudgetWatch
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.job_list import JobList
from kling_tui.tui.named_views import NamedViews
from kling_tui.tui.notifier import Notifier
from kling_tui.tui.screens.bindings import displayed_key
from kling_tui.tui.screens.selection import Selection
from kling_tui.tui.screens.table_border import TableBorder
from kling_tui.tui.ticker import Ticker
from kling_tui.tui.unseen import Unseen
from kling_tui.tui.widgets.away_line import AwayLine
from kling_tui.tui.widgets.banner import Banner
from kling_tui.tui.widgets.cost_footer import CostFooter, FooterState
from kling_tui.tui.widgets.cost_footer import seconds_until_change as footer_seconds_until_change
from kling_tui.tui.widgets.job_detail import JobDetail
from kling_tui.tui.widgets.view_tabs import ViewTabs

_NO_JOBS = """No jobs are tracked yet.
Press {add} to add some by their ids, or from a shell:  kling-tui add ID
To see what this looks like with jobs in it:  kling-tui demo"""
_NO_MATCH = "No job matches the filter. Press {clear} to clear it."
_READING = "Reading the job file…"
_AWAY = "-away"
"""The CSS class of the main screen while the line about ends while away is shown."""


class Refresh(Flag):
    """A part of the main screen that may be out of date."""

    NEXT_TICK = auto()
    """When the screen next changes by time alone; every refresh includes it."""
    ROWS = auto()
    """The rows in view whose text depends on the time."""
    ORDER = auto()
    """Which rows there are, and in which order."""
    SUMMARY = auto()
    """Banner, footer and terminal title."""
    DETAIL = auto()
    """The detail of the job under the cursor."""

    CURSOR = SUMMARY | DETAIL
    """All that depends on the job under the cursor, which may have been unread."""
    TIME = ROWS | SUMMARY | DETAIL
    """All that depends on the time."""
    JOBS = ORDER | SUMMARY | DETAIL
    """All that depends on which jobs are shown."""


class Refresher:
    """Tracks which parts of the main screen are out of date, and refreshes only those.

    What the user does is shown at once (`refresh`). What polls report is shown once for all replies
    that have arrived (`invalidate`). Each refresh uses one render context, so all parts of the
    screen show the same instant.
    """

    def __init__(
        self,
        screen: Screen[None],
        dependencies: AppDependencies,
        selection: Selection,
        *,
        session: Session,
        job_list: JobList,
        views: NamedViews,
        downloads: DownloadQueue,
        notifier: Notifier,
        unseen: Unseen,
        budget: BudgetWatch,
    ) -> None:
        """`screen` has a Banner, a ViewTabs, a JobDetail, an AwayLine and a CostFooter."""
        self._screen = screen
        self._dependencies = dependencies
        self._store = dependencies.store
        self._selection = selection
        self._table = selection.table
        self._session = session
        self._job_list = job_list
        self._views = views
        self._downloads = downloads
        self._notifier = notifier
        self._unseen = unseen
        self._budget = budget
        self.totals_shown: Signal[None] = Signal(screen, "totals shown")
        """Published whenever the totals may have changed."""
        self.hidden_columns: tuple[str, ...] = ()
        """The titles of columns that the user does not want to see."""
        self.jobs_changed: Signal[frozenset[str] | None] = Signal(screen, "jobs changed")
        """Published with the ids of jobs that changed; with None if others may be shown now."""
        self._border = TableBorder(selection.table, job_list)
        self._dirty = Refresh(0)
        self._changed_ids: set[str] = set()
        self._scheduled = False
        self._ticker: Ticker | None = None

    def start(self) -> None:
        """Begin to refresh what depends on the time; called when the screen is mounted."""
        self._ticker = Ticker(self._screen, self.tick)

    def tick(self) -> None:
        """Refresh what depends on the time, and the rows of polls that changed nothing else."""
        self.refresh(Refresh.TIME)

    def refresh(self, parts: Refresh) -> None:
        """Refresh these parts now in one frame, and with them all that is already out of date."""
        self._dirty |= parts
        self._flush()
        _draw_together(self._screen)

    def invalidate(self, parts: Refresh, changed_job: Job | None = None) -> None:
        """Refresh these parts, and the row of a changed job, after the messages already queued."""
        self._dirty |= parts
        if changed_job is not None:
            self._changed_ids.add(changed_job.id)
        if not self._scheduled:
            self._scheduled = True
            self._screen.call_later(self._flush)

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, Refresh(0)
        changed_ids, self._changed_ids = self._changed_ids, set()
        self._scheduled = False
        if not dirty:
            return
        if self._job_list.update_for_time():
            dirty |= Refresh.JOBS
        context = self._render_context()
        if Refresh.ORDER in dirty:
            self._show_order(context)
        else:
            if Refresh.ROWS in dirty:
                self._table.tick(context)
            self._table.update(changed_ids, context)
        if changed_ids or Refresh.ORDER in dirty:
            all_jobs = Refresh.ORDER in dirty
            self.jobs_changed.publish(None if all_jobs else frozenset(changed_ids))
        self._unseen.update()
        self._show_border(context)
        if Refresh.SUMMARY in dirty:
            self._show_summary(context)
            self.totals_shown.publish(None)
        if Refresh.DETAIL in dirty:
            self._show_detail(context)
        self._schedule_tick(context)

    def _render_context(self) -> RenderContext:
        return RenderContext(
            self._dependencies.now(),
            self._job_list.typical_durations.seconds,
            self._job_list.typical_durations.slow_after,
            self._downloads.in_progress,
            self._downloads.errors,
            self._dependencies.endpoints,
            self._dependencies.profiles,
            self._selection.names,
            self.hidden_columns,
        )

    def _show_order(self, context: RenderContext) -> None:
        jobs, job_list = self._store.jobs, self._job_list
        empty = _READING if not self._store.loaded else _NO_MATCH if jobs else _NO_JOBS
        keys = self._dependencies.keys
        empty = empty.format(add=displayed_key("add", keys), clear=displayed_key("clear", keys))
        self._table.show(job_list.rows, context, job_list.sort_order, empty)
        tab = self._views.selected_tab
        name = f"{tab.title}: " if tab and tab.view.filter else ""
        self._table.border_title = Content(name + job_list.title)

    def _show_border(self, context: RenderContext) -> None:
        """Show what is watched, after the number of rows outside the view that changed."""
        above, below = self._unseen.outside_view
        new = " ".join(
            f"{number:,} new {arrow}" for number, arrow in ((above, "↑"), (below, "↓")) if number
        )
        self._border.show(new, self._dependencies.subtitle, context.now)

    def _show_summary(self, context: RenderContext) -> None:
        session, totals = self._session, self._job_list.totals
        durations = self._job_list.typical_durations
        progress = self._job_list.activity.run.progress(context.now, durations)
        marked = set(self._selection.marks)
        state = FooterState(
            session.endpoint_statuses or {Source(""): EndpointStatus()},
            hidden=self._job_list.hidden,
            shown=self._job_list.shown_totals,
            paused=session.paused,
            polled_elsewhere=session.polled_elsewhere,
            failing_elsewhere=frozenset(session.elsewhere & totals.failing_sources),
            key_missing=self._dependencies.config is not None and not self._dependencies.has_key,
            marked=len(marked),
            marked_hidden=len(marked.difference(self._table.rows.job_ids)) if marked else 0,
            unread=len(self._unseen.unread),
            progress=overall_progress(progress) if progress else "",
            notification_summary=self._notifier.summary,
            budgets=self._budget.uses(),
        )
        self._budget.check()
        self._screen.query_one(Banner).show(
            session.problem,
            session.warnings,
            session.endpoint_statuses,
            retry_key=displayed_key("refresh", self._dependencies.keys),
        )
        self._screen.query_one(ViewTabs).show(self._views.tabs)
        self._screen.query_one(AwayLine).show(self._unseen.ended_while_away)
        self._screen.set_class(bool(self._unseen.ended_while_away), _AWAY)
        self._screen.query_one(CostFooter).show(totals, state, context.now)
        failed = totals.counts[Status.FAILED]
        running = len(self._store.jobs) - totals.counts[Status.SUCCEEDED] - failed
        unread = f" · {state.unread} unread" if state.unread else ""
        self._screen.app.sub_title = f"{running} running · {failed} failed{unread}"

    def _show_detail(self, context: RenderContext) -> None:
        detail, job = self._screen.query_one(JobDetail), self._selection.job
        if batch := self._selection.batch:
            detail.show_batch(batch, context)
            return
        polled = job is not None and not self._session.paused
        next_at = self._session.next_at.get(job.id) if job and polled else None
        detail.show(job, context, next_at)

    def _schedule_tick(self, context: RenderContext) -> None:
        """Tick when a text changes next, and only while the terminal has the focus."""
        if self._ticker is None:
            return
        changes: tuple[float | None, ...] = ()
        if self._screen.app.app_focus:
            changes = (
                self._table.seconds_until_change,
                footer_seconds_until_change(self._session.endpoint_statuses),
                self._detail_seconds_until_change(context),
                self._job_list.seconds_until_change,
                self._border.seconds_until_change(context.now),
            )
        self._ticker.schedule(changes)

    def _detail_seconds_until_change(self, context: RenderContext) -> float | None:
        if batch := self._selection.batch:
            return batches.seconds_until_change(batch, context)
        return details.seconds_until_change(self._selection.job, context)


def _draw_together(screen: Screen[None]) -> None:
    """Tell the screen of all widgets that are to be drawn, before it draws the first of them.

    Otherwise each widget would tell it once it is idle, and some would miss the frame.
    """
    for widget in screen.walk_children(Widget):
        widget._check_refresh()  # noqa: SLF001 - what Textual does once the widget is idle
