"""Formats how far a job is: its queue position, the time left, or its result."""

from datetime import datetime

from msgspec import Struct

from kling_tui.formatting import reasons, text
from kling_tui.jobs import Job, Status


class JobProgress(Struct, frozen=True):
    """How far a job is, as text and for a progress bar."""

    text: str
    fraction: float | None = None
    """From 0 to 1; None where the end cannot be estimated."""


def job_progress(
    job: Job, now: datetime, typical: float | None, slow_after: float | None = None
) -> JobProgress:
    """Return how far a job is: its queue position, the gateway's estimate, or the typical time.

    `typical` is how many seconds jobs of its source take, None while none has finished;
    `slow_after` is after how many seconds it is slow, None while too few have.
    """
    if job.status is Status.SUCCEEDED:
        return JobProgress(_result(job))
    if job.status is Status.FAILED:
        return JobProgress(reasons.failure(job))
    slow = "slow, " if job.is_slow(now, slow_after) else ""
    remaining = job.remaining(now)
    if job.queue_position:
        import humanize

        position = f"{slow}{humanize.ordinal(job.queue_position)} in queue"
        return JobProgress(
            position if remaining is None else f"{position}, {text.time_left(remaining)}"
        )
    elapsed = job.elapsed(now) or 0.0
    if job.percent is not None:
        amount = f"{job.percent:.0f}%" if remaining is None else text.time_left(remaining)
        return JobProgress(slow + amount, job.percent / 100)
    if remaining is not None:
        fraction = elapsed / (elapsed + remaining) if elapsed else 0.0
        return JobProgress(slow + text.time_left(remaining), fraction)
    if slow:
        return JobProgress(f"slow, usually {text.duration(typical)}" if typical else "slow")
    if typical and job.history and not job.in_queue:
        if elapsed >= typical:
            return JobProgress("overdue", 1.0)
        return JobProgress(text.time_left(typical - elapsed, "~"), elapsed / typical)
    return JobProgress("")


def slow_hint(typical: float | None) -> str:
    """Return what the detail pane says about a slow job; `typical` as in `job_progress`."""
    usual = f"similar jobs take {text.duration(typical)}" if typical else "most jobs take minutes"
    return f"{usual}; this one may still finish and be billed"


def _result(job: Job) -> str:
    saved = ", saved" if job.downloaded else ""
    return f"{_videos(job)}{saved}"


def _videos(job: Job) -> str:
    lengths = [text.seconds(video.duration) for video in job.videos if video.duration is not None]
    if len(job.videos) > 1:
        return f"{len(job.videos)} videos" + (f", {' + '.join(lengths)}" if lengths else "")
    return f"{lengths[0]} video" if lengths else ("video" if job.videos else "no link was given")
