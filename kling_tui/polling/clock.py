"""The clock that all polling waits by."""

import asyncio


def loop_time() -> float:
    """Return the event loop's time in seconds; changes of the system clock do not move it."""
    return asyncio.get_running_loop().time()
