"""The query language of filters; docs/filters.md describes it."""

from kling_tui.queries.completion import Suggestion, suggestions
from kling_tui.queries.editing import has_term, toggle_term
from kling_tui.queries.errors import QueryError
from kling_tui.queries.lexer import quoted
from kling_tui.queries.names import Names
from kling_tui.queries.parser import parse, part_before
from kling_tui.queries.query import Query

__all__ = [
    "Names",
    "Query",
    "QueryError",
    "Suggestion",
    "has_term",
    "parse",
    "part_before",
    "quoted",
    "suggestions",
    "toggle_term",
]
