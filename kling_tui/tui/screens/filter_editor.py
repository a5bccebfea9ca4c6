"""Filters the table while the filter is typed, and shows or hides the line for that."""

from textual.screen import Screen
from textual.widgets import Input

from kling_tui.queries import QueryError
from kling_tui.tui.job_list import JobList
from kling_tui.tui.screens.refresh import Refresh, Refresher
from kling_tui.tui.screens.selection import ENLARGED
from kling_tui.tui.widgets.filter_line import FilterLine
from kling_tui.tui.widgets.job_table import JobTable

_FILTERING = "-filtering"
"""The CSS class of the main screen while the line of the filter is shown."""


class FilterEditor:
    """The line of the main screen in which the filter is typed."""

    def __init__(
        self, screen: Screen[None], job_list: JobList, table: JobTable, refresher: Refresher
    ) -> None:
        """`screen` has a FilterLine."""
        self._screen = screen
        self._job_list = job_list
        self._table = table
        self._refresher = refresher
        self._text_before = ""
        """What the line had in it when it was opened last."""

    @property
    def shown(self) -> bool:
        """Whether the line is shown."""
        return self._screen.has_class(_FILTERING)

    @property
    def _line(self) -> FilterLine:
        return self._screen.query_one(FilterLine)

    @property
    def _input(self) -> Input:
        return self._screen.query_one("#filter", Input)

    @property
    def has_focus(self) -> bool:
        """Whether the user types into the line."""
        return self._input.has_focus

    def open(self) -> None:
        """Show the line, and let the user type into it."""
        self._screen.remove_class(ENLARGED)
        self._screen.add_class(_FILTERING)
        self._text_before = self._line.text
        self._input.focus()

    def apply(self, text: str) -> None:
        """Show only the jobs that match, or what is wrong with the query."""
        problem = None
        try:
            self._job_list.set_filter(text)
        except QueryError as error:
            problem = error
        self._line.show(problem)
        self._refresher.refresh(Refresh.JOBS)
        self._screen.refresh_bindings()

    def apply_typed_elsewhere(self, text: str) -> QueryError | None:
        """Show only the jobs that match what is typed on another screen; return what is wrong."""
        self._line.restore(text)
        self.apply(text)
        self._show_if_filtered()
        return self._line.error

    def restore(self, text: str) -> None:
        """Use a filter that is not typed, from the next time that the jobs are sorted."""
        try:
            self._job_list.filter.restore(text)
        except QueryError as error:
            self._screen.notify(
                f"The filter of the last session is ignored. At {error.position}: {error}",
                severity="warning",
                markup=False,
            )
            return
        self._line.restore(text)
        self._show_if_filtered()

    def show_view(self) -> None:
        """Show the table with the filter of a view, which the tabs name in place of the line."""
        self._line.restore(self._job_list.filter.query.text)
        self._line.show(None)
        self._screen.remove_class(ENLARGED, _FILTERING)
        self._table.focus()

    def leave(self) -> None:
        """Return to the table, unless the query has an error.

        The line stays if there is a filter.
        """
        if self._line.error is None:
            self._show_if_filtered()
            self._table.focus()

    def _show_if_filtered(self) -> None:
        self._screen.set_class(bool(self._job_list.filter.query), _FILTERING)

    def close(self, *, only_unused: bool = False) -> bool:
        """Hide the line, and return whether it was shown.

        With `only_unused`, only if it has the focus and nothing was changed in it.
        """
        unused = self.has_focus and self._line.text == self._text_before
        if not self.shown or (only_unused and not unused):
            return False
        self._screen.remove_class(_FILTERING)
        return True
