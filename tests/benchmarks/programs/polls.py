"""Polls a gateway as fast as it can, and prints how many polls a second that is.

``python -m tests.benchmarks.programs.polls ours|bare URL IN_FLIGHT SECONDS``: by the program's own
gateways, or by nothing but one httpx client.
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


@asynccontextmanager
async def ours(url: str, _: int) -> AsyncIterator[Poll]:
    """Poll as the program does."""
    async with connect(BUILT_IN, url, "", 10.0, through_proxies=False) as gateways:
        yield gateways["i2v"].poll


@asynccontextmanager
async def bare(url: str, in_flight: int) -> AsyncIterator[Poll]:
    """Poll with as little around httpx as can be."""
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:

        async def poll(job_id: str) -> object:
            response = await client.post(url + I2V_PATH, json={"task_id": job_id})
            return response.json()

        yield poll


async def count(poll: Poll, in_flight: int, seconds: float) -> float:
    """Return the polls a second."""
    end, polls = time.monotonic() + seconds, 0

    async def keep_polling(job_id: str) -> None:
        nonlocal polls
        while time.monotonic() < end:
            await poll(job_id)
            polls += 1

    async with asyncio.TaskGroup() as group:
        for number in range(in_flight):
            group.create_task(keep_polling(f"Cj{number:018}"))
    return polls / (seconds + time.monotonic() - end)


async def main(way: str, url: str, in_flight: int, seconds: float) -> None:
    """Poll, once for nothing and once for the figure."""
    async with {"ours": ours, "bare": bare}[way](url, in_flight) as poll:
        await count(poll, in_flight, 0.3)
        print(await count(poll, in_flight, seconds))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
