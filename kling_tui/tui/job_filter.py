"""The filter of the job table, and when it has to be applied again."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from kling_tui.jobs import Job
from kling_tui.queries import Names, Query, QueryError, Suggestion, parse, part_before, suggestions
from kling_tui.queries.query import SearchTexts


class JobFilter:
    """The query that the user typed, applied to the tracked jobs at the current time."""

    def __init__(
        self,
        jobs: Mapping[str, Job],
        now: Callable[[], datetime],
        kinds: Collection[str] = (),
        profiles: Collection[str] = (),
    ) -> None:
        """`kinds` and `profiles` are those of the config."""
        self.query = Query()
        self._jobs = jobs
        self._now = now
        self._kinds = kinds
        self._profiles = profiles
        self._search_texts = SearchTexts()
        self._next_change: datetime | None = None

    @property
    def _names(self) -> Names:
        return Names.of(self._jobs.values(), self._kinds, self._profiles)

    def set(self, text: str) -> None:
        """Parse a query and use it from now on.

        Raises QueryError. The query before stays in force then, but without the term that is now
        wrong, of which it may have the beginning: "status" was a plain word before its colon.
        """
        try:
            self.query = parse(text, self._names)
        except QueryError as error:
            valid, in_force = part_before(text, error), self.query.text
            if text.startswith(in_force) and in_force.startswith(valid):
                self.query = parse(valid, self._names)
            raise

    def restore(self, text: str) -> None:
        """Use a query of an earlier run; raises QueryError.

        The jobs may not be read yet, so a kind or profile that only they have is no error.
        """
        self.query = parse(text)

    def suggestions(self, text: str, cursor: int) -> list[Suggestion]:
        """Return how a query may go on at the cursor."""
        return suggestions(text, cursor, self._jobs.values(), self._names)

    def apply(self) -> Callable[[Job], bool]:
        """Return the test of all jobs at the current time."""
        now, query = self._now(), self.query
        self._next_change = None
        # Those of removed jobs, or of all jobs when the filter is gone, are no longer needed.
        if not query or len(self._search_texts) > len(self._jobs):
            self._search_texts = SearchTexts()
        return (lambda job: self._matches(job, now)) if query else (lambda _: True)

    def matches(self, job: Job) -> bool:
        """Return whether a changed job matches now."""
        return not self.query or self._matches(job, self._now())

    @property
    def seconds_until_change(self) -> float | None:
        """Seconds after which a job may start or stop matching by time alone; None: never."""
        if self._next_change is None:
            return None
        return max(0.0, (self._next_change - self._now()).total_seconds())

    def _matches(self, job: Job, now: datetime) -> bool:
        query = self.query
        if query.depends_on_time and (change := query.next_change(job, now)):
            self._next_change = min(self._next_change or change, change)
        return query.matches(job, now, self._search_texts)
