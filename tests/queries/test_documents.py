"""docs/filters.md: every term that it shows works, and every name is in it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.jobs import EXPIRY_WARNING, RESULT_RETENTION, Review, Status, Video
from kling_tui.queries import QueryError, parse
from kling_tui.queries.fields import FIELDS
from kling_tui.queries.states import STATES, STATUSES
from tests.support.jobs import O1_PRICE, a_job

DOCUMENT = (Path(__file__).parents[2] / "docs" / "filters.md").read_text("utf-8")
TABLES, *_ = DOCUMENT.split("\n## Times")
TERMS = [
    term
    for terms in re.findall(r"^\| (`.+?) \|", TABLES, re.MULTILINE)
    for term in re.findall(r"`([^`]+)`", terms)
]
MISTAKES, WORDS = (
    re.findall(r"`([^`]+)`", part)
    for part in DOCUMENT.split("\n## Mistakes")[1].split("\n## ")[0].split("A word before", 1)
)
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
VIDEO = Video("https://cdn.test/1.mp4")
DONE = a_job(
    "CjI17WevH1IAAAAAAHmgsw",
    label="hero shot",
    status=Status.SUCCEEDED,
    videos=(VIDEO,),
    prompt="a red fox",
    message="Image pixel is invalid",
    problem="HTTP 502",
    added_at=NOW,
    ended_at=NOW - timedelta(days=1),
)
JOBS = [
    DONE,
    a_job("2", kind="o1", price=O1_PRICE, profile="studio"),
    a_job("3", price=None, status=Status.FAILED, ended_at=NOW - timedelta(days=3), unread=True,
          label="campaign/shot 3", message="Failure to pass the risk control system"),
    a_job("4", status=Status.QUEUED, added_at=NOW - timedelta(days=3)),
    replace(DONE, id="5", label="", videos=(replace(VIDEO, file="/1.mp4"),)),
    replace(DONE, id="6", ended_at=NOW - RESULT_RETENTION + EXPIRY_WARNING / 2),
    replace(DONE, id="7", ended_at=NOW - RESULT_RETENTION, review=Review.KEPT),
    replace(DONE, id="8", review=Review.REJECTED),
]  # fmt: skip


@pytest.mark.parametrize("term", TERMS)
def test_documented_term_finds_some_jobs_and_not_others(term: str) -> None:
    """Of jobs in every state."""
    assert {parse(term).matches(job, NOW) for job in JOBS} == {True, False}


@pytest.mark.parametrize("query", MISTAKES)
def test_documented_mistake_is_one(query: str) -> None:
    """Each is an error."""
    with pytest.raises(QueryError):
        parse(query)


@pytest.mark.parametrize("query", WORDS)
def test_documented_word_is_none(query: str) -> None:
    """Each finds its own text."""
    text = query.strip('"')
    assert parse(query).matches(a_job(prompt=f"with {text}"), NOW)


def test_every_name_is_documented() -> None:
    """Fields, states and statuses."""
    fields = {match for term in TERMS for match in re.findall(r"^-?([a-z]+)[:<>=]", term)}
    assert fields == set(FIELDS)
    assert {f"is:{name}" for name in STATES} <= set(TERMS)
    assert all(re.search(rf'`"?{name}"?`', TABLES) for name in STATUSES)


@pytest.mark.parametrize(
    "value",
    re.findall(r"`([^`]+)`", " ".join(re.findall(r"^\| (`[0-9t].+?) \|", DOCUMENT, re.MULTILINE))),
)
def test_documented_time_is_accepted(value: str) -> None:
    """By each comparison."""
    for comparison in (":", "=", "<", "<=", ">", ">="):
        assert parse(f"expires{comparison}{value}")
