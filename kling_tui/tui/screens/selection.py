"""Which jobs the keys of the main screen act on."""

from collections.abc import Mapping

from textual.screen import Screen

from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job
from kling_tui.tui.marks import Marks
from kling_tui.tui.widgets.job_table import JobTable

ENLARGED = "-enlarged"
"""The CSS class of the main screen while the detail fills it."""


class Selection:
    """The job under the cursor, and the marked jobs."""

    def __init__(
        self,
        screen: Screen[None],
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
        """The job under the cursor."""
        return self._jobs.get(self.table.cursor_id or "")

    @property
    def targets(self) -> list[Job]:
        """The marked jobs, hidden ones too, or else the job under the cursor.

        In the enlarged detail, which shows one job and no marks, it is that job.
        """
        if self.marks and not self._screen.has_class(ENLARGED):
            return [job for job in self._jobs.values() if job.id in self.marks]
        return [self.job] if self.job else []
