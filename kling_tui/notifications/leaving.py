"""What a program that ends lets finish that it has begun."""

import asyncio
from collections.abc import Coroutine
from typing import Any

LEAVE_SECONDS = 0.8
"""Seconds that a message or command may take that is on its way when the app is closed."""


async def let_finish(work: Coroutine[Any, Any, None], seconds: float) -> None:
    """Run `work` until it ends; if this is cancelled meanwhile, for at most some seconds more."""
    running = asyncio.ensure_future(work)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running], timeout=seconds)
        running.cancel()
        await asyncio.wait([running])
        raise
