"""Formats how many jobs are in each state, in the colours of the states."""

from collections.abc import Sequence

from kling_tui.costs import Totals
from kling_tui.formatting.spans import Span
from kling_tui.formatting.symbols import symbol
from kling_tui.jobs import Status


def count_spans(totals: Totals) -> list[Span]:
    """Return the number of jobs in each state that any job is in: ``3 running, 1 failed``."""
    spans: list[Span] = []
    for number, state, _, style in _counts(totals):
        spans += [(", " if spans else "", "muted"), (f"{number:,} {state}", style)]
    return spans or [("no jobs", "muted")]


def short_count_spans(totals: Totals) -> list[Span]:
    """Return the same in symbols, for little room: ``●3 ✗1``."""
    spans: list[Span] = []
    for number, _, sign, style in _counts(totals):
        spans += [(" " if spans else "", "muted"), (f"{sign}{number:,}", style)]
    return spans


def _counts(totals: Totals) -> Sequence[tuple[int, str, str, str]]:
    """Return number, name, symbol and style of each state that any job is in."""
    running = totals.counts[Status.RUNNING] + totals.counts[Status.QUEUED] - totals.in_queue
    counts = (
        (running, "running", symbol("●"), "running"),
        (totals.in_queue, "queued", symbol("○"), "queued"),
        (totals.new, "new", symbol("○"), "muted"),
        (totals.counts[Status.UNKNOWN] - totals.new, "unknown", "?", "unknown"),
        (totals.counts[Status.SUCCEEDED], "done", symbol("✓"), "succeeded"),
        (totals.counts[Status.FAILED], "failed", symbol("✗"), "failed"),
    )
    return [count for count in counts if count[0]]
