"""The jobs as the table shows them: filtered and sorted, with their totals."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

from kling_tui.costs import Ledger, Totals
from kling_tui.formatting import text
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job
from kling_tui.polling.durations import TypicalDurations
from kling_tui.tui.sorting import SORT_ORDERS, SortedJobs, sort_order_by_id


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
    ) -> None:
        """`jobs` is the mapping of all tracked jobs by id, which changes as they do.

        `names` is kept up to date with their labels.
        """
        self.filter_text = ""
        self.typical_durations = TypicalDurations()
        self._jobs = jobs
        self._names = names
        self._now = now
        self._sort_order = sort_order_by_id(sort_id)
        self._reverse = reverse
        self._sorted_jobs = SortedJobs((), self._sort_order, now())
        self._ledger = Ledger((), self._today)

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
    def hidden(self) -> int:
        """How many jobs the filter hides."""
        return len(self._jobs) - len(self._sorted_jobs)

    @property
    def title(self) -> str:
        """The number of jobs and the order, for the user."""
        title = f"{text.count(len(self._jobs), 'job')}, {self._sort_order.title}"
        return title + (", reversed" if self._reverse else "")

    @property
    def totals(self) -> Totals:
        """The costs of all jobs; recounted when the date changes."""
        if self._ledger.totals.day != self._today:
            self._ledger = Ledger(self._jobs.values(), self._today)
        return self._ledger.totals

    def update_statistics(self) -> Iterator[None]:
        """Update typical durations and costs from all jobs; yields between slices of the work."""
        self.typical_durations = TypicalDurations(self._jobs.values())
        yield
        yield from self._ledger.sync(self._jobs)

    def sort(self) -> None:
        """Filter and sort all jobs again, after some were added, removed or changed."""
        self._names.update(self._jobs.values())
        self._sorted_jobs = SortedJobs(
            self._jobs.values(),
            self._sort_order,
            self._now(),
            self.filter_text,
            reverse=self._reverse,
        )

    def put(self, job: Job) -> bool:
        """Take over one changed job; returns whether it moved to another position."""
        self._ledger.put(job)
        return self._sorted_jobs.move(job)

    def sort_by_next(self) -> None:
        """Sort by the next order, in the same direction."""
        self._sort_order = SORT_ORDERS[(SORT_ORDERS.index(self._sort_order) + 1) % len(SORT_ORDERS)]
        self.sort()

    def sort_by(self, sort_id: str) -> None:
        """Sort by an order, or reverse the direction if it is the current one."""
        if sort_id == self._sort_order.id:
            self._reverse = not self._reverse
        else:
            self._sort_order, self._reverse = sort_order_by_id(sort_id), False
        self.sort()

    def reverse(self) -> None:
        """Reverse the direction."""
        self.sort_by(self._sort_order.id)

    def set_filter(self, filter_text: str) -> None:
        """Show only jobs that contain all of these words."""
        self.filter_text = filter_text
        self.sort()
