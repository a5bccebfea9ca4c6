"""Splits a query into terms. It accepts any text, also one that is still being typed."""

import re
from collections.abc import Container, Iterator

from msgspec import Struct

_DASHES = re.compile("-*")
_BLANKS = re.compile(" *")
FIELD = re.compile(r"([A-Za-z_]+)(?::?(<=|>=|[<>=])|:)")
"""A field's name and its operator; the colon before a comparison, as in "cost:>1", may be given."""
_QUOTED = re.compile(r'"((?:[^"\\]|\\.|\\$)*)("?)')
_ESCAPED = re.compile(r'\\(["\\])')
_WORD = re.compile(r"[^ ]*")
_VALUE = re.compile(r"[^ ,]*")


class Value(Struct, frozen=True):
    """A word, or a value of a field, without its quotes."""

    text: str
    start: int
    """In characters from the start of the query, with its quote."""
    end: int
    quoted: bool = False
    closed: bool = True
    """False if the second quote is missing."""


class RawTerm(Struct, frozen=True):
    """One term as it was typed: a word, or a field with an operator and values."""

    start: int
    """Where the word or the name of the field begins, after the dashes."""
    negated: bool
    values: tuple[Value, ...]
    """One for a word, and at least one for a field; it is empty if nothing was typed yet."""
    field: str = ""
    """The name of the field in lower case; empty for a word."""
    operator: str = ""
    """":", "=", "<", "<=", ">" or ">="."""

    @property
    def end(self) -> int:
        """Where the term ends."""
        return self.values[-1].end


def split(query: str, fields: Container[str]) -> Iterator[RawTerm]:
    """Yield the terms; a name that is not in `fields` begins a plain word.

    Of the white space, only spaces separate terms: see `single_line`.
    """
    at = _end(_BLANKS, query, 0)
    while at < len(query):
        start = _end(_DASHES, query, at)
        negated = (start - at) % 2 == 1
        match = FIELD.match(query, start)
        if match and match[1].casefold() in fields:
            values = tuple(_read_values(query, match.end()))
            term = RawTerm(start, negated, values, match[1].casefold(), match[2] or ":")
        else:
            term = RawTerm(start, negated, (_read_value(query, start, _WORD),))
        yield term
        at = _end(_BLANKS, query, term.end)


def single_line(query: str) -> str:
    """Return a query with a space in place of each white-space character."""
    return re.sub(r"\s", " ", query)


def quoted(value: str) -> str:
    """Return a value as it is written in a query, in quotes if it needs them."""
    if value and not re.search(r'[\s,]|^["<>=]', value):
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def _read_values(query: str, at: int) -> Iterator[Value]:
    while True:
        value = _read_value(query, at, _VALUE)
        yield value
        if query[value.end : value.end + 1] != ",":
            return
        at = value.end + 1


def _read_value(query: str, at: int, bare: re.Pattern[str]) -> Value:
    if match := _QUOTED.match(query, at):
        text = _ESCAPED.sub(r"\1", match[1])
        return Value(text, at, match.end(), quoted=True, closed=bool(match[2]))
    end = _end(bare, query, at)
    return Value(query[at:end], at, end)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Return where a match ends of a pattern that may match nothing."""
    match = pattern.match(text, at)
    return match.end() if match else at
