"""The fields of the detail pane for a batch that is folded into one row."""

from collections.abc import Iterator

from kling_tui.formatting import batches, reasons, text
from kling_tui.formatting.batches import Batch
from kling_tui.formatting.counts import count_spans
from kling_tui.formatting.details import DetailField
from kling_tui.formatting.render_context import RenderContext
from kling_tui.formatting.spans import Span, progress_bar, style_class
from kling_tui.jobs import Job, Review

_MIN_JOBS = 3
"""Jobs that are listed, however little room there is."""


def batch_fields(batch: Batch, context: RenderContext, lines: int) -> Iterator[DetailField]:
    """Yield the fields of a batch, with as many of its jobs as fit in `lines` lines."""
    fields = [field for field in _summary(batch, context) if field[1]]
    yield from fields
    room = lines - len(fields)
    count = len(batch.jobs)
    listed = count if count <= room else max(_MIN_JOBS, room - 1)
    for number, job in enumerate(batch.by_urgency[:listed]):
        yield "" if number else "jobs", _listed(job, context)
    if listed < count:
        yield "", ((f"and {text.count(count - listed, 'more job')}", "muted"),)


def _summary(batch: Batch, context: RenderContext) -> Iterator[DetailField]:
    totals = batch.totals
    yield "batch", ((batch.name, "plain"), (f"  {batch.count}", "muted"))
    yield "status", tuple(count_spans(totals))
    state = batches.progress(batch, context)
    if state.fraction is not None:
        percent = f" {state.fraction:.0%}"
        left = f", {state.time_left}" if state.time_left else ""
        slow = f", {state.slow}" if state.slow else ""
        bar = progress_bar(state.fraction)
        yield "progress", (*bar, (percent + left, "plain"), (slow, "problem"))
    problem = batch.problem(context)
    yield "problem", ((problem, "problem"),) if problem else ()
    yield "cost", _cost(batch)
    failures = reasons.counts(totals.failures)
    yield "failed", ((failures, "failed"),) if failures else ()
    yield "results", _results(batch, context)


def _cost(batch: Batch) -> tuple[Span, ...]:
    totals = batch.totals
    parts = (
        (f"{text.money(totals.spent)} spent", "plain"),
        (f", {text.money(totals.in_flight)} in flight" if totals.in_flight else "", "plain"),
        (text.failed_cost(totals), "failed"),
        (f", {text.count(totals.unpriced, 'job')} without a price", "muted"),
    )
    return parts if totals.unpriced else parts[:-1]


def _results(batch: Batch, context: RenderContext) -> tuple[Span, ...]:
    """Return how many of the results were downloaded, and what about the others."""
    ready = sum(job.has_result for job in batch.jobs)
    if not ready:
        return ()
    waiting = batch.awaits_download
    expiring = sum(job.expires_soon(context.now) for job in waiting)
    expired = sum(job.is_expired(context.now) for job in waiting)
    downloading = batch.downloading(context)
    return (
        (f"{ready - len(waiting):,} of {ready:,} downloaded", "plain"),
        (f", {downloading:,} downloading" if downloading else "", "plain"),
        (f", {expiring:,} expiring" if expiring else "", "problem"),
        (f", {expired:,} expired" if expired else "", "muted"),
        *(
            (f", {number:,} {review}", str(review))
            for review in Review
            if (number := sum(job.review is review for job in batch.jobs))
        ),
    )


def _listed(job: Job, context: RenderContext) -> tuple[Span, ...]:
    status = f"{text.status_symbol(job)} {text.status(job)}"
    return (status, style_class(job)), (f"  {context.names.name(job)}", "plain")
