"""What the app leaves on the normal screen when it is closed."""

from collections.abc import Collection
from datetime import date, datetime

from kling_tui.costs import totals
from kling_tui.formatting import text
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job, Status
from kling_tui.sanitize import sanitize_line

MAX_FAILED = 5
"""Failed jobs that are named."""
_MAX_REASON = 200
"""Characters."""


def exit_summary(jobs: Collection[Job], since: datetime, today: date) -> str:
    """Return a line about all jobs, and lines about those whose end was reported since a time."""
    ended = [job for job in jobs if job.ended and job.history and job.history[-1].at >= since]
    failed = [job for job in ended if job.status is Status.FAILED]
    lines = [text.summary(totals(jobs, today))]
    if ended:
        lines.append(_session_line(ended, today))
    names = JobNames(jobs)
    lines += (_failure_line(job, names.name(job)) for job in failed[:MAX_FAILED])
    if len(failed) > MAX_FAILED:
        lines.append(f"and {len(failed) - MAX_FAILED} more failed")
    return "\n".join(lines)


def _session_line(ended: Collection[Job], today: date) -> str:
    """Return how many jobs ended in this session, and what they cost."""
    sums = totals(ended, today)
    jobs = f"{text.count(len(ended), 'job')} ended: {text.status_counts(sums)}"
    return f"this session: {jobs}; {text.money(sums.spent)} spent{text.failed_cost(sums)}"


def _failure_line(job: Job, name: str) -> str:
    return f"failed: {name}: {sanitize_line(text.failure_message(job), _MAX_REASON)}"
