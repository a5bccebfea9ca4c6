"""Saves a job file after all of its jobs have changed, and after one has.

``python -m tests.benchmarks.programs.saving JOB_FILE ROUNDS`` prints how many milliseconds it takes
to save one changed job, as a median.
"""

import asyncio
import sys
import time
from pathlib import Path
from statistics import median

from msgspec.structs import replace

from kling_tui.storage.store import Store

_PAUSE = 0.2


async def main(job_file: Path, rounds: int) -> None:
    """Save all jobs and then one job, so many times."""
    store = Store(job_file)
    store.load()
    milliseconds: list[float] = []
    for number in range(rounds):
        for job in list(store.jobs.values()):
            store.put(replace(job, label=f"take {number}"))
            await asyncio.sleep(0)  # changing them is not measured
        await store.sync()
        await asyncio.sleep(_PAUSE)
        store.put(replace(next(reversed(store.jobs.values())), label=""))
        started_at = time.monotonic()
        await store.sync()
        milliseconds.append((time.monotonic() - started_at) * 1000)
        await asyncio.sleep(_PAUSE)
    print(median(milliseconds))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
