"""Parses a query."""

from itertools import pairwise

from kling_tui.queries.errors import QueryError, did_you_mean, quote, similar_names
from kling_tui.queries.fields import FIELDS
from kling_tui.queries.lexer import FIELD, RawTerm, Value, single_line, split
from kling_tui.queries.names import Names
from kling_tui.queries.query import Query, Term, Word

_QUOTE_IT = "to search for this text, put it in quotes"
_OTHER_NAMES = {"state": "status", "name": "label", "type": "kind", "model": "kind"}
"""Names that are similar to a field in meaning only."""
_OPERATORS = (":", "<", ">", "=")
_ANY_NAMES = Names()


def parse(text: str, names: Names = _ANY_NAMES) -> Query:
    """Parse a query; raises QueryError. `names` are the kinds and profiles that there are."""
    raw_terms = list(split(single_line(text), FIELDS))
    _check_spaces(raw_terms)
    return Query(
        text,
        [_parse_word(raw) for raw in raw_terms if not raw.field],
        [_parse_term(raw, names) for raw in raw_terms if raw.field],
    )


def _parse_word(raw: RawTerm) -> Word:
    value = raw.values[0]
    _check_closed(value)
    if not (value.text or value.quoted):
        raise QueryError(f"a word is missing after the dash; {_QUOTE_IT}", raw.start - 1, raw.end)
    if not value.quoted and (match := FIELD.match(value.text)):
        name = match[1]
        other = _OTHER_NAMES.get(name.casefold())
        if meant := [other] if other else similar_names(name, FIELDS):
            message = f"there is no field {quote(name)}{did_you_mean(meant)} {_QUOTE_IT}"
            raise QueryError(message, raw.start, raw.start + len(name))
    return Word(value.text.casefold(), raw.negated)


def _parse_term(raw: RawTerm, names: Names) -> Term:
    field = FIELDS[raw.field]
    is_comparison = raw.operator in ("<", "<=", ">", ">=")
    if is_comparison and not field.ordered:
        message = f"{raw.field} cannot be compared with {raw.operator}; write {raw.field}:"
        raise QueryError(message, raw.start, raw.end)
    for value in raw.values:
        _check_closed(value)
        if not (value.text or value.quoted):
            message = f"{raw.field}: a value is missing; expected {field.expected(names)}"
            raise QueryError(message, value.start, value.end)
    if is_comparison and len(raw.values) > 1:
        message = f"{raw.operator} takes one value; expected {field.expected(names)}"
        raise QueryError(message, raw.values[1].start, raw.end)
    conditions = (field.condition(raw.operator, value, names) for value in raw.values)
    return Term(tuple(conditions), raw.negated)


def _check_closed(value: Value) -> None:
    if not value.closed:
        raise QueryError("this quote is not closed", value.start, value.end)


def _check_spaces(raw_terms: list[RawTerm]) -> None:
    """Raise QueryError for a field with spaces before its operator, as in "cost > 0.5"."""
    for before, raw in pairwise(raw_terms):
        name, operator = before.values[0], raw.values[0]
        if before.field or raw.field or name.quoted or operator.quoted:
            continue
        if name.text.casefold() in FIELDS and operator.text.startswith(_OPERATORS):
            message = f"write {name.text}{operator.text[0]} without spaces; {_QUOTE_IT}"
            raise QueryError(message, raw.start, raw.end)
