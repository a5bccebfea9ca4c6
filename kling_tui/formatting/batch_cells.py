"""The cells of a folded batch in the job table."""

from collections.abc import Iterator, Sequence, Set

from kling_tui.formatting import text
from kling_tui.formatting.batches import Batch, progress
from kling_tui.formatting.column_layout import PlacedColumn
from kling_tui.formatting.counts import count_spans, short_count_spans
from kling_tui.formatting.fitting import with_problem
from kling_tui.formatting.render_context import RenderContext
from kling_tui.formatting.spans import Span, progress_bar
from kling_tui.formatting.symbols import symbol
from kling_tui.jobs import Job

FOLDED = symbol("▸")
"""The symbol of a batch that is folded into one row."""


def render_cell(placed: PlacedColumn, batch: Batch, context: RenderContext) -> Sequence[Span]:
    """Return the cell of a batch in a column; a column that says nothing of a batch is blank."""
    match placed.column.title:
        case "Status":
            return _status(batch, context, placed.width)
        case "Job":
            return [(batch.title, "name")]
        case "Cost":
            return [(batch.cost, "plain")]
        case "Progress":
            return _progress(batch, context, placed.width)
        case "Kind":
            return _common(placed, batch, context, {source.kind for source in batch.sources})
        case "Profile":
            return _common(placed, batch, context, {source.profile for source in batch.sources})
        case title:
            job = _shown_job(title, batch)
            return placed.render(job, context) if job else [("", "muted")]


def _shown_job(title: str, batch: Batch) -> Job | None:
    """Return the job whose cell a column shows for the batch; None if it says nothing of it."""
    match title:
        case "Elapsed" if batch.live:
            return min(batch.live, key=lambda job: job.created_at or job.added_at)
        case "Checked" if batch.live:
            return min(batch.live, key=lambda job: job.checked_at or job.added_at)
        case "Ended" if batch.jobs and not batch.live:
            return max(batch.jobs, key=lambda job: job.ended_at or job.added_at)
        case "Added" if batch.jobs:
            return min(batch.jobs, key=lambda job: job.added_at)
    return None


def _status(batch: Batch, context: RenderContext, width: int) -> Sequence[Span]:
    mark = " !" if batch.problem(context) else ""
    number = f"{len(batch.jobs):,}"
    texts = [text.count(len(batch.jobs), "job"), number]
    if len(batch.jobs) < batch.size:
        texts = [f"{number} of {batch.size:,}", f"{number}/{batch.size:,}"]
    room = width - len(f"{FOLDED} {mark}")
    shown = next((each for each in texts if len(each) <= room), number)
    return [(f"{FOLDED} {shown}", batch.style_class), (mark, "problem")]


def _common(
    placed: PlacedColumn, batch: Batch, context: RenderContext, values: Set[str]
) -> Sequence[Span]:
    """Return the cell that all of its jobs have in common, if it is one value."""
    return placed.render(batch.jobs[0], context) if len(values) == 1 else [("mixed", "muted")]


def _progress(batch: Batch, context: RenderContext, width: int) -> Sequence[Span]:
    """Return the longest of the texts that fits, and after it why polls failed."""
    *others, shortest = _progress_texts(batch, context)
    shown = next((each for each in others if _length(each) <= width), shortest)
    problem = with_problem(shown, batch.problem(context))
    return problem if _length(problem) <= width else shown


def _progress_texts(batch: Batch, context: RenderContext) -> Iterator[Sequence[Span]]:
    """Yield what the last column can show, what says most first."""
    counts, short_counts = count_spans(batch.totals), short_count_spans(batch.totals)
    state = progress(batch, context)
    if state.fraction is not None:
        bar = [*progress_bar(state.fraction), (" ", "muted")]
        left = [(f", {state.time_left}", "muted")] if state.time_left else []
        if state.slow:
            left = [(", ", "muted"), (state.slow, "problem")]
        yield [*bar, *counts, *left]
        yield [*counts, *left]
        yield [*bar, *short_counts, *left]
        yield [*short_counts, *left]
    elif downloading := batch.downloading(context):
        yield [*counts, (f", {downloading:,} downloading", "muted")]
    elif expiring := sum(job.expires_soon(context.now) for job in batch.awaits_download):
        yield [*counts, (", ", "muted"), (f"{expiring:,} expiring", "problem")]
    yield counts
    yield short_counts


def _length(spans: Sequence[Span]) -> int:
    return sum(len(span_text) for span_text, _ in spans)
