"""Fits cells of the job table to their widths: which of their parts are shown."""

from collections.abc import Sequence

from kling_tui.formatting.cells import truncate
from kling_tui.formatting.spans import Span

PROBLEM_MARK = "! "
"""What stands before the reason of a failed poll."""
_SEPARATOR = "  "
_BAR_STYLES = {"bar", "rest"}
_MIN_PROBLEM_CELLS = 18
"""Cells of the reason of a failed poll that are worth showing beside something else."""
_MIN_MESSAGE_CELLS = 10
"""Cells of a message that are worth showing after the name of a reason, with the colon."""


def fit_name(spans: Sequence[Span], cells: int) -> Sequence[Span]:
    """Return the spans of a name; where its label has no room, the suffix after it is kept."""
    label, *suffixes = spans
    room = cells - _length(suffixes)
    if not suffixes or room < 1:
        return spans
    return [(truncate(label[0], room), label[1]), *suffixes]


def fit_time(spans: Sequence[Span], cells: int) -> Sequence[Span]:
    """Return the first of two spans, or else the second, which is shorter."""
    return spans[:1] if _length(spans[:1]) <= cells else spans[1:]


def with_problem(spans: Sequence[Span], problem: str | None) -> Sequence[Span]:
    """Return spans, and after them the reason of a failed poll, if there is one."""
    if not problem:
        return spans
    separator = _SEPARATOR if any(text for text, _ in spans) else ""
    return [*spans, (f"{separator}{PROBLEM_MARK}{problem}", "problem")]


def fit_progress(spans: Sequence[Span], cells: int) -> Sequence[Span]:
    """Return the spans that are to be shown in `cells` cells; the last may still be too long.

    A bar gives way to text. The reason of a failed poll is shown beside the progress where it has
    room, else in place of it; a failed job shows why it failed rather than why its poll did.
    """
    if _length(spans) <= cells:
        return spans
    main = [span for span in spans if not _is_problem(span)]
    text_only = _without_bar(main)
    problems = [span for span in spans if _is_problem(span)]
    failed = any(style == "failed" for _, style in main)
    if problems:
        needed = min(_length(problems), len(_SEPARATOR) + _MIN_PROBLEM_CELLS)
        for shown in (main, text_only):
            if _length(shown) + needed <= cells:
                return [*shown, *problems]
        if not failed:
            return [(text.strip(), style) for text, style in problems]
    if _length(main) <= cells:
        return main
    if failed and cells - len(main[0][0]) < _MIN_MESSAGE_CELLS:
        return main[:1]
    return text_only


def _length(spans: Sequence[Span]) -> int:
    # Characters are near enough to cells: what is too long is cut where it is drawn.
    return sum(len(text) for text, _ in spans)


def _is_problem(span: Span) -> bool:
    return span[1] == "problem" and span[0].lstrip().startswith(PROBLEM_MARK)


def _without_bar(spans: Sequence[Span]) -> list[Span]:
    kept = [span for span in spans if span[1] not in _BAR_STYLES]
    return [(text.lstrip(), style) for text, style in kept[:1]] + kept[1:]
