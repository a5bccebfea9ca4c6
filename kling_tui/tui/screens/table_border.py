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

    The charts change once a minute, and only while jobs are in flight. Where there is no room for
    both, the second one is left out first.
    """

    def __init__(self, table: JobTable, job_list: JobList) -> None:
        self._table = table
        self._job_list = job_list
        self._charts: list[str] = []
        self._charted_minute: int | None = None
        self._shown = ""

    def show(self, new_rows: str, watched: str, now: datetime) -> None:
        """Show the charts after `new_rows`, about rows outside the view, and the gateway's name."""
        self._update_charts(now)
        room = self._table.outer_size.width - _CORNERS
        for count in range(len(self._charts), -1, -1):
            parts = (new_rows, watched, *self._charts[:count])
            text = Content(_SEPARATOR.join(filter(None, parts)))
            if text.cell_length <= room:
                break
        if text.plain != self._shown:
            self._shown = text.plain
            self._table.border_subtitle = text

    def _update_charts(self, now: datetime) -> None:
        activity = self._job_list.activity
        minute = int(now.timestamp() // _MINUTE) if activity.in_flight else None
        if minute != self._charted_minute:
            self._charted_minute = minute
            self._charts = [] if minute is None else charts(*activity.history(now))

    def seconds_until_change(self, now: datetime) -> float | None:
        """Return the seconds until the charts change; None: not by time alone."""
        return _MINUTE - now.timestamp() % _MINUTE if self._job_list.activity.in_flight else None
