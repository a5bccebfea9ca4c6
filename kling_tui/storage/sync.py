"""Keeps the store and its file alike for as long as a program runs."""

import asyncio
import gc
from collections.abc import Callable

from kling_tui.storage.store import Store, StoreError

CHECK_INTERVAL = 1.0
"""Seconds between two looks at whether another process changed the file."""
GC_THRESHOLD = 1_000
"""Objects after which garbage is looked for, so that each look takes a millisecond or two."""
_GC_DISABLED = 1_000_000
"""So many looks at the young objects come before one at the old ones."""
STARTUP_SAVE_DELAY = 0.5
"""Seconds for which nothing is saved when all has been read."""
SAVE_INTERVAL = 10.0
"""Seconds after which the times of the last polls are saved, where nothing else has to be."""


class StoreSync:
    """Saves news at once and the rest now and then, and takes over what others change."""

    def __init__(self, store: Store, changed: Callable[[], None]) -> None:
        """Keep `store`; `changed` is called when others changed a job, and when `problem` did."""
        self.problem: str | None = None
        """Why the last attempt to save or to read failed."""
        self._store = store
        self._changed = changed
        self._news = asyncio.Event()

    def save_soon(self) -> None:
        """Have what changed saved at once."""
        self._news.set()

    async def run(self) -> None:
        """Keep both alike until cancelled; what is live is read first, then the rest."""
        # The jobs stay: to look for garbage among thousands of them would stop the loop each time.
        gc.set_threshold(GC_THRESHOLD, 10, _GC_DISABLED)
        if self._store.unread:
            await self.sync(save=False)
        await self.sync(save=False)
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD, 10, 10)
        await asyncio.sleep(
            STARTUP_SAVE_DELAY
        )  # to write takes as much of the processor as to show
        saved_at = _time()
        while True:
            try:
                async with asyncio.timeout(CHECK_INTERVAL):
                    await self._news.wait()
            except TimeoutError:
                pass
            news = self._news.is_set() or self.problem is not None
            self._news.clear()
            if news or _time() - saved_at > SAVE_INTERVAL:
                await self.sync(save=True)
                saved_at = _time()
            else:
                await self.sync(save=False)
            if self.problem:
                await asyncio.sleep(CHECK_INTERVAL)  # however much news there is meanwhile

    async def sync(self, *, save: bool) -> None:
        """Do what is to be done now; what goes wrong is in `problem` afterwards."""
        others, unread = False, self._store.unread
        try:
            others = await self._store.sync(save=save)
            problem = self._store.archive_error
        except StoreError as error:
            problem = str(error)
        if others or problem != self.problem or unread != self._store.unread:
            self.problem = problem
            self._changed()


def _time() -> float:
    return asyncio.get_running_loop().time()
