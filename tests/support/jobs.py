"""Jobs for tests: one that was just tracked, and Hypothesis strategies for any job."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.cli import bootstrap
from kling_tui.config.settings import Config
from kling_tui.jobs import Exchange, Job, Price, Review, Status, Transition, Video
from kling_tui.sanitize import sanitize_line, sanitize_text

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
I2V_PRICE = Price(Decimal("0.35"), 5.0)
O1_PRICE = Price(Decimal("0.90"))
ENDPOINTS = bootstrap.endpoints(Config())
"""The built-in endpoints, as without a config."""
TASK = "CjI17WevH1IAAAAAAHmgsw"
REQUEST = "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8"


def a_job(job_id: str = TASK, **changes: Any) -> Job:
    """Return an I2V job that was tracked at `NOW` and never polled, with `changes`."""
    return replace(Job(id=job_id, kind="i2v", added_at=NOW, price=I2V_PRICE), **changes)


def after(seconds: float) -> datetime:
    """Return the time that many seconds after `NOW`."""
    return NOW + timedelta(seconds=seconds)


def seen(*statuses: Status) -> tuple[Transition, ...]:
    """Return a history of these statuses, one per second."""
    return tuple(Transition(after(second), status) for second, status in enumerate(statuses))


def changed_fields(before: Job, job: Job) -> set[str]:
    """Return the names of the fields in which two jobs differ."""
    return {name for name in Job.__struct_fields__ if getattr(before, name) != getattr(job, name)}


HARMFUL = "\0\a\b\t\n\v\r\x1b\x7f\x9b\xad\u200b\u202e\u2028\u2029\u3000\ud800\udfff\ufeff\uffff"
"""Control characters, spaces, lone surrogates, and invisible or bidirectional marks."""
RAW_TEXTS = st.text(st.characters() | st.sampled_from(HARMFUL), max_size=60)
"""Any untrusted text."""
TEXTS = RAW_TEXTS.map(sanitize_line)
NONEMPTY_TEXTS = TEXTS.map(lambda text: text or "—")
"""Sanitised text that is not empty."""
NUMBERS = st.floats(0, 1e9)
COUNTS = st.integers(0, 10**9)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PRICES = st.builds(
    Price,
    usd=st.decimals(0, 10_000, places=4),
    per_seconds=st.none() | st.floats(0.001, 86_400),
)
VIDEOS = st.builds(
    Video,
    url=NONEMPTY_TEXTS,
    id=st.none() | NONEMPTY_TEXTS,
    duration=st.none() | NUMBERS,
    width=st.none() | COUNTS,
    height=st.none() | COUNTS,
    content_type=st.none() | NONEMPTY_TEXTS,
    file=st.none() | NONEMPTY_TEXTS,
)
STATUSES = st.sampled_from(Status)
TRANSITIONS = st.builds(
    Transition, at=TIMES, status=STATUSES, raw_status=st.none() | NONEMPTY_TEXTS
)
EXCHANGES = st.builds(
    Exchange,
    method=st.sampled_from(["GET", "POST"]),
    path=NONEMPTY_TEXTS,
    status=st.integers(100, 999),
    at=TIMES,
    seconds=st.none() | st.floats(0, 1e6),
    headers=st.lists(TEXTS, max_size=3).map(tuple),
)
JOBS = st.builds(
    Job,
    id=NONEMPTY_TEXTS,
    kind=st.sampled_from(["i2v", "o1", "v2"]) | NONEMPTY_TEXTS,
    added_at=TIMES,
    price=st.none() | PRICES,
    label=TEXTS,
    profile=TEXTS,
    status=STATUSES,
    raw_status=st.none() | NONEMPTY_TEXTS,
    message=st.none() | NONEMPTY_TEXTS,
    problem=st.none() | NONEMPTY_TEXTS,
    problem_since=st.none() | TIMES,
    queue_position=st.none() | COUNTS,
    eta_seconds=st.none() | NUMBERS,
    percent=st.none() | st.floats(0, 100),
    videos=st.lists(VIDEOS, max_size=3).map(tuple),
    prompt=st.none() | NONEMPTY_TEXTS,
    aspect_ratio=st.none() | NONEMPTY_TEXTS,
    processing_seconds=st.none() | NUMBERS,
    created_at=st.none() | TIMES,
    updated_at=st.none() | TIMES,
    checked_at=st.none() | TIMES,
    ended_at=st.none() | TIMES,
    history=st.lists(TRANSITIONS, max_size=3).map(tuple),
    reply=st.none() | RAW_TEXTS.map(lambda text: sanitize_text(text, 60) or "{}"),
    exchange=st.none() | EXCHANGES,
    unread=st.booleans(),
    review=st.none() | st.sampled_from(Review),
).map(lambda job: replace(job, unread=job.unread and job.ended))
"""Any job that can be tracked."""


def polled_job(status: Status, **changes: Any) -> Job:
    """Return a job that was polled once."""
    return replace(a_job(status=status, history=seen(status), checked_at=NOW), **changes)


def clip(seconds: float | None = None) -> Video:
    """Return a video of that length."""
    return Video("https://cdn.test/1.mp4", duration=seconds)
