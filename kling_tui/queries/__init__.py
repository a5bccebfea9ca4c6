"""The query language of filters: parsing, matching and completion; docs/filters.md describes it."""

from kling_tui.queries.completion import Suggestion, suggestions
from kling_tui.queries.errors import QueryError
from kling_tui.queries.names import Names
from kling_tui.queries.parser import parse, part_before
from kling_tui.queries.query import Query

__all__ = ["Names", "Query", "QueryError", "Suggestion", "parse", "part_before", "suggestions"]
