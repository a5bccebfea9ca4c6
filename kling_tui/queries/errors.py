"""The error of a query, with its position, and suggestions for misspelt names."""

from collections.abc import Collection, Iterable, Sequence

from kling_tui.queries.lexer import Value
from kling_tui.sanitize import sanitize_line

_MAX_SHOWN = 40
"""Characters of a wrong value that an error repeats."""
_MAX_NAMES = 12
"""Allowed values that an error lists."""
_MIN_PREFIX = 3


class QueryError(Exception):
    """A query is not valid; the text says why, and what is expected."""

    def __init__(self, message: str, start: int, end: int) -> None:
        """`start` and `end` are the wrong part, in characters from 0."""
        super().__init__(message)
        self.start = start
        self.end = end

    @property
    def position(self) -> int:
        """Where the wrong part begins, in characters from 1."""
        return self.start + 1


def quote(value: str) -> str:
    """Return a part of a query for a message: sanitised, short and in quotes."""
    return repr(sanitize_line(value, _MAX_SHOWN))


def one_of(names: Collection[str]) -> str:
    """Return a list of allowed values for a message."""
    shown = ", ".join(list(names)[:_MAX_NAMES])
    return f"{shown}, …" if len(names) > _MAX_NAMES else shown


def similar_names(word: str, names: Iterable[str], similarity: float = 0.6) -> list[str]:
    """Return the names that `word` may be a misspelling or the start of, the best first.

    `similarity` is how similar they must be, from 0 to 1.
    """
    from difflib import get_close_matches  # slow to import, and errors are rare

    by_folded = {name.casefold(): name for name in names}
    folded = word.casefold()
    found = get_close_matches(folded, by_folded, cutoff=similarity)
    if len(folded) >= _MIN_PREFIX:
        found += (name for name in by_folded if name.startswith(folded) and name not in found)
    return [by_folded[name] for name in found]


def wrong_value(value: Value, expected: str, meant: Sequence[str] = ()) -> QueryError:
    """Return the error for a value that its field cannot have; `meant` is what may be meant."""
    hint = f"did you mean {meant[0]}? Expected" if meant else "expected"
    return QueryError(f"{quote(value.text)}: {hint} {expected}", value.start, value.end)
