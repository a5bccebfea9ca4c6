"""When Python's garbage collector runs, tuned so that it does not stop the event loop.

The defaults collect the young generation after 700 new objects and the old one after 70,000. With
10,000 jobs loaded, one pass over the old generation stopped the event loop for up to 200 ms, and
collections took a tenth of the start-up time. Here, the old generation is never collected while the
user works: every few seconds, what has survived is frozen, which excludes it from later passes.
Dialogs that were closed after that are garbage among frozen objects, so all objects are collected
now and then while no key is pressed. `docs/decisions/gc-policy.md` has the measurements.

The command line calls `during_import`. `before_load` and `after_load` are given to
`storage.sync.StoreSync`, `OpenAppCollector.check` is called once a second while the app is open,
and `collect_all` is given to the video player.
"""

import gc
import time
from collections.abc import Callable

_IMPORT_THRESHOLD = 150_000
"""New objects before a young collection while modules are imported: more than all of them have, and
the first screen. Every collection would look at most of them again, and frees a few hundred."""
_RUN_THRESHOLD = 1_000
"""New objects before a young collection later: each takes one or two milliseconds."""
_NEVER = 1_000_000
"""Young collections before an old one; so many that none happens during the load."""
_FREEZE_INTERVAL = 5.0
"""Seconds between two passes that freeze what has survived."""
_IDLE_SECONDS = 60.0
"""Seconds without input after which a pass over all objects may stop the event loop."""
_FULL_INTERVAL = 600.0
"""Seconds between two such passes."""
_PAUSE_SECONDS = 2.0
"""Seconds without input after which such a pass is made while the app is used."""
_USED_INTERVAL = 120.0
"""Seconds between two such passes while the app is used: each dialog leaves a MiB of garbage."""


def during_import() -> None:
    """Collect nothing: imported modules stay in memory."""
    gc.set_threshold(_IMPORT_THRESHOLD)


def before_load() -> None:
    """Collect young objects only, because the jobs that are being loaded stay in memory.

    What was imported is excluded from this on: the first collection would take 20 ms.
    """
    gc.freeze()
    gc.set_threshold(_RUN_THRESHOLD, 10, _NEVER)


def after_load() -> None:
    """Exclude all loaded jobs from later collections."""
    gc.freeze()
    gc.set_threshold(_RUN_THRESHOLD, 10, 10)


class OpenAppCollector:
    """Collects while the app is open, instead of the passes over the old generation."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns seconds."""
        self._clock = clock
        self._frozen_at = self._collected_at = clock()

    def after_load(self) -> None:
        """Exclude all loaded jobs from later collections, and never collect the old generation."""
        gc.freeze()
        gc.set_threshold(_RUN_THRESHOLD, 10, _NEVER)

    def check(self, seconds_idle: float) -> None:
        """Collect if it is time; called about once a second.

        `seconds_idle` is for how long the user has pressed no key.
        """
        now = self._clock()
        since = now - self._collected_at
        rested = seconds_idle >= _IDLE_SECONDS and since >= _FULL_INTERVAL
        paused = _PAUSE_SECONDS <= seconds_idle < since and since >= _USED_INTERVAL
        if rested or paused:
            collect_all()
            self._collected_at = self._frozen_at = now
        elif now - self._frozen_at >= _FREEZE_INTERVAL:
            gc.collect(1)
            gc.freeze()
            self._frozen_at = now


def collect_all() -> None:
    """Collect all objects, also what was frozen; it takes up to 0.2 s with 10,000 jobs.

    Called before a clip plays too, so that no collection delays its frames.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
