"""What changed while the user did not see it: ends of jobs, and rows outside the view."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from textual.screen import Screen
from textual.timer import Timer

from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.polling.session import Session
from kling_tui.tui.widgets.job_detail import JobDetail
from kling_tui.tui.widgets.job_table import JobTable

_SAVE_DELAY = 2.0
"""Seconds after the last job that was seen until all of them are saved."""


class Unseen:
    """The unread jobs, and the rows that changed outside the view.

    A job is unread from its end until the user has seen that: its row was in view when it ended, or
    the cursor has been on it since. The row of a folded batch does not show which job ended, so
    what counts for its jobs is that the cursor is on it, which shows them in the detail.
    """

    def __init__(
        self,
        screen: Screen[None],
        jobs: Mapping[str, Job],
        table: JobTable,
        session: Session,
        on_seen: Callable[[Job], None],
    ) -> None:
        """`screen` has a JobDetail; `jobs` is the mapping of all tracked jobs by id.

        `on_seen` is called with each job that is no longer unread.
        """
        self.unread: set[str] = set()
        """The ids of the unread jobs."""
        self.outside_view = (0, 0)
        """How many rows above the view, and below it, changed since they were last in view."""
        self._screen = screen
        self._jobs = jobs
        self._table = table
        self._session = session
        self._on_seen = on_seen
        self._looking_since = session.now()
        self._known: set[str] = set()
        self._known_ended: set[str] = set()
        """Those of them that had ended. If one becomes unread again, it has not just ended."""
        self._ended: set[str] = set()
        """Jobs that have just ended; the next `update` finds out whether the user sees that."""
        self._changed: set[str] = set()
        """Jobs whose rows have just changed."""
        self._changed_outside: set[str] = set()
        self._counted: tuple[range, Sequence[str], set[str]] = (range(0), (), set())
        self._away: set[str] = set()
        self._away_counts = Counter[str]()
        self._timer: Timer | None = None
        self._had_any = False

    @property
    def any(self) -> bool:
        """Whether `see_all` changes anything."""
        return bool(self.unread) or any(self.outside_view)

    @property
    def ended_while_away(self) -> Mapping[str, int]:
        """How many jobs ended in which status while the app was closed or suspended.

        Empty once the user has seen all of them, until they are marked as unread again.
        """
        return {} if self._away.isdisjoint(self.unread) else self._away_counts

    def look_again(self) -> None:
        """Note that the user could not see the app until now, because it was suspended."""
        self._looking_since = self._session.now()

    def job_updated(self, before: Job, job: Job) -> None:
        """Take over a job that a poll changed."""
        if job.status is not before.status and (before.history or job.ended):
            self._changed.add(job.id)  # the first status of a live job is expected
        if job.ended:
            self._known_ended.add(job.id)
        if job.unread and not before.ended:
            self.unread.add(job.id)
            last_reply = before.checked_at or before.added_at
            self._take_end(job, while_away=last_reply < self._looking_since)

    def jobs_changed(self) -> None:
        """Take over all jobs, after some were loaded, added, removed or changed elsewhere."""
        new = self._jobs.keys() - self._known
        unread = {job.id for job in self._jobs.values() if job.unread}
        self._changed.update(
            job_id
            for job_id in new
            if job_id in unread or self._jobs[job_id].added_at > self._looking_since
        )
        just_ended = unread - self.unread - self._known_ended
        self.unread = unread
        for job_id in just_ended:
            job = self._jobs[job_id]
            self._take_end(
                job, while_away=job.ended_at is None or job.ended_at < self._looking_since
            )
        self._known = set(self._jobs)
        self._known_ended = {job.id for job in self._jobs.values() if job.ended}
        self._changed_outside = self._changed_outside & self._known

    def _take_end(self, job: Job, *, while_away: bool) -> None:
        """Note how a job ended, unless it was tracked only after its end."""
        if not while_away or (job.ended_at and job.ended_at < job.added_at):
            self._ended.add(job.id)
        elif job.id not in self._away:
            if self._away.isdisjoint(self.unread):  # the user has seen all earlier ones
                self._away.clear()
                self._away_counts.clear()
            self._away.add(job.id)
            self._away_counts[text.status(job)] += 1

    def update(self) -> None:
        """Find out what the user sees now, after the table has taken over all changes."""
        in_view, seen = self._in_view
        ended, self._ended = self._ended, set()
        self.see(ended & seen)
        for job_id in ended - seen:
            self._table.redraw_row(job_id)
        changed, self._changed = self._changed, set()
        outside = (self._changed_outside | changed) - in_view
        if outside != self._changed_outside:
            self._changed_outside = outside
        counted = self._table.visible_rows, self._table.order, self._changed_outside
        if counted != self._counted:
            self._counted = counted
            self.outside_view = self._table.rows.count_outside(self._table.visible_rows, outside)
        if self.any != self._had_any:
            self._had_any = self.any
            self._screen.refresh_bindings()

    @property
    def _in_view(self) -> tuple[set[str], set[str]]:
        """The ids of the jobs whose rows are in view, and of those whose ends the user sees."""
        in_view: set[str] = set()
        seen: set[str] = set()
        if not self._screen.is_active or not self._screen.app.app_focus:
            return in_view, seen
        table, rows = self._table, self._table.rows
        visible = slice(table.visible_rows.start, table.visible_rows.stop)
        for row_id in rows.ids[visible] if table.display else ():
            in_view.update(rows.jobs_in(row_id))
            if row_id == table.cursor_id or not rows.is_batch(row_id):
                seen.update(rows.jobs_in(row_id))
        if self._screen.query_one(JobDetail).display:
            seen.update(rows.jobs_in(table.cursor_id))
        return in_view | seen, seen

    def see(self, job_ids: Iterable[str]) -> bool:
        """Note that the user has seen the ends of jobs; returns whether any was unread."""
        seen = self.unread.intersection(job_ids)
        if not seen:
            return False
        self.unread -= seen
        self._session.mark_seen(seen)
        self._show_seen(seen)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._screen.set_timer(_SAVE_DELAY, self._session.save_soon)
        return True

    def see_all(self) -> int:
        """Note that the user wants no job to be unread, and no row to count as changed.

        Returns how many jobs were unread.
        """
        self._changed_outside = set()
        seen, self.unread = self.unread, set()
        if seen:
            self._session.clear_unread([self._jobs[job_id] for job_id in seen])
            self._show_seen(seen)
        return len(seen)

    def _show_seen(self, job_ids: Iterable[str]) -> None:
        for job_id in job_ids:
            self._on_seen(self._jobs[job_id])
            self._table.redraw_row(job_id)

    @property
    def next_unread(self) -> str | None:
        """The next row with an unread job below the cursor, or else from the top."""
        return self._table.rows.next_with(self.unread, self._table.cursor_id)
