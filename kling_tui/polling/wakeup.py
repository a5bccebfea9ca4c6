"""An interruptible sleep, one for each watched job."""

import asyncio
import math


class Wakeup:
    """A sleep that others can end early, and whether they want a poll even while paused."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.forced = False
        """Whether a poll was asked for since the last one."""

    def force_poll(self) -> None:
        """End the sleep and have the job polled at once, even while polling is paused."""
        self.forced = True
        self._event.set()

    def wake(self) -> None:
        """End the sleep, because what the sleeper waits for may have changed."""
        self._event.set()

    def reset(self) -> None:
        """Forget earlier calls: a poll has just been made."""
        self.forced = False
        self._event.clear()

    async def sleep(self, seconds: float) -> None:
        """Sleep for `seconds` (inf: until woken)."""
        try:
            async with asyncio.timeout(None if math.isinf(seconds) else seconds):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()
