"""Asks for the API key while there is none.

The dialog is imported when it is opened, so that the first paint does not wait for it.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.screen import Screen

from kling_tui.sanitize import sanitize_line
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.screens.config_reload import ConfigReload
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from kling_tui.tui.screens.api_key import KeyAnswer


class FirstRun:
    """Opens the dialog for the API key, and does what the user answers."""

    def __init__(
        self,
        screen: Screen[None],
        dependencies: AppDependencies,
        config_reload: ConfigReload,
        open_demo: Callable[[], Awaitable[None]],
    ) -> None:
        """`open_demo` quits, and opens the demo."""
        self._screen = screen
        self._dependencies = dependencies
        self._config_reload = config_reload
        self._open_demo = open_demo
        self._dialog: Dialog[KeyAnswer | None] | None = None
        """The open dialog."""

    @property
    def needed(self) -> bool:
        """Whether there is a config that could have a key, but no profile has one."""
        return self._dependencies.config is not None and not self._dependencies.has_key

    @property
    def due(self) -> bool:
        """Whether to ask at the start: no job is tracked yet, or one waits for the key.

        Jobs of endpoints that need no key can be watched without being asked at each start.
        """
        jobs, endpoints = self._dependencies.store.jobs.values(), self._dependencies.endpoints
        waiting = (
            job
            for job in jobs
            if not job.ended and (kind := endpoints.get(job.kind)) and kind.needs_key
        )
        return self.needed and (not jobs or any(waiting))

    def ask(self) -> None:
        """Ask for the key."""
        from kling_tui.tui.screens.api_key import ApiKeyScreen

        if (config := self._dependencies.config) is not None:
            self._dialog = ApiKeyScreen(config)
            self._screen.app.push_screen(self._dialog, self._answered)

    def close_if_done(self) -> None:
        """Close the dialog, if the config has a key by now."""
        if self._dialog is not None and not self.needed:
            self._dialog.dismiss(None)

    def _answered(self, answer: "KeyAnswer | None") -> None:
        from kling_tui.tui.screens.api_key import KeyAnswer

        self._dialog = None
        if answer is KeyAnswer.SAVED:
            start_worker(self._screen, self._use_saved_key)
        elif answer is KeyAnswer.DEMO:
            self._screen.app.call_later(self._open_demo)

    async def _use_saved_key(self) -> None:
        await self._config_reload.reload(quietly=True)
        if not self.needed and (config := self._dependencies.config) is not None:
            path = sanitize_line(str(config.path))
            self._screen.notify(f"Saved in {path}", title="API key", markup=False)
