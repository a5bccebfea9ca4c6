"""Runs the notify command once for each end, and each budget, among all processes."""

import asyncio
import json
import math
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from kling_tui.formatting import budgets
from kling_tui.jobs import Job
from kling_tui.notifications.budgets import BudgetAlert
from kling_tui.notifications.command import NotifyCommand, ProgramError
from kling_tui.notifications.ends import EndScanner, not_after
from kling_tui.notifications.leaving import LEAVE_SECONDS, let_finish
from kling_tui.notifications.record import NotificationRecord
from kling_tui.polling.wakeup import Wakeup
from kling_tui.storage.locks import LockedError
from kling_tui.storage.threads import run_in_thread_uncancelled

_LOCKED_DELAY = 2.0
"""Seconds until the next attempt to use the record, if another process has it locked."""


class CommandNotifier:
    """Runs the command for the ends that are found, by any process, while this one runs.

    `jobs` is the mapping of all tracked jobs by id; `on_problem` is called with why the command
    failed.
    """

    def __init__(
        self,
        jobs: Mapping[str, Job],
        record: NotificationRecord,
        now: Callable[[], datetime],
        command: NotifyCommand | None,
        *,
        on_problem: Callable[[str], None],
        leave_seconds: float = LEAVE_SECONDS,
    ) -> None:
        """`leave_seconds` is how long `run` lets commands finish that are running at its end."""
        self.command = command
        """None if nothing is to be run."""
        self.enabled = True
        """Whether the user wants it to be run."""
        self._jobs = jobs
        self._record = record
        self._now = now
        self._since = now()
        self._on_problem = on_problem
        self._leave_seconds = leave_seconds
        self._wakeup = Wakeup()
        self._scanner = EndScanner(jobs)
        self._alerts: list[BudgetAlert] = []
        """Those that are still to be looked at."""

    def notice(self) -> None:
        """Look for ends soon, because jobs have changed."""
        self._wakeup.wake()

    def budget_reached(self, alert: BudgetAlert) -> None:
        """Run the command soon for each threshold, unless another process has done so."""
        self._alerts.append(alert)
        self._wakeup.wake()

    async def run(self) -> None:
        """Run commands until cancelled."""
        wait = math.inf
        async with asyncio.TaskGroup() as group:
            while True:
                await self._wakeup.sleep(wait)
                await self._start_commands_for_budgets(group)
                wait = await self._start_commands(group)

    async def _start_commands(self, group: asyncio.TaskGroup) -> float:
        """Start what is due; return in how many seconds to try again, or inf."""
        now = self._now()
        self._since = not_after(now, self._since)
        found = self._scanner.find(self._since)
        if self.command is None or not self.enabled:
            self._scanner.settle(found)  # these ends are not made up for
            return math.inf
        if not found:
            return math.inf
        try:
            job_ids = await run_in_thread_uncancelled(
                lambda: self._record.claim_commands(found, now)
            )
        except LockedError:
            return _LOCKED_DELAY
        self._scanner.settle(found)
        for job_id in job_ids:
            if job := self._jobs.get(job_id):
                group.create_task(self._run(self.command.run(job)))
        return math.inf

    async def _start_commands_for_budgets(self, group: asyncio.TaskGroup) -> None:
        """Start a command for each threshold that is due."""
        alerts, self._alerts = self._alerts, []
        command = self.command
        if command is None or not self.enabled:
            return  # these are not made up for
        for alert in alerts:
            claim = partial(self._record.claim_alert, alert, "command")
            claimed = await run_in_thread_uncancelled(claim)
            for threshold in claimed.thresholds if claimed else ():
                body = json.dumps(budgets.alert_as_json(alert.use, threshold), ensure_ascii=False)
                title, _ = budgets.alert_text(alert.use, threshold)
                group.create_task(self._run(command.run_with(f"{body}\n", title)))

    async def _run(self, run: Coroutine[Any, Any, None]) -> None:
        try:
            await let_finish(run, self._leave_seconds)
        except ProgramError as error:
            self._on_problem(str(error))
