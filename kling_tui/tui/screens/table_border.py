"""The text in the lower border of the table: what changed, what is watched, and small charts."""

from datetime import datetime

from textual.content import Content

from kling_tui.formatting.activity import charts
from kling_tui.tui.job_list import JobList
from kling_tui.tui.widgets.job_table import JobTable

_SEPARATOR = " · "
_CORNERS = 6
"""Cells of a line of the border that a text leaves free."""
_MINUTE = 60


class TableBorder:
    """Draws the border only when its text changes.

    The charts are shown while jobs are in flight, and change when a job begins or ends, and once a
    minute. Where there is no room for both, the second one is left out first.
    """

    def __init__(self, table: JobTable, job_list: JobList) -> None:
        self._table = table
        self._job_list = job_list
        self._shown = ""

    def show(self, new_rows: str, watched: str, now: datetime) -> None:
        """Show the charts after `new_rows`, about rows outside the view, and the gateway's name."""
        counts = self._job_list.activity.counts
        lines = charts(*counts.last(now)) if counts.in_flight else []
        room = self._table.outer_size.width - _CORNERS
        for count in range(len(lines), -1, -1):
            parts = (new_rows, watched, *lines[:count])
            text = Content(_SEPARATOR.join(filter(None, parts)))
            if text.cell_length <= room:
                break
        if text.plain != self._shown:
            self._shown = text.plain
            self._table.border_subtitle = text

    def seconds_until_change(self, now: datetime) -> float | None:
        """Return the seconds until the charts change; None: not by time alone."""
        return (
            _MINUTE - now.timestamp() % _MINUTE
            if self._job_list.activity.counts.in_flight
            else None
        )
