"""How many jobs each view shows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from kling_tui.jobs import Job
from kling_tui.queries import Query, QueryError, parse
from kling_tui.tui.views import View

_BATCH_SIZE = 200


class ViewCounts:
    """Counts the jobs of each view that has a filter; a job is tested again when it changes.

    The filters without a view are not counted, nor are those that cannot be parsed.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._queries: dict[str, Query] = {}
        self._found: dict[str, set[str]] = {}
        """The ids of the jobs of each view, by its name."""
        self._jobs: dict[str, Job] = {}
        self._pending: dict[str, Job] = {}
        """Jobs that have changed since the last `update`, or `sync`."""
        self._changes: dict[str, datetime] = {}
        """When a job may start or stop matching a view by time alone."""
        self._next_change: datetime | None = None

    def set_views(self, views: Iterable[View]) -> None:
        """Count for other views from the next `sync` on."""
        queries = {view.name: query for view in views if (query := _parsed(view))}
        if queries.keys() == self._queries.keys() and all(
            query.text == self._queries[name].text for name, query in queries.items()
        ):
            return
        self._queries = queries
        self._found = {name: set() for name in queries}
        self._jobs.clear()
        self._changes.clear()
        self._next_change = None

    def of(self, name: str) -> int | None:
        """Return the number of jobs of a view; None if they are not counted."""
        found = self._found.get(name)
        return None if found is None else len(found)

    def put(self, job: Job) -> None:
        """Count a new job, or a changed one in place of its earlier state, at the next `update`."""
        self._pending[job.id] = job

    def _put(self, job: Job, now: datetime) -> None:
        self._jobs[job.id] = job
        changes: list[datetime] = []
        for name, query in self._queries.items():
            if query.matches(job, now):
                self._found[name].add(job.id)
            else:
                self._found[name].discard(job.id)
            if query.depends_on_time and (change := query.next_change(job, now)):
                changes.append(change)
        self._changes.pop(job.id, None)
        if changes:
            change = self._changes[job.id] = min(changes)
            self._next_change = min(self._next_change or change, change)

    def sync(self, jobs: Mapping[str, Job]) -> Iterator[None]:
        """Bring the counts up to date with `jobs`, of which most have not changed.

        Yields between slices of the work; `jobs` may change before it is resumed.
        """
        self._pending.clear()  # they are in `jobs`, or were removed
        for job_id in self._jobs.keys() - jobs.keys():
            del self._jobs[job_id]
            self._changes.pop(job_id, None)
            for found in self._found.values():
                found.discard(job_id)
        counted = 0
        now = self._now()  # tests of one time are faster
        for job_id in list(jobs):
            job = jobs.get(job_id)
            if job is not None and job is not self._jobs.get(job_id):
                self._put(job, now)
                counted += 1
                if counted % _BATCH_SIZE == 0:
                    yield
                    now = self._now()

    @property
    def seconds_until_change(self) -> float | None:
        """Seconds after which a count may change by time alone; None: never."""
        if self._next_change is None:
            return None
        return max(0.0, (self._next_change - self._now()).total_seconds())

    def update(self) -> bool:
        """Test the jobs that have changed, and those whose time has come.

        Returns whether there was one of the latter.
        """
        is_due = self.seconds_until_change == 0.0
        if not (is_due or self._pending):
            return False
        now = self._now()
        if is_due:
            due = [job_id for job_id, change in self._changes.items() if change <= now]
            self._pending = {job_id: self._jobs[job_id] for job_id in due} | self._pending
        for job in self._pending.values():
            self._put(job, now)
        self._pending.clear()
        if is_due:
            self._next_change = min(self._changes.values(), default=None)
        return is_due


def _parsed(view: View) -> Query | None:
    try:
        return parse(view.filter) or None
    except QueryError:
        return None  # one that was saved by another version
