"""When Python's garbage collector runs, tuned so that it does not stop the event loop.

The defaults collect the young generation after 700 new objects and the old one after 70,000. With
10,000 jobs loaded, one pass over the old generation stopped the event loop for up to 200 ms, and
collections took a tenth of the start-up time. With this policy the longest stop was 28 to 71 ms
(`python -m tests.benchmarks loops` measures it). Polling without any young collection grew by
10 MiB while 10,000 jobs were loaded, so young objects are always collected.

The command line calls `during_import`. `before_load` and `after_load` are given to
`storage.sync.StoreSync`, and `after_clip_opened` to the video player.
"""

import gc

_IMPORT_THRESHOLD = 150_000
"""New objects before a young collection while modules are imported: more than all of them have, and
the first screen. Every collection would look at most of them again, and frees a few hundred."""
_RUN_THRESHOLD = 1_000
"""New objects before a young collection later: each takes one or two milliseconds."""
_NEVER = 1_000_000
"""Young collections before an old one; so many that none happens during the load."""


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


def after_clip_opened() -> None:
    """Collect once before a clip plays, so that no collection delays its frames.

    `unfreeze` comes first, so that cycles left by an earlier clip are collected too.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
