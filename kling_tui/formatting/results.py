"""Formats what is known of a job's results: downloads, expiry, video files."""

from datetime import datetime
from sys import executable

from kling_tui.downloads import Progress
from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.previews import Specs

NO_PREVIEW = f"Video preview isn't installed. Run: {executable} -m pip install 'kling-tui[preview]'"
NEEDS_COLOURS = "Video preview needs colours, but $NO_COLOR is set."
MISSING_FILE = "deleted, or its disk is not mounted"


def size(number: float) -> str:
    """Return a number of bytes: ``62.2 kB``, ``27.1 MB``."""
    import humanize

    return humanize.naturalsize(number, format="%.1f").replace(" Bytes", " B")


def specs(value: Specs) -> str:
    """Return the properties of a video file: ``1280×720  5.1 s  30 fps  h264  62.2 kB``."""
    parts = (
        f"{value.width}×{value.height}",
        text.seconds(round(value.seconds, 2)) if value.seconds else "",
        f"{value.frame_rate:.4g} fps" if value.frame_rate else "",
        value.codec,
        size(value.size),
    )
    return "  ".join(filter(None, parts))


def download(progress: Progress) -> str:
    """Return the progress of a download in a few words."""
    if progress.waiting:
        return "waiting to download"
    if progress.problem:
        return f"retrying: {progress.problem}"
    amount = "↓"
    if progress.fraction is not None:
        amount = f"↓ {progress.fraction:.0%}"
    elif progress.received:
        amount = f"↓ {size(progress.received)}"
    left = progress.seconds_left
    return amount if left is None else f"{amount}, {text.time_left(left)}"


def download_details(progress: Progress) -> str:
    """Return the progress of a download: bytes, rate and time left."""
    if progress.waiting or progress.problem:
        return download(progress)
    parts = [size(progress.received)]
    if progress.total is not None:
        parts = [f"{size(progress.received)} of {size(progress.total)}"]
    if progress.rate is not None:
        parts.append(f"{size(progress.rate)}/s")
    if progress.seconds_left is not None:
        parts.append(text.time_left(progress.seconds_left))
    return ", ".join(parts)


def expiry(job: Job, now: datetime) -> str:
    """Return when the results of a job expire: ``in 3 d``, or ``expired``."""
    if job.expires_at is None:
        return text.MISSING
    remaining = (job.expires_at - now).total_seconds()
    return f"in {text.duration(remaining)}" if remaining > 0 else "expired"
