"""Tells the user once when a budget reaches a threshold."""

from collections.abc import Sequence
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
            new = [
                threshold for threshold in use.reached if _key(use, threshold) not in self._claimed
            ]
            if new:
                self._claimed.update(_key(use, threshold) for threshold in new)
                start_worker(self._screen, partial(self._alert, use, new))

    async def _alert(self, use: BudgetUse, thresholds: Sequence[Decimal]) -> None:
        """Notify of the thresholds that no other process has notified of."""

        def claim() -> list[Decimal]:
            return [each for each in thresholds if self._alerts.claim(*_key(use, each))]

        if claimed := await run_in_thread_uncancelled(claim):
            self._notifier.budget_reached(use, claimed)


def _key(use: BudgetUse, threshold: Decimal) -> tuple[str, ...]:
    """Return what identifies an alert: another limit or threshold is another alert."""
    return use.period, use.setting, use.label, str(use.limit), str(threshold)
