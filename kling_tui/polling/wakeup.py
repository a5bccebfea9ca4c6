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
        # A timer that sets the event is cheaper than a timeout, which cancels the task.
        timer = None
        if not math.isinf(seconds):
            timer = asyncio.get_running_loop().call_later(seconds, self._event.set)
        try:
            await self._event.wait()
        finally:
            if timer:
                timer.cancel()
        self._event.clear()
