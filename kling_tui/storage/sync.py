"""Keeps the store and its file in sync while a program runs."""

import asyncio
from collections.abc import Callable

from kling_tui.storage.store import Store, StoreError
from kling_tui.storage.threads import run_in_thread_uncancelled

CHECK_INTERVAL = 1.0
"""Seconds between two checks whether another process changed the file."""
STARTUP_SAVE_DELAY = 0.5
"""Seconds between reading all jobs and the first save, as both load the processor."""
SAVE_INTERVAL = 10.0
"""Seconds between saves of changes that are not urgent, such as the times of polls."""


class StoreSync:
    """Keeps the store and its file in sync.

    It saves status changes at once and other changes every 10 s, and reloads external edits.
    """

    def __init__(
        self,
        store: Store,
        on_change: Callable[[], None],
        *,
        other_changed: Callable[[], bool] = lambda: False,
        on_check: Callable[[bool], None] = lambda _: None,
        before_load: Callable[[], None] = lambda: None,
        after_load: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep `store` and its files in sync.

        `on_change` is called when another process changed a job, when the jobs were read for the
        first time, and when `problem` or `warnings` changed. `other_changed` looks about once a
        second whether other files changed, in the thread that looks at those of the store;
        `on_check` is then called with what it returned. `before_load` and `after_load` are called
        before and after all jobs are read for the first time; see `cli.gc_policy`.
        """
        self.problem: str | None = None
        """Why the last save or reload failed."""
        self.warnings: tuple[str, ...] = ()
        """Why jobs may be missing although nothing failed; see `Store.warnings`."""
        self._store = store
        self._on_change = on_change
        self._other_changed = other_changed
        self._on_check = on_check
        self._before_load = before_load
        self._after_load = after_load
        self._save_requested = False
        self._due = asyncio.Event()

    def save_soon(self) -> None:
        """Wake `run` to save the changes at once."""
        self._save_requested = True
        self._due.set()

    async def run(self) -> None:
        """Sync until cancelled; the live file is read first, then the archive files."""
        self._before_load()
        if not self._store.loaded:
            await self.sync(save=False)
        await self.sync(save=False)
        self._after_load()
        await asyncio.sleep(STARTUP_SAVE_DELAY)
        saved_at = checked_at = _now()
        while True:
            await self._sleep_until_due()
            urgent = self._save_requested or self.problem is not None
            self._save_requested = False
            if urgent or _now() - saved_at > SAVE_INTERVAL:
                await self.sync(save=True)
                saved_at = _now()
            if _now() - checked_at > CHECK_INTERVAL / 2:  # else woken by a save
                await self._check()
                checked_at = _now()
            if self.problem:
                await asyncio.sleep(CHECK_INTERVAL)  # limits retries, however many are requested

    async def _sleep_until_due(self) -> None:
        """Sleep until the next check, or until a save is requested."""
        # A timer that sets the event is cheaper than a timeout, which cancels the task.
        timer = asyncio.get_running_loop().call_later(CHECK_INTERVAL, self._due.set)
        try:
            await self._due.wait()
        finally:
            timer.cancel()
        self._due.clear()

    async def _check(self) -> None:
        """Look for changes of all files in one thread, as a disk may not answer at once."""
        changed, other_changed = await run_in_thread_uncancelled(
            lambda: (self._store.changed_on_disk, self._other_changed())
        )
        if changed:
            await self.sync(save=False)
        self._on_check(other_changed)

    async def sync(self, *, save: bool) -> None:
        """Call `Store.sync` once; an error is in `problem` afterwards."""
        changed, problem = False, None
        before = self.problem, self.warnings, self._store.loaded
        try:
            changed = await self._store.sync(save=save)
        except StoreError as error:
            problem = str(error)
        after = problem, self._store.warnings, self._store.loaded
        if changed or after != before:
            self.problem, self.warnings, _ = after
            self._on_change()


def _now() -> float:
    return asyncio.get_running_loop().time()
