"""Which thresholds of budgets are reached, and of which the user was told."""

import asyncio
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from kling_tui.costs import Breakdown
from kling_tui.costs.budget import Budget, BudgetUse, budget_uses
from kling_tui.costs.report import day_bounds
from kling_tui.jobs import Job
from kling_tui.polling.wakeup import Wakeup
from kling_tui.storage.alerts import AlertLog

_DUE_AGAIN_BELOW = Decimal("0.95")
"""The share of a threshold below which the use must fall before that is due again: a job that fails
and is submitted again should not be an alert each time."""


class BudgetAlert(Struct, frozen=True):
    """A budget that has reached thresholds."""

    use: BudgetUse
    thresholds: tuple[Decimal, ...]
    """The shares of the limit, in ascending order; at least one."""


class BudgetAlerts:
    """The alerts that a process has to give while it runs."""

    def __init__(
        self,
        breakdown: Callable[[], Breakdown],
        budget: Callable[[], Budget],
        now: Callable[[], datetime],
        job_file: Path,
    ) -> None:
        """`budget` returns the limits as they are now; `breakdown` the costs of all jobs.

        Without a limit, `breakdown` is not called.
        """
        self._breakdown = breakdown
        self._budget = budget
        self._now = now
        self._log = AlertLog(job_file)
        self._found: dict[tuple[str, ...], int] = {}
        """The thresholds that are reached, and how often each was renewed before."""
        self._state: tuple[int, date, Budget] | None = None
        self._uses: tuple[BudgetUse, ...] = ()
        self._searched: tuple[BudgetUse, ...] = ()

    def uses(self) -> tuple[BudgetUse, ...]:
        """Return the use of each limit; computed only when something has changed."""
        budget, now = self._budget(), self._now()
        if not budget:
            return ()
        breakdown = self._breakdown()
        state = breakdown.version, now.astimezone(breakdown.zone).date(), budget
        if state != self._state:
            self._state = state
            self._uses = budget_uses(budget, breakdown, now)
        return self._uses

    def find(self) -> list[BudgetAlert]:
        """Return the thresholds that were not reached at the last call.

        One that is no longer reached, because jobs in flight have failed, is due again. Only a
        process that has seen both renews it: to another one, it may be news that it was reached.
        """
        uses = self.uses()
        if uses is self._searched:
            return []
        self._searched = uses
        if labels := {label for _, _, label, *_ in self._found if label}:
            uses = budget_uses(self._budget(), self._breakdown(), self._now(), labels)
        news = (
            (use, tuple(each for each in use.thresholds if self._is_news(use, each)))
            for use in uses
        )
        return [BudgetAlert(use, new) for use, new in news if new]

    def _is_news(self, use: BudgetUse, threshold: Decimal) -> bool:
        """Return whether a threshold was not reached, and is now; or note that it no longer is."""
        key = _key(use, threshold)
        if use.share >= threshold and key not in self._found:
            self._found[key] = self._log.times_renewed(*key)
            return True
        if use.share < threshold * _DUE_AGAIN_BELOW and key in self._found:
            self._log.renew(self._found.pop(key), *key)
        return False


def _key(use: BudgetUse, threshold: Decimal) -> tuple[str, ...]:
    """Return what identifies a threshold: that of another limit is another one."""
    return use.period, use.setting, use.label, str(use.limit), str(threshold)


def claim_alert(job_file: Path, alert: BudgetAlert, channel: str) -> BudgetAlert | None:
    """Return what of an alert no process has given on a channel yet, and note that this one does.

    None if nothing is left.
    """
    log = AlertLog(job_file)

    def claim(threshold: Decimal) -> bool:
        key = _key(alert.use, threshold)
        times = log.times_renewed(*key)
        return log.claim(*key, channel, *((str(times),) if times else ()))

    thresholds = tuple(filter(claim, alert.thresholds))
    return BudgetAlert(alert.use, thresholds) if thresholds else None


class BudgetWatch:
    """Counts the costs of all jobs while it runs, where no screen does, and finds alerts."""

    def __init__(
        self,
        jobs: Mapping[str, Job],
        budget: Budget,
        now: Callable[[], datetime],
        on_alert: Callable[[BudgetAlert], None],
        job_file: Path,
    ) -> None:
        """`jobs` is the mapping of all tracked jobs by id, which changes."""
        self._jobs = jobs
        self._budget = budget
        self._now = now
        self._on_alert = on_alert
        self._breakdown = Breakdown()
        self._alerts = BudgetAlerts(lambda: self._breakdown, lambda: self._budget, now, job_file)
        self._wakeup = Wakeup()

    def configure(self, budget: Budget) -> None:
        """Take over what the config sets."""
        self._budget = budget
        self.notice()

    def notice(self) -> None:
        """Look for alerts soon, because jobs have changed."""
        self._wakeup.wake()

    async def run(self) -> None:
        """Find alerts until cancelled."""
        while True:
            wait = math.inf
            if self._budget:
                for _ in self._breakdown.sync(self._jobs):
                    await asyncio.sleep(0)
                for alert in self._alerts.find():
                    self._on_alert(alert)
                wait = self._seconds_left_of_day()  # what is in flight counts on the next day too
            await self._wakeup.sleep(wait)

    def _seconds_left_of_day(self) -> float:
        now = self._now()
        _, end = day_bounds(now.astimezone().date(), None)
        return (end - now).total_seconds() + 1
