"""Parses a query."""

from collections.abc import Sequence
from itertools import takewhile

from kling_tui.queries.errors import QueryError, quote, similar_names
from kling_tui.queries.fields import FIELDS, StateField
from kling_tui.queries.lexer import FIELD, RawTerm, Value, single_line, split
from kling_tui.queries.names import Names
from kling_tui.queries.query import Query, Term, Word

_QUOTE_IT = "To search for this text, put it in quotes"
_SIMILARITY = 0.76
"""How similar a word before a colon must be to a field to be an error: "lable" to "label" is 0.8,
and "host" to "cost" 0.75."""
_OTHER_NAMES = {"state": "status", "name": "label", "type": "kind", "model": "kind"}
"""Names that are similar to a field in meaning only."""
_OPERATORS = (":", "<", ">", "=")
_ANY_NAMES = Names()


def parse(text: str, names: Names = _ANY_NAMES) -> Query:
    """Parse a query; raises QueryError for the first part that is wrong.

    `names` are the kinds and profiles that there are.
    """
    words: list[Word] = []
    terms: list[Term] = []
    before = None
    raw_terms = list(split(single_line(text), FIELDS))
    for index, raw in enumerate(raw_terms):
        if raw.field:
            _check_quoted(raw, raw_terms[index + 1 :])
            terms.append(_parse_term(raw, names))
        else:
            _check_spaces(before, raw)
            words.append(_parse_word(raw))
        before = raw
    return Query(text, words, terms)


def part_before(text: str, error: QueryError) -> str:
    """Return the part of a query before the term that has its first error; it is valid."""
    ends = [raw.end for raw in split(single_line(text), FIELDS) if raw.end < error.start]
    return text[: max(ends, default=0)]


def _parse_word(raw: RawTerm) -> Word:
    value = raw.values[0]
    _check_closed(value)
    if not (value.text or value.quoted):
        raise QueryError(f"a word is missing after the dash. {_QUOTE_IT}", raw.start - 1, raw.end)
    if not value.quoted and (match := FIELD.match(value.text)):
        name = match[1]
        other = _OTHER_NAMES.get(name.casefold())
        if meant := [other] if other else similar_names(name, FIELDS, _SIMILARITY):
            message = f"{quote(name)}: did you mean {meant[0]}? {_QUOTE_IT}"
            raise QueryError(message, raw.start, raw.start + len(name))
    return Word(value.text.casefold(), raw.negated)


def _parse_term(raw: RawTerm, names: Names) -> Term:
    field = FIELDS[raw.field]
    is_comparison = raw.operator in ("<", "<=", ">", ">=")
    if is_comparison and not field.ordered:
        message = f"{raw.field} has no order; write {raw.field}: or {raw.field}="
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


def _check_quoted(raw: RawTerm, following: Sequence[RawTerm]) -> None:
    """Raise QueryError for a value of several words without quotes, as in "reason:image size"."""
    field = FIELDS[raw.field]
    if not isinstance(field, StateField) or raw.values[-1].quoted:
        return
    words = takewhile(lambda each: not (each.field or each.negated), following)
    spoken = [raw.values[-1].text, *(word.values[0].text for word in words)]
    if value := field.value_of_words(spoken):
        message = f'put a value of several words in quotes: {raw.field}:"{value}"'
        raise QueryError(message, raw.values[-1].start, following[0].end)


def _check_closed(value: Value) -> None:
    if not value.closed:
        raise QueryError("this quote is not closed", value.start, value.end)


def _check_spaces(before: RawTerm | None, raw: RawTerm) -> None:
    """Raise QueryError for a field with spaces before its operator, as in "cost > 0.5"."""
    operator = raw.values[0]
    if before is None or before.field or before.values[0].quoted or operator.quoted:
        return
    name = before.values[0].text
    if name.casefold() in FIELDS and operator.text.startswith(_OPERATORS):
        message = f"write {name}{operator.text} without spaces. {_QUOTE_IT}"
        raise QueryError(message, raw.start, raw.end)
