"""Keeps the store and its file alike for as long as a program runs."""

import asyncio
from collections.abc import Callable

from kling_tui.storage.store import Store, StoreError

CHECK_INTERVAL = 1.0
"""Seconds between two looks at whether another process changed the file."""
STARTUP_SAVE_DELAY = 0.5
"""Seconds for which nothing is saved when all has been read."""
SAVE_INTERVAL = 10.0
"""Seconds after which the times of the last polls are saved, where nothing else has to be."""


class StoreSync:
    """Saves news at once and the rest now and then, and takes over what others change."""

    def __init__(
        self,
        store: Store,
        on_change: Callable[[], None],
        *,
        before_load: Callable[[], None] = lambda: None,
        after_load: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep `store` and its files in sync.

        `on_change` is called when another process changed a job and when `problem` changed.
        `before_load` and `after_load` are called before and after all jobs are read for the first
        time; see `cli.gc_policy`.
        """
        self.problem: str | None = None
        """Why the last attempt to save or to read failed."""
        self._store = store
        self._on_change = on_change
        self._before_load = before_load
        self._after_load = after_load
        self._news = asyncio.Event()

    def save_soon(self) -> None:
        """Have what changed saved at once."""
        self._news.set()

    async def run(self) -> None:
        """Keep both alike until cancelled; what is live is read first, then the rest."""
        self._before_load()
        if not self._store.loaded:
            await self.sync(save=False)
        await self.sync(save=False)
        self._after_load()
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
        others, loaded = False, self._store.loaded
        try:
            others = await self._store.sync(save=save)
            problem = self._store.archive_error
        except StoreError as error:
            problem = str(error)
        if others or problem != self.problem or loaded != self._store.loaded:
            self.problem = problem
            self._on_change()


def _time() -> float:
    return asyncio.get_running_loop().time()
