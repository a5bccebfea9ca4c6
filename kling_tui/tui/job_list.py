"""What is seen of all jobs together: which of them, in which order, and what they cost."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

from kling_tui.costs import Ledger, Totals
from kling_tui.durations import TypicalDurations
from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.tui.sorting import SORT_ORDERS, SortedJobs, sort_order_by_id


class JobList:
    """A view of the tracked jobs, by an order and a filter that a person chose."""

    def __init__(
        self,
        jobs: Mapping[str, Job],
        now: Callable[[], datetime],
        sort_id: str,
        *,
        reverse: bool,
    ) -> None:
        """`jobs` is the mapping in which they come and go."""
        self.filter_text = ""
        """The words of the filter."""
        self.typical_durations = TypicalDurations()
        self._jobs = jobs
        self._now = now
        self._sort_order = sort_order_by_id(sort_id)
        self._reversed = reverse
        self._sorted_jobs = SortedJobs((), self._sort_order, now())
        self._ledger = Ledger((), self._today)

    @property
    def _today(self) -> date:
        return self._now().astimezone().date()

    @property
    def sort_order(self) -> tuple[str, bool]:
        """The id of the order, and whether it runs backwards."""
        return self._sort_order.id, self._reversed

    @property
    def ids(self) -> list[str]:
        """The ids of the jobs that are shown, from top to bottom."""
        return self._sorted_jobs.ids

    @property
    def hidden(self) -> int:
        """How many jobs the filter leaves out."""
        return len(self._jobs) - len(self._sorted_jobs)

    @property
    def title(self) -> str:
        """How many jobs there are and how they are sorted, in words."""
        words = f"{text.count(len(self._jobs), 'job')}, {self._sort_order.title}"
        return words + (", reversed" if self._reversed else "")

    @property
    def totals(self) -> Totals:
        """What all jobs cost, counted anew on another day."""
        if self._ledger.totals.day != self._today:
            self._ledger = Ledger(self._jobs.values(), self._today)
        return self._ledger.totals

    def update_statistics(self) -> Iterator[None]:
        """Learn from all jobs how long they take and what they cost, bit by bit."""
        self.typical_durations = TypicalDurations(self._jobs.values())
        yield
        yield from self._ledger.sync(self._jobs)

    def sort(self) -> None:
        """Put all jobs in their order."""
        self._sorted_jobs = SortedJobs(
            self._jobs.values(),
            self._sort_order,
            self._now(),
            self.filter_text,
            reverse=self._reversed,
        )

    def put(self, job: Job) -> bool:
        """Take over a job that changed; returns whether that moved it to another place."""
        self._ledger.put(job)
        return self._sorted_jobs.move(job)

    def sort_by_next(self) -> None:
        """Sort by the next order, the same way round."""
        self._sort_order = SORT_ORDERS[(SORT_ORDERS.index(self._sort_order) + 1) % len(SORT_ORDERS)]
        self.sort()

    def sort_by(self, order_id: str) -> None:
        """Sort by an order, and where that is so already the other way round."""
        if order_id == self._sort_order.id:
            self._reversed = not self._reversed
        else:
            self._sort_order, self._reversed = sort_order_by_id(order_id), False
        self.sort()

    def reverse(self) -> None:
        """Sort the other way round."""
        self.sort_by(self._sort_order.id)

    def set_filter(self, words: str) -> None:
        """Show those jobs alone in which all words are."""
        self.filter_text = words
        self.sort()
