"""What is seen of all jobs together: which of them, in which order, and what they cost."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

from kling_tui.costs import Ledger, Totals
from kling_tui.formatting import text
from kling_tui.jobs import Job, Usual
from kling_tui.tui.sorting import ORDERS, Arrangement, order_by_id


class Overview:
    """A view of the tracked jobs, by an order and a filter that a person chose."""

    def __init__(
        self,
        jobs: Mapping[str, Job],
        now: Callable[[], datetime],
        order_id: str,
        *,
        backwards: bool,
    ) -> None:
        """`jobs` is the mapping in which they come and go."""
        self.wanted = ""
        """The words of the filter."""
        self.usual = Usual()
        self._jobs = jobs
        self._now = now
        self._order = order_by_id(order_id)
        self._backwards = backwards
        self._arrangement = Arrangement((), self._order, now())
        self._ledger = Ledger((), self._today)

    @property
    def _today(self) -> date:
        return self._now().astimezone().date()

    @property
    def order(self) -> tuple[str, bool]:
        """The id of the order, and whether it runs backwards."""
        return self._order.id, self._backwards

    @property
    def ids(self) -> list[str]:
        """The ids of the jobs that are shown, from top to bottom."""
        return self._arrangement.ids

    @property
    def hidden(self) -> int:
        """How many jobs the filter leaves out."""
        return len(self._jobs) - len(self._arrangement)

    @property
    def title(self) -> str:
        """How many jobs there are and how they are sorted, in words."""
        words = f"{text.count(len(self._jobs), 'job')}, {self._order.words}"
        return words + (", reversed" if self._backwards else "")

    @property
    def totals(self) -> Totals:
        """What all jobs cost, counted anew on another day."""
        if self._ledger.totals.day != self._today:
            self._ledger = Ledger(self._jobs.values(), self._today)
        return self._ledger.totals

    def learn(self) -> Iterator[None]:
        """Learn from all jobs how long they take and what they cost, bit by bit."""
        self.usual = Usual(self._jobs.values())
        yield
        yield from self._ledger.follow(self._jobs)

    def arrange(self) -> None:
        """Put all jobs in their order."""
        self._arrangement = Arrangement(
            self._jobs.values(), self._order, self._now(), self.wanted, backwards=self._backwards
        )

    def put(self, job: Job) -> bool:
        """Take over a job that changed; returns whether that moved it to another place."""
        self._ledger.put(job)
        return self._arrangement.move(job)

    def sort_by_next(self) -> None:
        """Sort by the next order, the same way round."""
        self._order = ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)]
        self.arrange()

    def sort_by(self, order_id: str) -> None:
        """Sort by an order, and where that is so already the other way round."""
        if order_id == self._order.id:
            self._backwards = not self._backwards
        else:
            self._order, self._backwards = order_by_id(order_id), False
        self.arrange()

    def reverse(self) -> None:
        """Sort the other way round."""
        self.sort_by(self._order.id)

    def find(self, words: str) -> None:
        """Show those jobs alone in which all words are."""
        self.wanted = words
        self.arrange()
