"""Every reply gives a Report or a GatewayError, with sanitised texts."""

import json
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import astuple

from kling_tui.costs import MAX_SECONDS
from kling_tui.gateways import ErrorKind, GatewayError
from kling_tui.gateways.reply import MAX_KEPT_REPLY
from kling_tui.jobs import Report, Status
from tests.support.polling import KINDS, finished_reply, poll_reply, recorded_reply

NAMES = [
    "code",
    "message",
    "data",
    "task_status",
    "task_status_msg",
    "task_result",
    "videos",
    "url",
    "id",
    "duration",
    "created_at",
    "updated_at",
    "status",
    "error",
    "detail",
    "msg",
    "video",
    "output_url",
    "width",
    "height",
    "content_type",
    "metadata",
    "prompt_used",
    "aspect_ratio",
    "processing_time_seconds",
    "queue_position",
    "estimated_wait_seconds",
    "progress_percent",
    "output",
    "media_url",
    "completed_at",
    "polling_url",
    "videoUrl",
    "result",
    "errors",
    "success",
    "task_id",
    "request_id",
]
TEXTS = [
    "/v/1.mp4",
    "2026-11-20T10:00:00Z",
    "succeed",
    "FAILED",
    "IN_PROGRESS",
    "https://cdn.test/1.mp4",
    "still in progress",
    "1e999",
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(TEXTS)
    | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=8)
    ),
    max_leaves=30,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=12)
UNPRINTABLE = {"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"}
"""Unicode categories."""
HTTP_STATUSES = st.sampled_from([200, 202, 400, 401, 404, 429, 500, 502])
STATUS_FIELDS = {"status", "task_status", "data"}
"""Fields without which a reply may have no status."""
URL_FIELDS = {"task_result", "videos", "0", "url", "video", "output", "media_url"}
"""Fields without which a result may have no URL."""
RUNNING = {"i2v": "in_progress", "o1": "in_progress", "v2": "processing"}


def strings(value: Any) -> list[str]:
    """Return every string in nested tuples and structs."""
    if isinstance(value, Struct):
        value = astuple(value)
    if isinstance(value, tuple):
        return [string for item in value for string in strings(item)]
    return [value] if isinstance(value, str) else []


def check_outcome(outcome: Report | GatewayError) -> None:
    """Check that texts are printable, and that sizes and numbers are in range."""
    if isinstance(outcome, GatewayError):
        texts = [outcome.message]
    else:
        texts = strings(outcome)
        assert len(outcome.reply or "") <= MAX_KEPT_REPLY
        assert outcome.queue_position is None or outcome.queue_position > 0
        assert outcome.eta_seconds is None or outcome.eta_seconds >= 0
        assert outcome.percent is None or 0 <= outcome.percent <= 100
        links = [video.url.lower() for video in outcome.videos]
        assert all(link.startswith(("http://", "https://")) for link in links)
        assert all(0 < (video.duration or 1) <= MAX_SECONDS for video in outcome.videos)
        assert all(
            time is None or time.year >= 2020 for time in (outcome.created_at, outcome.updated_at)
        )
    for text in texts:
        categories = {unicodedata.category(character) for character in text.replace("\n", "")}
        assert not categories & UNPRINTABLE


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@given(body=VALUES | OBJECTS, status=HTTP_STATUSES)
@settings(max_examples=120)
async def test_any_json(kind: str, body: object, status: int) -> None:
    """Fields may have values of any type."""
    check_outcome(await poll_reply(kind, body, status))


@pytest.mark.parametrize("kind", KINDS)
@given(body=st.binary(max_size=200), status=HTTP_STATUSES)
@settings(max_examples=50)
async def test_any_bytes(kind: str, body: bytes, status: int) -> None:
    """The body may not be JSON at all."""
    check_outcome(await poll_reply(kind, body, status))


def without_each_part(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the name of each part of a JSON value, and the value without that part."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in list(items):
        if isinstance(value, dict):
            yield name, {key: item for key, item in value.items() if key != name}
            yield name, value | {name: None}
        else:
            yield str(name), [item for index, item in enumerate(value) if index != name]
        if isinstance(inner, dict | list):
            for missing, rest in without_each_part(inner):
                copy = value.copy()
                copy[name] = rest
                yield missing, copy


@pytest.mark.parametrize("kind", KINDS)
async def test_missing_field_in_the_reply_of_a_finished_job(kind: str) -> None:
    """Only without its status or its URL does a result not count."""
    for missing, body in without_each_part(json.loads(finished_reply(kind))):
        outcome = await poll_reply(kind, body)
        if isinstance(outcome, GatewayError):
            assert (missing in STATUS_FIELDS, outcome.kind) == (True, ErrorKind.SERVER_ERROR)
        else:
            assert outcome.status is Status.SUCCEEDED
            assert bool(outcome.videos) == outcome.conclusive
            assert outcome.videos or missing in URL_FIELDS


@pytest.mark.parametrize("kind", KINDS)
async def test_missing_field_in_the_reply_of_a_running_job(kind: str) -> None:
    """It is running or an error; it never ends because a field is missing."""
    for missing, body in without_each_part(json.loads(recorded_reply(kind, RUNNING[kind]))):
        outcome = await poll_reply(kind, body)
        if isinstance(outcome, Report):
            assert outcome.status is Status.RUNNING
            assert not outcome.videos
        else:
            assert (missing in STATUS_FIELDS, outcome.kind) == (True, ErrorKind.SERVER_ERROR)
