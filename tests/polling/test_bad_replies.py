"""However a gateway replies for a while, every job gets its true end, and not before."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import pytest

from kling_tui.gateways import BUILT_IN, Gateway
from kling_tui.gateways.client import connect
from kling_tui.jobs import Job, Source, Status
from kling_tui.polling.backoff import PollSchedule
from kling_tui.polling.endpoint_limiter import EndpointLimiter
from kling_tui.polling.poller import Poller, PollResult
from kling_tui.storage.store import Store
from tests.support.bad_replies import bad_replies
from tests.support.documented_gateway import (
    I2V_DONE,
    I2V_FAILED,
    O1_DONE,
    O1_FAILED,
    V2_DONE,
    V2_FAILED,
    requested_job_id,
)
from tests.support.polling import KEY, KINDS
from tests.support.scripted_server import Handler, Request, http_response, serving
from tests.support.virtual_time import START, AcceleratedLoop, seeded_random

SPEED_UP = 10_000.0
"""How much faster time passes; intervals and delays keep their usual lengths."""
POLL_TIMEOUT = 2_500.0
"""Accelerated seconds for one poll, a quarter of a real one."""
PATIENCE = 1_200_000.0
"""Accelerated seconds, two real minutes, after which the test fails."""
ENDS = {
    "i2v": {Status.SUCCEEDED: I2V_DONE, Status.FAILED: I2V_FAILED},
    "o1": {Status.SUCCEEDED: O1_DONE, Status.FAILED: O1_FAILED},
    "v2": {Status.SUCCEEDED: V2_DONE, Status.FAILED: V2_FAILED},
}
SEEDS = [1, 2, 3]

pytestmark = pytest.mark.slow


@dataclass
class Scenario:
    """The replies about one job, and the ends that the poller reported."""

    kind: str
    bad: list[Handler]
    """Replies that are still to come before the truth."""
    end: Status
    reported: list[tuple[Status, int]] = field(default_factory=list)
    """Each reported end, and how many bad replies were still to come."""


Scenarios = Mapping[str, Scenario]
"""By the job's id."""


def answering(scenarios: Scenarios) -> Handler:
    """Return what a server does: it sends the bad replies of each job, and then its true end."""

    async def play(request: Request, writer: asyncio.StreamWriter) -> None:
        scenario = scenarios[requested_job_id(request)]
        if scenario.bad:
            await scenario.bad.pop(0)(request, writer)
        else:
            writer.write(http_response(ENDS[scenario.kind][scenario.end].body))

    return play


async def poll(
    scenarios: Scenarios, gateways: Mapping[str, Gateway], slots: asyncio.Semaphore
) -> Iterable[Job]:
    """Poll jobs until all have ended, and return them."""
    store, ended = Store(Path("never-written.toml")), asyncio.Event()
    store.put(
        *(
            Job(id=job_id, kind=scenario.kind, added_at=START)
            for job_id, scenario in scenarios.items()
        )
    )

    def on_poll(_: Job, result: PollResult) -> None:
        if result.job.ended:
            scenario = scenarios[result.job.id]
            scenario.reported.append((result.job.status, len(scenario.bad)))
        if all(job.ended for job in store.jobs.values()):
            ended.set()

    by_source = {Source(kind): gateway for kind, gateway in gateways.items()}
    limiters = {
        source: EndpointLimiter(PollSchedule(), slots, lambda: START, seeded_random(7))
        for source in by_source
    }
    task = asyncio.create_task(Poller(store, by_source, limiters, on_poll).run())
    try:
        await ended.wait()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return store.jobs.values()


async def all_polled(groups: Iterable[Scenarios]) -> list[Job]:
    """Poll the jobs of all groups concurrently, each group with its own limiters."""
    scenarios = {job_id: scenario for group in groups for job_id, scenario in group.items()}
    async with (
        serving(answering(scenarios)) as url,
        connect(BUILT_IN, url, KEY, POLL_TIMEOUT, through_proxies=False) as gateways,
        asyncio.timeout(PATIENCE),
    ):
        slots = asyncio.Semaphore(8)
        polled = await asyncio.gather(*(poll(group, gateways, slots) for group in groups))
    return list(chain.from_iterable(polled))


def check(groups: Sequence[Scenarios]) -> None:
    """Check that each job gets its true end, once, and with a link or a message."""
    with asyncio.Runner(loop_factory=lambda: AcceleratedLoop(SPEED_UP)) as runner:
        jobs = runner.run(all_polled(groups))
    for scenarios in groups:
        for job_id, scenario in scenarios.items():
            assert (job_id, scenario.reported) == (job_id, [(scenario.end, 0)])
    for job in jobs:
        assert job.problem is None
        assert job.videos if job.status is Status.SUCCEEDED else job.message


@pytest.mark.parametrize("kind", KINDS)
def test_job_ends_correctly_after_each_kind_of_bad_reply(kind: str) -> None:
    """For each kind of bad reply one job succeeds and one fails in the end."""
    bad = bad_replies(kind)
    assert len(bad) > 30
    check(
        [
            {f"{name}, {end}": Scenario(kind, list(plays), end) for end in ENDS[kind]}
            for name, plays in bad.items()
        ]
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_jobs_end_correctly_after_random_mixes_of_bad_replies(seed: int) -> None:
    """The jobs of all endpoints share a server."""
    random = seeded_random(seed)
    scenarios = {}
    for kind in KINDS:
        bad = list(bad_replies(kind).values())
        for number in range(10):
            plays = [random.choice(plays) for plays in random.sample(bad, 8)]
            end = random.choice(list(ENDS[kind]))
            scenarios[f"{kind} {number}, {end}"] = Scenario(kind, plays, end)
    check([scenarios])
