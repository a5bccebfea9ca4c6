"""Opens the HTTP client of a download queue when the first download needs it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Self

from kling_tui.downloads.download import Client

Connect = Callable[[], AbstractAsyncContextManager[Client]]
"""Opens the HTTP client."""


class SharedClient:
    """A client that several downloads share; most sessions need none."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._exit_stack = AsyncExitStack()
        self._opening: asyncio.Task[Client] | None = None

    async def get(self) -> Client:
        """Return the client, which the first call opens, and the next one again if that failed."""
        if self._opening is None or _has_failed(self._opening):
            opening = self._exit_stack.enter_async_context(self._connect())
            self._opening = asyncio.create_task(opening)
        # Cancelling one download must not cancel the opening that others wait for.
        return await asyncio.shield(self._opening)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            if self._opening:
                self._opening.cancel()
                await asyncio.wait([self._opening])
                _has_failed(self._opening)
        finally:
            await self._exit_stack.aclose()


def _has_failed(task: asyncio.Task[Client]) -> bool:
    """Return whether a task ended without a result; asyncio then logs no exception of it."""
    return task.done() and (task.cancelled() or task.exception() is not None)
