"""Cells of equal duration, the last of which has the present in it."""

import math
from datetime import UTC, datetime, timedelta

from msgspec import Struct


class Grid(Struct, frozen=True):
    """A line of cells; which times a cell has stays the same until the present leaves the last."""

    columns: int
    cell_seconds: int
    end: float
    """The end of the last cell, in seconds since 1970."""

    @property
    def start(self) -> datetime:
        """The start of the first cell."""
        return self.time_of(0)

    def cell(self, at: datetime) -> int:
        """Return the cell of a time: below 0 before the first, `columns` or more after the last."""
        return self.columns + math.floor((at.timestamp() - self.end) / self.cell_seconds)

    def time_of(self, cell: int) -> datetime:
        """Return when a cell begins."""
        seconds = self.end - (self.columns - cell) * self.cell_seconds
        return datetime.fromtimestamp(seconds, UTC)

    def visible(self, start: datetime, end: datetime) -> range:
        """Return the cells of a period, however short; none if it is before the first cell."""
        first, last = self.cell(start), self.cell(end)
        return range(max(0, first), min(self.columns, last + 1))

    def seconds_until_change(self, now: datetime) -> float:
        """Return the seconds after which the present is in the next cell."""
        return max(0.0, self.end - now.timestamp())


def grid(period: timedelta, columns: int, now: datetime) -> Grid:
    """Return `columns` cells that cover at least `period` up to `now`."""
    columns = max(1, columns)
    cell_seconds = max(1, math.ceil(period.total_seconds() / columns))
    end = (math.floor(now.timestamp() / cell_seconds) + 1.0) * cell_seconds
    return Grid(columns, cell_seconds, end)
