"""Completion of queries."""

from decimal import Decimal

import pytest
from hypothesis import given

from kling_tui.jobs import Price
from kling_tui.queries import Names, QueryError, parse, suggestions
from kling_tui.queries.fields import FIELDS
from tests.queries.test_parser import QUERIES
from tests.support.jobs import O1_PRICE, a_job

NAMES = Names(("i2v", "wan"), ("default",))
JOBS = [
    a_job("1", label="hero shot"),
    a_job("2", label="the hero", kind="o1", price=O1_PRICE),
    a_job("3", label="wolf"),
]


def completed(query: str, cursor: int | None = None) -> list[str]:
    """Return the completed queries, by default with the cursor at the end."""
    at = len(query) if cursor is None else cursor
    return [found.apply(query, at)[0] for found in suggestions(query, at, JOBS, NAMES)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("st", ["status:"]),
        ("E", ["ended:", "expires:"]),
        ("fox -l", ["fox -label:"]),
        ("cost", ["cost:", "cost<", "cost>"]),
        ("nothing-like-it", []),
        ("status:fa", ["status:failed"]),
        ("status:queued,ru", ["status:queued,running"]),
        ("status:no", ['status:"no video"', "status:unknown"]),
        ("status:failed", []),
        ("is:exp", ["is:expiring", "is:expired"]),
        ("kind:", ["kind:i2v", "kind:wan", "kind:o1"]),
        ("profile:d", ["profile:default"]),
        ("label:he", ['label:"hero shot"', 'label:"the hero"']),
        ('label:"he', ['label:"hero shot"', 'label:"the hero"']),
        ('label:"hero shot"', []),
        ("cost>0", ["cost>0.35", "cost>0.90"]),
        ("ended:y", ["ended:yesterday"]),
        ("expires:to", ["expires:today", "expires:tomorrow"]),
        ('"fo', []),
    ],
)
def test_term_before_the_cursor_is_completed(query: str, expected: list[str]) -> None:
    """Values that begin so come first, then those that contain it."""
    assert completed(query) == expected


@pytest.mark.parametrize("query", ["", "fox ", "-", "status:failed "])
def test_every_field_is_offered_where_a_term_begins(query: str) -> None:
    """After a space or a dash too."""
    assert completed(query) == [f"{query}{name}:" for name in FIELDS]


def test_rest_of_the_query_is_kept() -> None:
    """The cursor may be before the end; it moves behind what is inserted."""
    (found,) = suggestions("sta fox", 3, JOBS)
    assert found.apply("sta fox", 3) == ("status: fox", 7)


@pytest.mark.parametrize(
    ("usd", "text"), [("0.9", "0.90"), ("0.90", "0.90"), ("2", "2.00"), ("0.1250", "0.125")]
)
def test_amounts_have_two_decimals_or_more(usd: str, text: str) -> None:
    """Equal amounts look the same, however their prices were written."""
    jobs = [a_job("1", price=Price(Decimal(usd)))]
    assert [found.text for found in suggestions("cost>", 5, jobs)] == [text]


@given(QUERIES)
def test_completion_of_any_text_begins_within_it(text: str) -> None:
    """It raises nothing, and replaces only what is before the cursor."""
    for cursor in {0, len(text) // 2, len(text)}:
        for found in suggestions(text, cursor, JOBS, NAMES):
            assert 0 <= found.start <= cursor


@pytest.mark.parametrize("name", FIELDS)
def test_completed_values_are_valid(name: str) -> None:
    """Each field accepts what it offers."""
    for query in completed(f"{name}:"):
        try:
            assert parse(query, Names(("i2v", "wan", "o1"), ("default",)))
        except QueryError as error:
            pytest.fail(f"{query}: {error}")
