"""Saves a job file after all of its jobs have changed, and after one has.

``python -m tests.benchmarks.programs.saving JOB_FILE ROUNDS``
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from kling_tui.storage.store import Store

_PAUSE = 0.2


async def main(job_file: Path, rounds: int) -> None:
    """Save all jobs and then one job, so many times."""
    store = Store(job_file)
    store.load()
    for number in range(rounds):
        for job in list(store.jobs.values()):
            store.put(replace(job, label=f"take {number}"))
            await asyncio.sleep(0)  # changing them is not measured
        await store.sync()
        await asyncio.sleep(_PAUSE)
        store.put(replace(next(reversed(store.jobs.values())), label=""))
        await store.sync()
        await asyncio.sleep(_PAUSE)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
