"""Completion of names and values, for the app and the shell."""

from collections.abc import Iterable

from msgspec import Struct

from kling_tui.jobs import Job
from kling_tui.queries.fields import FIELDS
from kling_tui.queries.lexer import RawTerm, quoted, single_line, split
from kling_tui.queries.names import Names

_ANY_NAMES = Names()
_MIN_PART = 2
"""Characters from which on values are offered that only contain them."""


class Suggestion(Struct, frozen=True):
    """A way to complete the term before the cursor."""

    start: int
    """Where in the query the part begins that it replaces; the part ends at the cursor."""
    text: str
    description: str

    def apply(self, query: str, cursor: int) -> tuple[str, int]:
        """Return the completed query, and the cursor after what was inserted."""
        before = query[: self.start] + self.text
        return before + query[cursor:], len(before)


def suggestions(
    query: str, cursor: int, jobs: Iterable[Job], names: Names = _ANY_NAMES
) -> list[Suggestion]:
    """Return how the query may go on at the cursor, the most likely first.

    After a space, all fields are offered. The values of fields come from `jobs` and `names`.
    """
    typed = single_line(query[:cursor])
    *_, last = (None, *split(typed, FIELDS))
    if last is None or last.end < len(typed):  # a new term begins
        return _fields("", len(typed))
    if last.field:
        return _values(last, jobs, names)
    word = last.values[0]
    return [] if word.quoted else _fields(word.text, word.start)


def _fields(prefix: str, start: int) -> list[Suggestion]:
    typed = prefix.casefold()
    return [
        Suggestion(start, name + operator, field.description)
        for name, field in FIELDS.items()
        if name.startswith(typed)
        for operator in (":<>" if field.ordered and name == typed else ":")
    ]


def _values(term: RawTerm, jobs: Iterable[Job], names: Names) -> list[Suggestion]:
    """Return the values that begin as the last one of a term, then those that contain it."""
    value = term.values[-1]
    if value.quoted and value.closed:
        return []
    typed = value.text.casefold()
    candidates = FIELDS[term.field].candidates(jobs, names)
    begins = [name for name in candidates if name.casefold().startswith(typed)]
    contain: list[str] = []
    if len(typed) >= _MIN_PART:
        contain = [name for name in candidates if name.casefold().find(typed) > 0]
    return [
        Suggestion(value.start, quoted(name), candidates[name])
        for name in (*begins, *contain)
        if name.casefold() != typed
    ]
