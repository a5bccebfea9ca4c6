"""Tells the user of the app once when a budget reaches a threshold."""

from collections.abc import Callable
from functools import partial

from textual.screen import Screen

from kling_tui.costs import Breakdown
from kling_tui.costs.budget import BudgetUse
from kling_tui.notifications.budgets import BudgetAlert, BudgetAlerts, claim_alert
from kling_tui.storage.threads import run_in_thread_uncancelled
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.notifier import Notifier
from kling_tui.tui.workers import start_worker


class BudgetWatch:
    """How much of the budget of the config is used, and the alerts about it.

    Of several apps on a job file, one shows each alert, also after a restart.
    """

    def __init__(
        self,
        screen: Screen[None],
        dependencies: AppDependencies,
        breakdown: Callable[[], Breakdown],
        notifier: Notifier,
    ) -> None:
        """`breakdown` is as in `BudgetAlerts`; `screen` runs the workers."""
        self._screen = screen
        self._job_file = dependencies.store.path
        self._notifier = notifier
        self._alerts = BudgetAlerts(
            breakdown, lambda: dependencies.budget, dependencies.now, self._job_file
        )

    def uses(self) -> tuple[BudgetUse, ...]:
        """Return the use of each limit."""
        return self._alerts.uses()

    def check(self) -> None:
        """Give the alerts that are due."""
        for alert in self._alerts.find():
            self._notifier.remote.budget_reached(alert)
            start_worker(self._screen, partial(self._show, alert))

    async def _show(self, alert: BudgetAlert) -> None:
        """Show what no other app has shown."""
        claim = partial(claim_alert, self._job_file, alert, "app")
        if claimed := await run_in_thread_uncancelled(claim):
            self._notifier.budget_reached(claimed)
