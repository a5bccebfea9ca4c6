"""Whatever a gateway replies, the invariants of a job hold, from the HTTP client to its file."""

import asyncio
import json
import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import astuple, replace

from kling_tui.costs import cost_of
from kling_tui.formatting.output import job_as_json
from kling_tui.gateways import BUILT_IN, Endpoint, Gateway, GatewayError, derive_endpoint
from kling_tui.gateways.client import HttpGateway
from kling_tui.gateways.errors import MAX_RETRY_AFTER
from kling_tui.jobs import Job, Source, Status, Video
from kling_tui.polling.clock import loop_time
from tests.support.disguised_keys import visible_characters
from tests.support.job_files import open_store
from tests.support.jobs import I2V_PRICE, changed_fields
from tests.support.polling import IDS, KEY, KINDS
from tests.support.random_replies import RandomReply, random_replies
from tests.support.virtual_time import START, VirtualLoop, time_of_day
from tests.support.watching import Watched, watching

CONFIGURED = derive_endpoint("wan", "o1", "/wan-request-result")
"""An endpoint that a config adds."""
SHAPES = {kind: kind for kind in KINDS} | {CONFIGURED.kind: "o1"}
"""By kind, the built-in one whose replies its own are like."""
ENDPOINTS: Mapping[str, Endpoint] = {**BUILT_IN, CONFIGURED.kind: CONFIGURED}
REFRESH_INTERVAL = 20.0
"""Seconds between two polls that the user forces."""
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
MAX_UNITS = 100
MAX_PAUSE = 2 * MAX_RETRY_AFTER
"""Seconds within which a job is polled again, whatever the replies were."""


class ScriptedGateway:
    """Sends the replies of a script, the last one for ever."""

    def __init__(self, script: Sequence[RandomReply]) -> None:
        self._replies = [reply for reply in script for _ in range(reply.repeats)]
        self.sent = 0

    @property
    def ended(self) -> bool:
        """Whether the whole script was sent."""
        return self.sent >= len(self._replies)

    def handle(self, _: httpx.Request) -> httpx.Response:
        """Return the next response."""
        reply = self._replies[min(self.sent, len(self._replies) - 1)]
        self.sent += 1
        stream = httpx.ByteStream(reply.body)
        return httpx.Response(reply.status, headers=list(reply.headers), stream=stream)


@contextmanager
def logged() -> Iterator[list[str]]:
    """Collect what is logged in the block."""
    lines: list[str] = []
    handler, logger = logging.Handler(), logging.getLogger("kling_tui")
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


def times_in(value: Any) -> Iterator[datetime]:
    """Yield all times of a job, also those of its history."""
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, tuple):
        yield from chain.from_iterable(map(times_in, value))
    elif isinstance(value, Struct):
        yield from times_in(astuple(value))


def without_links(job: Job) -> list[Video]:
    """Return the results of a job without their links, which may be renewed."""
    return [replace(video, url="") for video in job.videos]


def check_step(before: Job, job: Job) -> None:
    """Check the invariants of one poll."""
    cost = cost_of(job)
    assert cost is not None
    assert cost.units <= MAX_UNITS
    latest = time_of_day() + timedelta(days=1)
    assert all(EARLIEST <= time <= latest for time in times_in(job))
    if before.ended:
        assert changed_fields(before, job) <= {"problem", "problem_since", "checked_at", "videos"}
        if before.videos or before.status is Status.FAILED:
            assert cost_of(job) == cost_of(before)
            assert without_links(job) == without_links(before)
    if job.ended:
        assert job.ended_at


async def poll_all(watched: Watched, script: ScriptedGateway, *, once: bool) -> None:
    """Let time pass until the whole script was sent; the user forces polls, also after the end."""
    sent, sent_at = -1, 0.0
    while not script.ended:
        if script.sent != sent:
            sent, sent_at = script.sent, loop_time()
        assert loop_time() - sent_at < MAX_PAUSE
        (job,) = watched.store.jobs.values()
        if once:
            with suppress(GatewayError):
                await watched.poller.poll_once(job)
        elif job.ended:
            watched.poller.refresh(job)
        await asyncio.sleep(REFRESH_INTERVAL)
        if watched.store.jobs[job.id].ended and not job.ended:
            watched.store.save()


def check_secrecy(folder: Path, texts: Sequence[str]) -> None:
    """Check that the API key is neither in texts nor in any file of a folder."""
    files = [file.read_text("utf-8") for file in folder.rglob("*") if file.is_file()]
    assert len(files) >= 2
    for text in (*files, *texts):
        assert visible_characters(KEY) not in visible_characters(text)


async def check_script(folder: Path, kind: str, script: list[RandomReply], *, once: bool) -> None:
    """Poll a job with such replies, and check the invariants of it and its files."""
    job = Job(id=IDS[SHAPES[kind]], kind=kind, added_at=START, price=I2V_PRICE)
    gateway, path = ScriptedGateway(script), folder / "jobs.toml"
    transport = httpx.MockTransport(gateway.handle)
    http = HttpGateway(ENDPOINTS[kind], transport, "http://gateway.test", KEY, 60.0, time_of_day)
    gateways: Mapping[Source, Gateway] = {job.source: http}
    with logged() as lines:
        async with watching(gateways, job, path=path, on_poll=check_step) as watched:
            watched.store.save()
            await poll_all(watched, gateway, once=once)
        watched.store.save()
    job = watched.job(job.id)
    (read,) = open_store(path).jobs.values()
    assert changed_fields(read, job) == set()  # pytest would compare long texts for minutes
    check_secrecy(folder, [*lines, json.dumps(job_as_json(job))])


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHAPES)
@given(data=st.data(), once=st.booleans())
@settings(max_examples=settings().max_examples)
def test_invariants_hold_whatever_the_gateway_replies(
    kind: str,
    data: st.DataObject,
    once: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """An end is final, costs and times are bounded, files can be read back, the key is in none."""
    script = data.draw(random_replies(SHAPES[kind]))
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=VirtualLoop) as loop:
        loop.run(check_script(Path(folder), kind, script, once=once))
