"""The two lines below a poster of the clip wall: which result it is, and what is known of it."""

from collections.abc import Sequence

from kling_tui.costs import cost_of
from kling_tui.formatting import text
from kling_tui.formatting.cells import truncate, width
from kling_tui.formatting.names import JobNames
from kling_tui.formatting.spans import Span
from kling_tui.jobs import Job

_GAP = 2
"""Cells between two facts."""


def title(job: Job, number: int, names: JobNames, cells: int) -> str:
    """Return the name of a job, with the number of one of its videos where it has several."""
    suffix = f" {number + 1}/{len(job.videos)}" if len(job.videos) > 1 else ""
    return truncate(names.name(job), cells - len(suffix)) + suffix


def facts(job: Job, number: int, cells: int) -> Sequence[Span]:
    """Return kind, length and cost, and at the right the review, in exactly `cells` cells.

    What does not fit is left out: first the kind, then the length, then the cost.
    """
    review = str(job.review or "")
    seconds = job.videos[number].duration
    length = "" if seconds is None else text.seconds(seconds)
    shown = [part for part in (job.kind, length, text.cost(cost_of(job))) if part]
    room = cells - (width(review) + _GAP if review else 0)
    while shown and _width(shown) > room:
        del shown[0]
    left = (" " * _GAP).join(shown)
    blanks = " " * max(0, cells - width(left) - width(review))
    return [(left, "muted"), (blanks, "muted"), (truncate(review, cells), review or "muted")]


def _width(parts: Sequence[str]) -> int:
    return sum(map(width, parts)) + _GAP * (len(parts) - 1)
