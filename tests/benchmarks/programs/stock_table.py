"""A table of jobs as Textual's guide suggests: a DataTable whose cells are updated.

``python -m tests.benchmarks.programs.stock_table JOB_FILE`` shows each job once, and updates the
times of all each second. With the arguments ``ROWS CHANGES`` it fills ROWS rows by repeating the
jobs, and changes so many cells a second.
"""

import sys
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Footer
from textual.widgets.data_table import ColumnKey, RowKey

from kling_tui.costs import cost_of
from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.storage.store import Store

_COLUMNS = ("Status", "Job", "Kind", "Progress", "Elapsed", "Checked", "Cost")
_BATCHES = 20
"""Batches of changes per second."""


class StockTable(App[None]):
    """Shows jobs in a DataTable."""

    CSS = "DataTable { height: 1fr }"

    def __init__(self, jobs: list[Job], changes: int) -> None:
        super().__init__()
        self._jobs = jobs
        self._changes = changes
        self._columns: list[ColumnKey] = []
        self._rows: list[RowKey] = []
        self._count = 0

    def compose(self) -> ComposeResult:
        """Return the table and the footer."""
        yield DataTable(cursor_type="row")
        yield Footer()

    @property
    def _table(self) -> DataTable[str]:
        return self.query_one(DataTable)

    def on_mount(self) -> None:
        """Fill the table."""
        self._columns = self._table.add_columns(*_COLUMNS)
        for job in self._jobs:
            words = f"{text.status_symbol(job)} {text.status(job)}"
            cost = text.cost(cost_of(job))
            times = self._times(job)
            self._rows.append(self._table.add_row(words, job.name, job.kind, "", *times, cost))
        if self._changes:
            self.set_interval(1 / _BATCHES, self._change)
        else:
            self.set_interval(1.0, self._tick)

    def _times(self, job: Job) -> tuple[str, str]:
        now = datetime.now(UTC)
        return text.clock(job.elapsed(now)), text.age(job.checked_at, now)

    def _tick(self) -> None:
        for row, job in zip(self._rows, self._jobs, strict=True):
            for column, value in zip(self._columns[4:6], self._times(job), strict=True):
                self._table.update_cell(row, column, value)

    def _change(self) -> None:
        for _ in range(self._changes // _BATCHES):
            self._count += 1
            row = self._rows[self._count * 7919 % len(self._rows)]
            self._table.update_cell(row, self._columns[3], f"{self._count % 100:>3} s left")


if __name__ == "__main__":
    store = Store(Path(sys.argv[1]))
    store.load()
    rows, changes = map(int, sys.argv[2:4] or (len(store.jobs), 0))
    StockTable(list(islice(cycle(store.jobs.values()), rows)), changes).run()
