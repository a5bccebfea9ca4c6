"""Saves a job file of which every job has changed, or only one.

``python -m tests.benchmarks.programs.saving JOBS ROUNDS``
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from kling_tui.storage.store import Store

_PAUSE = 0.2


async def main(path: Path, rounds: int) -> None:
    """Save all jobs, then one job, over and over."""
    store = Store(path)
    store.load()
    for number in range(rounds):
        for job in list(store.jobs.values()):
            store.put(replace(job, label=f"take {number}"))
            await asyncio.sleep(0)  # to change them is not what is measured
        await store.sync()
        await asyncio.sleep(_PAUSE)
        store.put(replace(next(reversed(store.jobs.values())), label=""))
        await store.sync()
        await asyncio.sleep(_PAUSE)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
