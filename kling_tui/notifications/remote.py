"""Runs the notify command and pushes messages while a program runs, as the config asks for it."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kling_tui.jobs import Job
from kling_tui.notifications.leaving import LEAVE_SECONDS

if TYPE_CHECKING:
    from kling_tui.notifications.budgets import BudgetAlert
    from kling_tui.notifications.command import NotifyCommand
    from kling_tui.notifications.command_queue import CommandNotifier
    from kling_tui.notifications.push import PushNotifier, PushOptions

Start = Callable[[Callable[[], Coroutine[Any, Any, None]]], object]
"""Runs a coroutine function beside the caller until the program ends."""


class RemoteNotifiers:
    """What notifies once among all processes, unlike bell, desktop and toast: of ends and budgets.

    Each part is loaded when it is configured for the first time.
    """

    def __init__(
        self,
        jobs: Mapping[str, Job],
        job_file: Path,
        now: Callable[[], datetime],
        *,
        start: Start,
        on_problem: Callable[[str, str], None],
        leave_seconds: float = LEAVE_SECONDS,
    ) -> None:
        """`jobs` is the mapping of all tracked jobs by id, which are in `job_file`.

        `on_problem` is called with a setting, such as "notify.push", and with why it does not work.
        `leave_seconds` is how long they let a message or command finish when they are cancelled.
        """
        self._jobs = jobs
        self._job_file = job_file
        self._now = now
        self._start = start
        self._on_problem = on_problem
        self._leave_seconds = leave_seconds
        self._command: CommandNotifier | None = None
        self._push: PushNotifier | None = None
        self._configured = False
        self._early: list[BudgetAlert] = []
        """Alerts from before `configure` was called for the first time."""

    def configure(self, command: "NotifyCommand | None", push: "PushOptions | None") -> None:
        """Take over what the config sets, and start what is new; None: nothing to run or push."""
        if self._command is not None:
            self._command.command = command
        elif command is not None:
            self._start_command(command)
        if self._push is not None:
            self._push.options = push
        elif push is not None:
            self._start_push(push)
        self._configured = True
        early, self._early = self._early, []
        for alert in early:
            self.budget_reached(alert)

    def _start_command(self, command: "NotifyCommand") -> None:
        from kling_tui.notifications.command_queue import CommandNotifier
        from kling_tui.notifications.record import NotificationRecord

        self._command = CommandNotifier(
            self._jobs,
            NotificationRecord(self._job_file),
            self._now,
            command,
            on_problem=lambda problem: self._on_problem("notify.command", problem),
            leave_seconds=self._leave_seconds,
        )
        self._start(self._command.run)

    def _start_push(self, options: "PushOptions") -> None:
        from kling_tui.notifications.push import PushNotifier
        from kling_tui.notifications.record import NotificationRecord

        self._push = PushNotifier(
            self._jobs,
            NotificationRecord(self._job_file),
            self._now,
            options,
            on_problem=lambda problem: self._on_problem("notify.push", problem),
            leave_seconds=self._leave_seconds,
        )
        self._start(self._push.run)

    def notice(self) -> None:
        """Look for ends, because jobs have changed."""
        if self._command is not None:
            self._command.notice()
        if self._push is not None:
            self._push.notice()

    def budget_reached(self, alert: "BudgetAlert") -> None:
        """Notify of a budget."""
        if not self._configured:
            self._early.append(alert)
        if self._command is not None:
            self._command.budget_reached(alert)
        if self._push is not None:
            self._push.budget_reached(alert)

    def enable(self, *, command: bool, push: bool) -> None:
        """Take over what the user wants this process to do."""
        if self._command is not None:
            self._command.enabled = command
        if self._push is not None:
            self._push.enabled = push
            self._push.notice()
