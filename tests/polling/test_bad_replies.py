"""However a gateway answers for a while, every job ends as it truly ended, and not before."""

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
from tests.support.bad_replies import bad_answers
from tests.support.independent_gateway import (
    I2V_DONE,
    I2V_FAILED,
    O1_DONE,
    O1_FAILED,
    V2_DONE,
    V2_FAILED,
)
from tests.support.polling import KEY, KINDS, Play, framed, id_asked, serving
from tests.support.virtual_time import START, AcceleratedLoop, seeded_random

HURRY = 10_000.0
"""How much faster time passes: the usual waits are as long as ever, up to an hour."""
WITHIN = 2_500.0
"""Seconds, a quarter of a real one, within which a poll must be answered."""
PATIENCE = 1_200_000.0
"""Seconds, two real minutes, after which jobs are taken to run for ever."""
ENDS = {
    "i2v": {Status.SUCCEEDED: I2V_DONE, Status.FAILED: I2V_FAILED},
    "o1": {Status.SUCCEEDED: O1_DONE, Status.FAILED: O1_FAILED},
    "v2": {Status.SUCCEEDED: V2_DONE, Status.FAILED: V2_FAILED},
}
SEEDS = [1, 2, 3]


@dataclass
class Story:
    """How one job is answered, and what became of it."""

    kind: str
    bad: list[Play]
    """What is still to be answered before the truth."""
    end: Status
    told: list[tuple[Status, int]] = field(default_factory=list)
    """Each end that was told of, and how much bad was still to come by then."""


Stories = Mapping[str, Story]
"""By the job's id."""


def answering(stories: Stories) -> Play:
    """Answer badly about each job as its story has it, and then with the truth for ever."""

    async def play(request: bytes, writer: asyncio.StreamWriter) -> None:
        story = stories[id_asked(request)]
        if story.bad:
            await story.bad.pop(0)(request, writer)
        else:
            writer.write(framed(ENDS[story.kind][story.end].body))

    return play


async def poll(
    stories: Stories, gateways: Mapping[str, Gateway], slots: asyncio.Semaphore
) -> Iterable[Job]:
    """Poll jobs as the app does until all have ended, and return them."""
    store, ended = Store(Path("never-written.toml")), asyncio.Event()
    store.put(*(Job(id=each, kind=story.kind, added_at=START) for each, story in stories.items()))

    def hear(_: Job, polled: PollResult) -> None:
        if polled.job.ended:
            story = stories[polled.job.id]
            story.told.append((polled.job.status, len(story.bad)))
        if all(job.ended for job in store.jobs.values()):
            ended.set()

    by_source = {Source(kind): gateway for kind, gateway in gateways.items()}
    limiters = {
        source: EndpointLimiter(PollSchedule(), slots, lambda: START, seeded_random(7))
        for source in by_source
    }
    task = asyncio.create_task(Poller(store, by_source, limiters, hear).run())
    try:
        await ended.wait()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return store.jobs.values()


async def all_polled(groups: Iterable[Stories]) -> list[Job]:
    """Poll the jobs of all groups at the same time, each group at a pace of its own."""
    stories = {job_id: story for group in groups for job_id, story in group.items()}
    async with (
        serving(answering(stories)) as url,
        connect(BUILT_IN, url, KEY, WITHIN, through_proxies=False) as gateways,
        asyncio.timeout(PATIENCE),
    ):
        slots = asyncio.Semaphore(8)
        polled = await asyncio.gather(*(poll(group, gateways, slots) for group in groups))
    return list(chain.from_iterable(polled))


def check(groups: Sequence[Stories]) -> None:
    """See that all jobs end as they truly ended, once, and with a link or a reason."""
    with asyncio.Runner(loop_factory=lambda: AcceleratedLoop(HURRY)) as runner:
        jobs = runner.run(all_polled(groups))
    for stories in groups:
        for job_id, story in stories.items():
            assert (job_id, story.told) == (job_id, [(story.end, 0)])
    for job in jobs:
        assert job.problem is None
        assert job.videos if job.status is Status.SUCCEEDED else job.message


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_bad_answer(kind: str) -> None:
    """Of each kind there are two jobs, one that succeeded and one that failed in the end."""
    bad = bad_answers(kind)
    assert len(bad) > 30
    check(
        [
            {f"{name}, {end}": Story(kind, list(plays), end) for end in ENDS[kind]}
            for name, plays in bad.items()
        ]
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_all_kinds_mixed(seed: int) -> None:
    """Jobs of all endpoints, side by side, each answered badly in several ways by chance."""
    dice = seeded_random(seed)
    stories = {}
    for kind in KINDS:
        bad = list(bad_answers(kind).values())
        for number in range(10):
            plays = [dice.choice(plays) for plays in dice.sample(bad, 8)]
            end = dice.choice(list(ENDS[kind]))
            stories[f"{kind} {number}, {end}"] = Story(kind, plays, end)
    check([stories])
