"""Fits the columns of ``kling-tui list`` into the width of a terminal."""

from collections.abc import Iterable, Mapping, Sequence

from kling_tui.formatting.cells import truncate, width
from kling_tui.formatting.column_layout import GAP
from kling_tui.formatting.spans import Span

_STEPS = (
    ("RESULT", 16), ("AGE", 0), ("KIND", 0), ("COST", 0), ("PROFILE", 0), ("LABEL", 12),
    ("RESULT", 0), ("ID", 12), ("LABEL", 0), ("ID", 1), ("STATUS", 1),
)  # fmt: skip
"""What gives way, in this order: columns down to a number of cells; 0 leaves a column out."""


def fit_columns(rows: Iterable[Sequence[Span]], cells: int) -> list[list[Span]]:
    """Return rows that take at most `cells` cells, with an ellipsis in each text that was cut.

    The first row has the titles.
    """
    table = list(rows)
    titles = [title for title, _ in table[0]]
    widest = dict(zip(titles, map(_widest, zip(*table, strict=True)), strict=True))
    widths = _narrowed(widest, cells)
    return [
        [
            (truncate(value, widths[title]), style)
            for title, (value, style) in zip(titles, row, strict=True)
            if title in widths
        ]
        for row in table
    ]


def _narrowed(widest: Mapping[str, int], cells: int) -> dict[str, int]:
    """Return the widths of the columns that are shown."""
    widths = dict(widest)
    for title, minimum in _STEPS:
        excess = _total(widths) - cells
        if excess <= 0:
            break
        if minimum and title in widths:
            widths[title] = min(widths[title], max(minimum, widths[title] - excess))
        else:
            widths.pop(title, None)
    for title in widths:  # a column that was left out may have been wider than it had to be
        spare = cells - _total(widths)
        widths[title] += max(0, min(spare, widest[title] - widths[title]))
    return widths


def _total(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def _widest(column: Iterable[Span]) -> int:
    return max(width(value) for value, _ in column)
