"""Tells the user once when a budget reaches a threshold."""

from datetime import date
from decimal import Decimal
from functools import partial

from textual.screen import Screen

from kling_tui.costs import Breakdown
from kling_tui.costs.budget import Budget, BudgetUse, budget_uses
from kling_tui.storage.alerts import AlertLog
from kling_tui.storage.threads import run_in_thread_uncancelled
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.notifier import Notifier
from kling_tui.tui.workers import start_worker

_State = tuple[int, date, Budget]


class BudgetWatch:
    """How much of the budget of the config is used, and which alerts were given.

    Of several apps on a job file, one gives each alert, also after a restart.
    """

    def __init__(
        self,
        screen: Screen[None],
        dependencies: AppDependencies,
        breakdown: Breakdown,
        notifier: Notifier,
    ) -> None:
        """`breakdown` has the costs of all jobs; `screen` runs the workers."""
        self._screen = screen
        self._dependencies = dependencies
        self._breakdown = breakdown
        self._notifier = notifier
        self._alerts = AlertLog(dependencies.store.path)
        self._claimed: set[tuple[str, ...]] = set()
        """The alerts that were looked up by this process."""
        self._state: _State | None = None
        self._uses: tuple[BudgetUse, ...] = ()

    def uses(self) -> tuple[BudgetUse, ...]:
        """Return the use of each limit; computed only when something has changed."""
        budget, now = self._dependencies.budget, self._dependencies.now()
        state = self._breakdown.version, now.astimezone(self._breakdown.zone).date(), budget
        if state != self._state:
            self._state = state
            self._uses = budget_uses(budget, self._breakdown, now)
        return self._uses

    def check(self) -> None:
        """Give the alerts that are due."""
        for use in self.uses():
            for threshold in use.reached:
                key = use.period, use.setting, use.label, str(use.limit), str(threshold)
                if key not in self._claimed:
                    self._claimed.add(key)
                    start_worker(self._screen, partial(self._alert, key, use, threshold))

    async def _alert(self, key: tuple[str, ...], use: BudgetUse, threshold: Decimal) -> None:
        if await run_in_thread_uncancelled(partial(self._alerts.claim, *key)):
            self._notifier.budget_reached(use, threshold)
