"""Any answer at all gives a report or a GatewayError, and only harmless text."""

import unicodedata
from dataclasses import astuple
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.gateways import GatewayError
from kling_tui.gateways.client import MAX_KEPT_REPLY
from kling_tui.jobs import Report
from tests.support.polling import KINDS, poll_reply

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
HARMFUL = {"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"}
"""Categories of characters that do more than print, or cannot be printed."""
STATUSES = st.sampled_from([200, 202, 400, 401, 404, 429, 500, 502])


def texts(value: Any) -> list[str]:
    """Return every string in a report."""
    if isinstance(value, tuple):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


def check(outcome: Report | GatewayError) -> None:
    """See that nothing in an outcome could harm a terminal or fill the memory."""
    if isinstance(outcome, GatewayError):
        shown = [outcome.message]
    else:
        shown = texts(astuple(outcome))
        assert len(outcome.reply or "") <= MAX_KEPT_REPLY
        assert outcome.queue_position is None or outcome.queue_position > 0
        assert outcome.eta_seconds is None or outcome.eta_seconds >= 0
        assert outcome.percent is None or 0 <= outcome.percent <= 100
        links = [video.url.lower() for video in outcome.videos]
        assert all(link.startswith(("http://", "https://")) for link in links)
    for text in shown:
        assert not {unicodedata.category(each) for each in text.replace("\n", "")} & HARMFUL


@pytest.mark.parametrize("kind", KINDS)
@given(body=VALUES | OBJECTS, status=STATUSES)
@settings(max_examples=120)
async def test_any_json(kind: str, body: object, status: int) -> None:
    """Wrong types in every field are survived."""
    check(await poll_reply(kind, body, status))


@pytest.mark.parametrize("kind", KINDS)
@given(body=st.binary(max_size=200), status=STATUSES)
@settings(max_examples=50)
async def test_any_bytes(kind: str, body: bytes, status: int) -> None:
    """So is what is no JSON."""
    check(await poll_reply(kind, body, status))
