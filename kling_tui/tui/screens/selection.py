"""Which jobs the keys of the main screen act on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.screen import Screen

from kling_tui.formatting.batches import Batch
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job
from kling_tui.tui.marks import Marks
from kling_tui.tui.widgets.job_table import JobTable

ENLARGED = "-enlarged"
"""The CSS class of the main screen while the detail fills it."""


class Selection:
    """The job or folded batch under the cursor, and the marked jobs."""

    def __init__(
        self,
        screen: Screen[Any],
        jobs: Mapping[str, Job],
        table: JobTable,
        marks: Marks,
        names: JobNames,
    ) -> None:
        """`jobs` is the mapping of all tracked jobs by id; `table` holds the cursor."""
        self.table = table
        self.marks = marks
        self.names = names
        self._screen = screen
        self._jobs = jobs

    @property
    def job(self) -> Job | None:
        """The job under the cursor; None if that is a batch, or there is no row."""
        return self._jobs.get(self.table.cursor_id or "")

    @property
    def batch(self) -> Batch | None:
        """The folded batch under the cursor."""
        return self.table.rows.batch(self.table.cursor_id)

    @property
    def target_batch(self) -> Batch | None:
        """The folded batch under the cursor, unless the keys act on marked jobs."""
        return None if self._acts_on_marks else self.batch

    @property
    def _acts_on_marks(self) -> bool:
        return bool(self.marks) and not self._screen.has_class(ENLARGED)

    @property
    def targets(self) -> list[Job]:
        """The marked jobs, hidden ones too, or else the job or the batch under the cursor.

        In the enlarged detail, which shows no marks, it is that job or batch. Of a batch,
        these are the jobs that its row counts, without those that the filter hides.
        """
        if self._acts_on_marks:
            return [job for job in self._jobs.values() if job.id in self.marks]
        return [self._jobs[job_id] for job_id in self._under_cursor if job_id in self._jobs]

    @property
    def _under_cursor(self) -> Sequence[str]:
        return self.table.rows.jobs_in(self.table.cursor_id)


class OneJobSelection(Selection):
    """The job that another screen has under its cursor, and the marked jobs."""

    def __init__(
        self,
        screen: Screen[Any],
        jobs: Mapping[str, Job],
        selection: Selection,
        cursor_id: Callable[[], str],
    ) -> None:
        """Share the marks of `selection`, that of the table; `cursor_id` returns an id, or ""."""
        super().__init__(screen, jobs, selection.table, selection.marks, selection.names)
        self._cursor_id = cursor_id

    @property
    def job(self) -> Job | None:
        """The job under the cursor of that screen."""
        return self._jobs.get(self._cursor_id())

    @property
    def batch(self) -> None:
        """No batch is folded there."""

    @property
    def _under_cursor(self) -> Sequence[str]:
        return (self._cursor_id(),)
