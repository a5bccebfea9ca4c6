"""Adds a term to a query, or removes it, as a menu of terms does."""

from kling_tui.queries.fields import FIELDS
from kling_tui.queries.lexer import RawTerm, single_line, split

_COMBINED_FIELDS = frozenset({"is"})
"""Fields of which several terms can hold for one job, as in "is:unread is:expiring"."""
_REVIEWS = frozenset({"kept", "rejected", "unreviewed"})
"""Values of "is" of which only one can hold."""


def has_term(query: str, term: str) -> bool:
    """Return whether a query has a term, written in the same way."""
    return term in _terms(query).values()


def toggle_term(query: str, term: str) -> str:
    """Return a query without a term, if it has it, or else with the term at its end.

    An added term replaces its negation and terms with the same field, because together they would
    find nothing.
    """
    terms = _terms(query)
    if has_term(query, term):
        return " ".join(text for text in terms.values() if text != term)
    (added,) = split(term, FIELDS)
    opposite = term.removeprefix("-") if added.negated else f"-{term}"
    kept = [
        text for raw, text in terms.items() if text != opposite and not _is_replaced(raw, added)
    ]
    return " ".join((*kept, term))


def _is_replaced(raw: RawTerm, added: RawTerm) -> bool:
    if raw.field != added.field or raw.negated != added.negated:
        return False
    return added.field not in _COMBINED_FIELDS or all(
        {value.text for value in term.values} <= _REVIEWS for term in (raw, added)
    )


def _terms(query: str) -> dict[RawTerm, str]:
    """Return the terms of a query, each with its text and its dashes."""
    line, before = single_line(query), 0
    terms: dict[RawTerm, str] = {}
    for raw in split(line, FIELDS):
        terms[raw] = line[before : raw.end].strip()
        before = raw.end
    return terms
