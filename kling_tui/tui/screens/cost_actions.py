"""Opens the cost screen, and filters the table by what is chosen there."""

from collections.abc import Callable

from textual.screen import Screen

from kling_tui.tui.budget_watch import BudgetWatch
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.job_list import JobList
from kling_tui.tui.screens.refresh import Refresher


class CostActions:
    """The target of the binding `costs('open')`."""

    def __init__(
        self,
        screen: Screen[None],
        dependencies: AppDependencies,
        job_list: JobList,
        budget: BudgetWatch,
        refresher: Refresher,
        set_filter: Callable[[str], None],
    ) -> None:
        """`set_filter` shows the jobs that a filter finds in the table."""
        self._screen = screen
        self._dependencies = dependencies
        self._job_list = job_list
        self._budget = budget
        self._refresher = refresher
        self._set_filter = set_filter

    def open(self) -> None:
        """Show the costs until the user returns to the table."""
        from kling_tui.tui.screens.costs import CostScreen

        def apply(filter_text: str | None) -> None:
            if filter_text is not None:
                self._set_filter(filter_text)

        screen = CostScreen(
            self._job_list.breakdown,
            self._budget.uses,
            self._dependencies.now,
            self._refresher.totals_shown,
        )
        self._screen.app.push_screen(screen, apply)
