"""Runs the notify command and pushes messages while the app is open."""

from typing import TYPE_CHECKING

from textual.screen import Screen

from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.notifier import Channel, enabled_channels
from kling_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from kling_tui.notifications.command_queue import CommandNotifier
    from kling_tui.notifications.push import PushNotifier


class RemoteNotifiers:
    """What notifies of each end once among all processes, unlike bell, desktop and toast.

    Each part of it is loaded when the config asks for it.
    """

    def __init__(
        self, screen: Screen[None], dependencies: AppDependencies, desktop: Desktop
    ) -> None:
        self._screen = screen
        self._dependencies = dependencies
        self._desktop = desktop
        self._command: CommandNotifier | None = None
        self._push: PushNotifier | None = None

    def start(self) -> None:
        """Start what the config asks for; called when the screen is mounted, and on a reload."""
        dependencies = self._dependencies
        if self._command is not None:
            self._command.command = dependencies.notify_command
        elif dependencies.notify_command is not None:
            self._start_command()
        if self._push is not None:
            self._push.options = dependencies.push
        elif dependencies.push is not None:
            self._start_push()
        self.enable(enabled_channels(dependencies))

    def _start_command(self) -> None:
        from kling_tui.notifications.command_queue import CommandNotifier
        from kling_tui.notifications.record import NotificationRecord

        store = self._dependencies.store
        self._command = CommandNotifier(
            store.jobs,
            NotificationRecord(store.path),
            self._dependencies.now,
            self._dependencies.notify_command,
            on_problem=lambda problem: self._desktop.toast(problem, "notify.command", "error"),
        )
        start_worker(self._screen, self._command.run)

    def _start_push(self) -> None:
        from kling_tui.notifications.push import PushNotifier
        from kling_tui.notifications.record import NotificationRecord

        store = self._dependencies.store
        self._push = PushNotifier(
            store.jobs,
            NotificationRecord(store.path),
            self._dependencies.now,
            self._dependencies.push,
            on_problem=lambda problem: self._desktop.toast(problem, "notify.push", "error"),
        )
        start_worker(self._screen, self._push.run)

    def notice(self) -> None:
        """Look for ends, because jobs have changed."""
        if self._command is not None:
            self._command.notice()
        if self._push is not None:
            self._push.notice()

    def enable(self, channels: frozenset[Channel]) -> None:
        """Take over which channels are on."""
        if self._command is not None:
            self._command.enabled = Channel.COMMAND in channels
        if self._push is not None:
            self._push.enabled = Channel.PUSH in channels
            self._push.notice()
