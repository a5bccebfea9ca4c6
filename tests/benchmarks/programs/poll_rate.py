"""Polls a gateway as fast as possible, and prints the polls per second.

``python -m tests.benchmarks.programs.poll_rate ours|bare URL IN_FLIGHT SECONDS``: ``ours`` polls by
the program's own gateway client, ``bare`` by an httpx client alone.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx

from kling_tui.gateways import BUILT_IN
from kling_tui.gateways.client import connect
from tests.support.documented_gateway import I2V_PATH

Poll = Callable[[str], Awaitable[object]]
_WARM_UP = 0.3
"""Seconds that are not counted."""


@asynccontextmanager
async def ours(url: str, _: int) -> AsyncIterator[Poll]:
    """Poll as the program does."""
    async with connect(BUILT_IN, url, "", 10.0, through_proxies=False) as gateways:
        yield gateways["i2v"].poll


@asynccontextmanager
async def bare(url: str, in_flight: int) -> AsyncIterator[Poll]:
    """Poll with an httpx client and nothing else."""
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:

        async def poll(job_id: str) -> object:
            response = await client.post(url + I2V_PATH, json={"task_id": job_id})
            return response.json()

        yield poll


async def polls_per_second(poll: Poll, in_flight: int, seconds: float) -> float:
    """Keep so many polls in flight for some seconds."""
    deadline, polls = time.monotonic() + seconds, 0

    async def keep_polling(job_id: str) -> None:
        nonlocal polls
        while time.monotonic() < deadline:
            await poll(job_id)
            polls += 1

    async with asyncio.TaskGroup() as group:
        for number in range(in_flight):
            group.create_task(keep_polling(f"Cj{number:018}"))
    return polls / (seconds + time.monotonic() - deadline)


async def main(client: str, url: str, in_flight: int, seconds: float) -> None:
    """Warm up, measure and print."""
    async with {"ours": ours, "bare": bare}[client](url, in_flight) as poll:
        await polls_per_second(poll, in_flight, _WARM_UP)
        print(await polls_per_second(poll, in_flight, seconds))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
