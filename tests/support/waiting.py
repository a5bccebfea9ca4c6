"""How long tests wait, and waiting for what no event announces."""

import asyncio
from collections.abc import Callable

TIMEOUT = 20.0
"""Seconds after which a test gives up."""


async def wait_until(condition: Callable[[], object]) -> None:
    """Check a condition until it holds; raises TimeoutError after `TIMEOUT` seconds."""
    async with asyncio.timeout(TIMEOUT):
        while not condition():  # noqa: ASYNC110 - for what other processes do, there is no event
            await asyncio.sleep(0.01)
