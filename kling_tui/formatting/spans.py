"""Pieces of text with styles, which the app and the command line colour."""

from kling_tui.formatting.symbols import symbol
from kling_tui.jobs import Job, Status

Span = tuple[str, str]
"""Text and its style: the name of a component class of the table, such as "muted"."""
_BAR_WIDTH = 8
"""Cells of a progress bar."""
_BAR_FULL, _BAR_REST = symbol("━"), symbol("─")


def style_class(job: Job) -> str:
    """Return the style for the status of a job."""
    if job.is_new or job.in_queue:
        return "queued"
    if job.status is Status.SUCCEEDED and not job.videos:
        return "unknown"
    return str(job.status)


def progress_bar(fraction: float) -> list[Span]:
    """Return a bar that is filled to `fraction`, from 0 to 1."""
    full = round(min(fraction, 1.0) * _BAR_WIDTH)
    return [(_BAR_FULL * full, "bar"), (_BAR_REST * (_BAR_WIDTH - full), "rest")]
