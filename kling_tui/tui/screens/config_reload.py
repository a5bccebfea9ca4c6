"""Applies the config to the running app when it changes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from textual.notifications import SeverityLevel
from textual.screen import Screen

from kling_tui.config.changes import Changes, Part
from kling_tui.config.errors import ConfigError
from kling_tui.downloads.queue import DownloadQueue
from kling_tui.polling.session import Session
from kling_tui.storage.threads import run_in_thread_uncancelled
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.screens.polling_worker import PollingWorker
from kling_tui.tui.workers import start_worker

_MAX_LISTED = 8
"""Settings that the toast names; of more, it gives the number."""
_MAX_PROBLEMS = 4
_LONG = 20.0
"""Seconds for which a toast is shown that the user has to act on."""


class ConfigReload:
    """Looks for changes of the config, passes them to the parts of the app, and reports them."""

    def __init__(
        self,
        screen: Screen[None],
        dependencies: AppDependencies,
        *,
        session: Session,
        polling: PollingWorker,
        downloads: DownloadQueue,
        apply_notifications: Callable[[], None],
        apply_views: Callable[[], None],
        show_settings: Callable[[], None],
    ) -> None:
        """`apply_notifications` and `apply_views` take over the settings of the dependencies.

        `show_settings` is called when new settings were applied.
        """
        self._screen = screen
        self.dependencies = dependencies
        self._session = session
        self._polling = polling
        self._downloads = downloads
        self._show_settings = show_settings
        self._lock = asyncio.Lock()
        self._problem = ""
        """Why the file as it is now cannot be used; "" if it is in force."""
        self.appliers: Mapping[Part, Callable[[], Awaitable[None] | None]] = {
            Part.NEW_JOBS: self._apply_endpoints,
            Part.CONNECTIONS: self._apply_connections,
            Part.DOWNLOADS: self._apply_downloads,
            Part.BUDGET: lambda: None,  # read whenever the totals are shown
            Part.NOTIFICATIONS: apply_notifications,
            Part.PREVIEW: lambda: None,  # read when a video is played
            Part.THEME: self._apply_theme,
            Part.VIEWS: apply_views,
            Part.KEYS: self._apply_keys,
        }
        """How each part of the app takes its settings from the dependencies."""

    def reload_soon(self) -> None:
        """Reload the file without waiting for it: that may run a key_command."""
        start_worker(self._screen, self.reload)

    async def reload(self, *, quietly: bool = False) -> None:
        """Read the file and apply what changed; report that, unless `quietly`."""
        config = self.dependencies.config
        if config is None:
            return
        async with self._lock:
            try:
                settings, changes = await run_in_thread_uncancelled(config.reload)
            except ConfigError as error:
                self._report_problem(str(error))
                return
            recovered, self._problem = bool(self._problem), ""
            advice_before = self.dependencies.advice
            self.dependencies.take_settings(settings)
            await self._apply(changes)
        if self.dependencies.advice not in ("", advice_before):
            self._toast(self.dependencies.advice, "Config", "warning", _LONG)
        if not quietly:
            self._report(changes, recovered=recovered)

    async def _apply(self, changes: Changes) -> None:
        for part, apply in self.appliers.items():
            if part in changes.parts and (applying := apply()) is not None:
                await applying
        if changes.parts:
            self._show_settings()

    def _apply_endpoints(self) -> None:
        self._session.endpoints = self.dependencies.endpoints

    async def _apply_connections(self) -> None:
        self._apply_endpoints()
        await self._polling.restart()

    def _apply_downloads(self) -> None:
        self._downloads.options = self.dependencies.download_options

    def _apply_theme(self) -> None:
        self._screen.app.theme = self.dependencies.theme

    def _apply_keys(self) -> None:
        self._screen.app.set_keymap(dict(self.dependencies.keys))

    def _report(self, changes: Changes, *, recovered: bool) -> None:
        parts = []
        if changes.applied:
            parts.append(f"applied: {_listed(changes.applied)}")
        if changes.restart:
            parts.append(f"restart to apply: {_listed(changes.restart)}")
        if parts:
            timeout = _LONG if changes.restart else None
            self._toast("\n".join(parts), "Config reloaded", "information", timeout)
        elif recovered:
            self._toast("The config can be read again", "Config reloaded")

    def _report_problem(self, problem: str) -> None:
        """Show why the file cannot be used, once."""
        if problem == self._problem:
            return
        self._problem = problem
        lines = problem.split("\n")
        if (more := len(lines) - _MAX_PROBLEMS) > 0:
            lines[_MAX_PROBLEMS:] = [f"and {more} more"]
        lines.append("The previous settings stay in force.")
        self._toast("\n".join(lines), "Config not reloaded", "error", _LONG)

    def _toast(
        self,
        message: str,
        title: str,
        severity: SeverityLevel = "information",
        timeout: float | None = None,
    ) -> None:
        self._screen.notify(message, title=title, severity=severity, timeout=timeout, markup=False)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MAX_LISTED
    return ", ".join(names[:_MAX_LISTED]) + (f" and {more} more" if more > 0 else "")
