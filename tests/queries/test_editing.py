"""Terms that a menu adds to a query, or removes."""

import pytest

from kling_tui.queries import has_term, parse, quoted, toggle_term


@pytest.mark.parametrize(
    ("query", "term", "expected"),
    [
        ("", "is:unread", "is:unread"),
        ("is:unread", "is:unread", ""),
        ("fox  is:unread hero", "is:unread", "fox hero"),
        ("is:unread", "is:expiring", "is:unread is:expiring"),
        ("status:failed ended:today", "ended:yesterday", "status:failed ended:yesterday"),
        ("ended>2d", "ended:today", "ended:today"),
        ("-ended:today", "ended:yesterday", "-ended:today ended:yesterday"),
        ("ended", "ended:today", "ended ended:today"),
        ("batch=a hero", "batch=b", "hero batch=b"),
        ('batch="red fox"', 'batch="red fox"', ""),
        ('"red fox" label:"a b"', "is:unread", '"red fox" label:"a b" is:unread'),
        ('"is:unread"', "is:unread", '"is:unread" is:unread'),
        ("hero -is:unread", "is:unread", "hero is:unread"),
        ("-status:failed", "status:failed", "status:failed"),
        ("is:unread", "-is:unread", "-is:unread"),
        ("is:kept is:unread", "is:rejected", "is:unread is:rejected"),
        ("-is:kept is:downloaded", "is:unreviewed", "-is:kept is:downloaded is:unreviewed"),
    ],
)
def test_term_is_added_or_removed(query: str, term: str, expected: str) -> None:
    """It takes the place of a term with its field, of `is` only of another review."""
    assert toggle_term(query, term) == expected
    assert has_term(expected, term) is (expected != "" and not has_term(query, term))


@pytest.mark.parametrize("name", ["summer", "red fox", 'a "quoted" one', "a,b", "<odd>", "\\"])
def test_any_name_can_be_a_value(name: str) -> None:
    """In quotes if it needs them."""
    term = f"batch={quoted(name)}"
    query = toggle_term("fox", term)
    assert parse(query)
    assert toggle_term(query, term) == "fox"
