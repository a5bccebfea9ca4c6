"""Notifies the user of jobs that end and of budgets, on the channels that are on."""

from collections import Counter
from enum import StrEnum
from functools import partial
from typing import Any

from textual.screen import Screen

from kling_tui.formatting import budgets, text
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job, Status
from kling_tui.notifications.budgets import BudgetAlert
from kling_tui.notifications.remote import RemoteNotifiers
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.workers import start_worker

BATCH_SECONDS = 0.2
"""Jobs that end within this time share one bell and one desktop notification."""
_MAX_LISTED = 3
"""Jobs of a batch that are named; of larger batches, only the numbers are given."""


class Channel(StrEnum):
    """A way to notify the user."""

    BELL = "bell"
    """The terminal's bell."""
    DESKTOP = "desktop"
    """A desktop notification, by the terminal."""
    TOAST = "toast"
    """A message in the app."""
    COMMAND = "command"
    """The program `notify.command` of the config."""
    PUSH = "push"
    """Messages to the service of `notify.push` in the config."""


def _enabled_channels(dependencies: AppDependencies) -> frozenset[Channel]:
    """Return the channels that the config switches on."""
    enabled = {
        Channel.BELL: dependencies.bell,
        Channel.DESKTOP: dependencies.desktop,
        Channel.TOAST: dependencies.toast,
        Channel.COMMAND: dependencies.notify_command is not None,
        Channel.PUSH: dependencies.push is not None,
    }
    return frozenset(channel for channel, on in enabled.items() if on)


class Notifier:
    """Notifies in the app and its terminal, once of jobs that end at about the same time.

    `remote` notifies outside of it, once among all processes.
    """

    def __init__(
        self, screen: Screen[Any], dependencies: AppDependencies, desktop: Desktop, names: JobNames
    ) -> None:
        self.remote = RemoteNotifiers(
            dependencies.store.jobs,
            dependencies.store.path,
            dependencies.now,
            start=partial(start_worker, screen),
            on_problem=lambda setting, problem: desktop.toast(problem, setting, "error"),
        )
        self._screen = screen
        self._dependencies = dependencies
        self._desktop = desktop
        self._names = names
        self._channels = _enabled_channels(dependencies)
        self._batch: list[Job] = []

    @property
    def channels(self) -> frozenset[Channel]:
        """The channels that are on."""
        return self._channels

    def use(self, channels: frozenset[Channel]) -> None:
        """Notify on these channels only, until the config changes."""
        self._channels = channels
        self.remote.enable(command=Channel.COMMAND in channels, push=Channel.PUSH in channels)

    def apply_config(self) -> None:
        """Notify as the config has it now."""
        dependencies = self._dependencies
        self.remote.configure(dependencies.notify_command, dependencies.push)
        self.use(_enabled_channels(dependencies))

    @property
    def summary(self) -> str:
        """The channels that are on, as text: "bell, toast" or "off"."""
        return ", ".join(channel for channel in Channel if channel in self._channels) or "off"

    def job_ended(self, job: Job) -> None:
        """Notify in the app and its terminal of a job, with the others of its batch."""
        if not self._batch:
            self._screen.set_timer(BATCH_SECONDS, self._notify)
        self._batch.append(job)

    def budget_reached(self, alert: BudgetAlert) -> None:
        """Notify in the app and its terminal of the highest threshold that is reached."""
        title, message = budgets.alert_text(alert.use, alert.thresholds[-1])
        self._call_user(title, message)
        if Channel.TOAST in self._channels:
            self._desktop.toast(message, title, "error" if alert.use.is_exhausted else "warning")

    def _call_user(self, title: str, message: str) -> None:
        """Ring, and show a desktop notification, while the user looks elsewhere."""
        if not self._desktop.focused:
            if Channel.BELL in self._channels:
                self._desktop.ring_bell()
            if Channel.DESKTOP in self._channels:
                self._desktop.notify(title, message)

    def _notify(self) -> None:
        batch, self._batch = self._batch, []
        self._call_user(*self._summary(batch))
        if Channel.TOAST in self._channels:
            self._show_toasts(batch)

    def _show_toasts(self, batch: list[Job]) -> None:
        if len(batch) <= _MAX_LISTED:
            for job in batch:
                failed = job.status is Status.FAILED
                self._desktop.toast(
                    _result(job), self._names.name(job), "error" if failed else "information"
                )
            return
        failed_names = [self._names.name(job) for job in batch if job.status is Status.FAILED]
        title, counts = self._summary(batch)
        self._desktop.toast(
            _list_names(failed_names) if failed_names else "",
            f"{title}: {counts}",
            "error" if failed_names else "information",
        )

    def _summary(self, batch: list[Job]) -> tuple[str, str]:
        """Return the title and the message of one notification for all jobs of a batch."""
        if len(batch) == 1:
            return self._names.name(batch[0]), _result(batch[0])
        title = f"{len(batch)} jobs ended"
        if len(batch) <= _MAX_LISTED:
            return title, ", ".join(f"{self._names.name(job)} {text.status(job)}" for job in batch)
        counts = Counter(text.status(job) for job in batch)
        return title, ", ".join(f"{count} {state}" for state, count in counts.items())


def _result(job: Job) -> str:
    """Return how a job ended: that it failed and why, or its state."""
    if job.status is Status.FAILED:
        return f"failed: {text.failure_message(job)}"
    return text.status(job)


def _list_names(names: list[str]) -> str:
    more = len(names) - _MAX_LISTED
    return ", ".join(names[:_MAX_LISTED]) + (f" and {more} more" if more > 0 else "") + " failed"
