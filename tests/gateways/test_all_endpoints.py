"""What holds for the replies of every shape, whatever of them is missing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kling_tui.gateways import ErrorKind, GatewayError
from kling_tui.jobs import Report, Status
from tests.support.polling import KINDS, finished_reply, poll_reply, recorded_reply

STATE = {"status", "task_status", "data"}
"""Fields without which a reply may not tell how the job is."""
LINK = {"task_result", "videos", "0", "url", "video", "output", "media_url"}
"""Fields without which a result may have no link."""
RUNNING = {"i2v": "in_progress", "o1": "in_progress", "v2": "processing"}


def lacking(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield a JSON value without each of its parts in turn, with the name of what is missing."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in list(items):
        if isinstance(value, dict):
            yield name, {key: each for key, each in value.items() if key != name}
            yield name, value | {name: None}
        else:
            yield str(name), [each for index, each in enumerate(value) if index != name]
        if isinstance(inner, dict | list):
            for missing, rest in lacking(inner):
                copy = value.copy()
                copy[name] = rest
                yield missing, copy


@pytest.mark.parametrize("kind", KINDS)
async def test_a_field_is_missing_at_the_end(kind: str) -> None:
    """Only without its state or its link is a result not known for what it is."""
    for missing, body in lacking(json.loads(finished_reply(kind))):
        outcome = await poll_reply(kind, body)
        if isinstance(outcome, GatewayError):
            assert (missing in STATE, outcome.kind) == (True, ErrorKind.SERVER_ERROR)
        else:
            assert outcome.status is Status.SUCCEEDED
            assert bool(outcome.videos) == outcome.conclusive
            assert outcome.videos or missing in LINK


@pytest.mark.parametrize("kind", KINDS)
async def test_a_field_is_missing_on_the_way(kind: str) -> None:
    """A job that runs is running, or nothing is known of it; it never ends for want of a field."""
    for missing, body in lacking(json.loads(recorded_reply(kind, RUNNING[kind]))):
        outcome = await poll_reply(kind, body)
        if isinstance(outcome, Report):
            assert outcome.status is Status.RUNNING
            assert not outcome.videos
        else:
            assert (missing in STATE, outcome.kind) == (True, ErrorKind.SERVER_ERROR)
