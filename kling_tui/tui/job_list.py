"""The jobs as the table shows them: filtered and sorted, with their totals."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime

from kling_tui.costs import Breakdown, Ledger, Totals
from kling_tui.formatting import text
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job
from kling_tui.polling.durations import TypicalDurations
from kling_tui.timeline.activity import Activity
from kling_tui.tui.batch_rows import Folding, Rows
from kling_tui.tui.job_filter import JobFilter
from kling_tui.tui.sorting import SortedJobs, sort_order_by_id
from kling_tui.tui.view_counts import ViewCounts


class JobList:
    """The tracked jobs in the order and with the filter that the user chose."""

    def __init__(
        self,
        jobs: Mapping[str, Job],
        now: Callable[[], datetime],
        sort_id: str,
        *,
        reverse: bool,
        names: JobNames,
        job_filter: JobFilter,
        folded: Iterable[str] = (),
    ) -> None:
        """`jobs` is the mapping of all tracked jobs by id, which changes as they do.

        `names` is kept up to date with their labels; `folded` are the names of folded batches.
        """
        self.filter = job_filter
        self.view_counts = ViewCounts(now)
        self.folding = Folding(jobs, folded)
        self.typical_durations = TypicalDurations()
        self.activity = Activity()
        self._jobs = jobs
        self._names = names
        self._now = now
        self._sort_order = sort_order_by_id(sort_id)
        self._reverse = reverse
        self._sorted_jobs = SortedJobs((), self._sort_order)
        self._breakdown: Breakdown | None = None
        self._ledger = Ledger((), self._today)
        self._shown_ledger = Ledger((), self._today)
        self._shown_ledger_outdated = True

    @property
    def _today(self) -> date:
        return self._now().astimezone().date()

    @property
    def sort_order(self) -> tuple[str, bool]:
        """The id of the order, and whether it is reversed."""
        return self._sort_order.id, self._reverse

    @property
    def ids(self) -> list[str]:
        """The ids of the jobs that match the filter, from top to bottom."""
        return self._sorted_jobs.ids

    @property
    def rows(self) -> Rows:
        """The rows of these jobs."""
        return Rows(self._jobs, self.ids, self.folding)

    @property
    def shown_batches(self) -> set[str]:
        """The names of the batches of these jobs."""
        found = (self._jobs.get(job_id) for job_id in self.ids)
        return {job.batch for job in found if job} - {""}

    @property
    def hidden(self) -> int:
        """How many jobs the filter hides."""
        return len(self._jobs) - len(self._sorted_jobs)

    @property
    def title(self) -> str:
        """The number of jobs and the order, for the user."""
        count = text.count(len(self._jobs), "job")
        if self.filter.query:
            count = f"{len(self._sorted_jobs):,} of {count}"
        return f"{count}, {self.order_title}"

    @property
    def order_title(self) -> str:
        """The order, for the user."""
        return self._sort_order.titles[self._reverse]

    @property
    def totals(self) -> Totals:
        """The costs of all jobs; recounted when the date changes."""
        if self._ledger.totals.day != self._today:
            self._ledger = Ledger(self._jobs.values(), self._today)
        return self._ledger.totals

    @property
    def shown_totals(self) -> Totals | None:
        """The costs of the jobs that the filter shows; None without a filter."""
        if not self.filter.query:
            return None
        if self._shown_ledger.totals.day != self._today:
            self._shown_ledger = Ledger((), self._today)
            self._shown_ledger_outdated = True
        if self._shown_ledger_outdated:
            found = (self._jobs.get(job_id) for job_id in self._sorted_jobs.ids)
            shown = {job.id: job for job in found if job}
            if len(shown) < self._shown_ledger.totals.counts.total() / 2:
                self._shown_ledger = Ledger((), self._today)  # faster than to remove most jobs
            for _ in self._shown_ledger.sync(shown):
                pass
            self._shown_ledger_outdated = False
        return self._shown_ledger.totals

    @property
    def breakdown(self) -> Breakdown:
        """The costs of all jobs by day and group, which are counted from its first use on."""
        if self._breakdown is None:
            self._breakdown = Breakdown(self._jobs.values())
        return self._breakdown

    def update_statistics(self) -> Iterator[None]:
        """Update typical durations and costs from all jobs; yields between slices of the work."""
        self.typical_durations = TypicalDurations(self._jobs.values())
        yield
        yield from self._ledger.sync(self._jobs)
        if self._breakdown is not None:
            yield from self._breakdown.sync(self._jobs)
        yield from self.view_counts.sync(self._jobs)
        yield from self.activity.sync(self._jobs, self._now(), self.typical_durations.slow_after)

    def sort(self) -> None:
        """Filter and sort all jobs again, after some were added, removed or changed."""
        self._names.update(self._jobs.values())
        self.folding.update()
        self._sorted_jobs = SortedJobs(
            self._jobs.values(),
            self._sort_order,
            self.filter.apply(),
            reverse=self._reverse,
        )
        self._shown_ledger_outdated = True

    def update_for_time(self) -> bool:
        """Filter again if a job may have started or stopped matching; returns whether."""
        due = self.filter.seconds_until_change == 0.0
        if due:
            self.sort()
        return self.view_counts.update() or due

    @property
    def seconds_until_change(self) -> float | None:
        """Seconds after which the rows or a count may change by time alone; None: never."""
        changes = (self.filter.seconds_until_change, self.view_counts.seconds_until_change)
        return min((seconds for seconds in changes if seconds is not None), default=None)

    def put(self, job: Job) -> bool:
        """Take over one changed job; returns whether it moved to another position."""
        self._ledger.put(job)
        if self._breakdown is not None:
            self._breakdown.put(job)
        self.view_counts.put(job)
        self.activity.put(job)
        matches = self.filter.matches(job)
        if not matches:
            self._shown_ledger.remove(job.id)
        elif self.filter.query:
            self._shown_ledger.put(job)
        return self._sorted_jobs.move(job, matches=matches)

    def set_sort_order(self, sort_id: str, *, reverse: bool) -> None:
        """Sort by an order in a direction."""
        self._sort_order, self._reverse = sort_order_by_id(sort_id), reverse
        self.sort()

    def sort_by(self, sort_id: str) -> None:
        """Sort by an order, or reverse the direction if it is the current one."""
        same = sort_id == self._sort_order.id
        self.set_sort_order(sort_id, reverse=same and not self._reverse)

    def reverse(self) -> None:
        """Reverse the direction."""
        self.sort_by(self._sort_order.id)

    def set_filter(self, filter_text: str) -> None:
        """Show only the jobs that a query finds; raises QueryError, see `JobFilter.set`."""
        try:
            self.filter.set(filter_text)
        finally:
            self.sort()
