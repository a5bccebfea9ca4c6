"""Runs the polls of the session, with the settings that count now."""

from contextlib import suppress

from textual.screen import Screen
from textual.worker import Worker, WorkerCancelled

from kling_tui.polling.session import Session
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.workers import start_worker


class PollingWorker:
    """The worker of the main screen that connects to the gateways and polls."""

    def __init__(
        self, screen: Screen[None], dependencies: AppDependencies, session: Session
    ) -> None:
        self._screen = screen
        self._dependencies = dependencies
        self._session = session
        self._worker: Worker[None] | None = None
        """None until it is started."""

    def start(self) -> None:
        """Connect, and begin to poll."""
        self._worker = start_worker(self._screen, self._poll)

    async def restart(self) -> None:
        """Close the connections and connect again, if it was started."""
        if self._worker is not None:
            self._worker.cancel()
            with suppress(WorkerCancelled):
                await self._worker.wait()
            self.start()

    async def _poll(self) -> None:
        dependencies = self._dependencies
        await self._session.poll(
            dependencies.connect,
            dependencies.schedule,
            dependencies.concurrency,
            dependencies.random,
        )
