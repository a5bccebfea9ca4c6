"""Runs blocking work in a thread that is always waited for."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


async def run_in_thread_uncancelled(function: Callable[[], _T]) -> _T:
    """Run `function` in a thread and wait for its end even when cancelled.

    A thread cannot be stopped, so an early return would leave it writing in the background. The
    cancellation is raised once the thread has ended, however often it was requested.
    """
    thread = asyncio.ensure_future(asyncio.to_thread(function))
    cancelled: asyncio.CancelledError | None = None
    while not thread.done():
        try:
            await asyncio.wait([thread])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        thread.exception()  # read it, or asyncio logs that it was never retrieved
        raise cancelled
    return thread.result()
