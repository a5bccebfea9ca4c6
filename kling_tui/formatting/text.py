"""Values into words: every time, amount and state that a person reads is put into words here.

Nothing here knows Textual, so that the commands without a screen say things the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import humanize

from kling_tui import downloads
from kling_tui.costs import Cost, Totals
from kling_tui.jobs import DEFAULT_PROFILE, Job, Price, Source, Status
from kling_tui.previews import Specs

_T = TypeVar("_T")
NOTHING = "—"
NO_PREVIEW = "to see it here:  pip install 'kling-tui[preview]'"
"""What to do where videos cannot be read."""
_STEP = 10
_GLYPHS = {
    Status.QUEUED: "○",
    Status.RUNNING: "●",
    Status.SUCCEEDED: "✓",
    Status.FAILED: "✗",
    Status.UNKNOWN: "?",
}


def glyph(job: Job) -> str:
    """Return the sign of a job's state, one column wide and in every font."""
    if job.in_queue or job.is_new:
        return _GLYPHS[Status.QUEUED]
    return _GLYPHS[job.status]


def state(job: Job) -> str:
    """Return the word for a job's state: the gateway's own where that is not known."""
    if job.is_new:
        return "new"
    if job.in_queue:
        return "queued"
    if job.status is Status.SUCCEEDED:
        return "done" if job.videos else "no video"
    if job.status is Status.UNKNOWN:
        return job.raw_status or "unknown"
    return str(job.status)


def clock(seconds: float | None) -> str:
    """Return a duration as ``0:07``, ``12:34``, ``1:02:03``, ``3 d 4 h`` or ``12 d``."""
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if days := hours // 24:
        return f"{days} d {hours % 24} h" if days < 10 else f"{days} d"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def duration(seconds: float) -> str:
    """Return a duration in its largest unit: ``7 s``, ``12 min``, ``3 h``, ``2 d``."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def age(since: datetime | None, now: datetime) -> str:
    """Return how long ago a moment was, as `span` does."""
    return duration(max(0.0, (now - since).total_seconds())) if since else NOTHING


def rough_age(since: datetime | None, now: datetime) -> str:
    """Return how long ago a moment was as `age` does, but in steps of ten seconds."""
    if since is None:
        return NOTHING
    seconds = (now - since).total_seconds()
    return duration(seconds - seconds % _STEP) if seconds >= _STEP else "now"


def moment(when: datetime, now: datetime) -> str:
    """Return a moment in local time, with how long ago it was."""
    young = (now - when).total_seconds() < 60
    return f"{local(when, now)} ({'just now' if young else age(when, now) + ' ago'})"


def seconds_until_age_change(since: datetime, now: datetime) -> float:
    """Return after how many seconds `age`, from a minute on, and `moment` say something else."""
    elapsed = max(0.0, (now - since).total_seconds())
    unit = next((size for size in (86_400, 3_600) if elapsed >= size), 60)
    return unit - elapsed % unit


def local(when: datetime, now: datetime) -> str:
    """Return a moment in local time, with its date where that is not today's."""
    here, today = when.astimezone(), now.astimezone().date()
    return f"{here:%H:%M:%S}" if here.date() == today else f"{here:%Y-%m-%d %H:%M:%S}"


def time_of_day(when: datetime) -> str:
    """Return a moment of today in local time."""
    return f"{when.astimezone():%H:%M:%S}"


def seconds(value: float) -> str:
    """Return a number of seconds as the gateway gave it: ``5 s``, ``5.1 s``."""
    return f"{value:g} s"


def money(usd: Decimal) -> str:
    """Return US dollars with cents, and thousands apart."""
    return f"${usd:,.2f}"


def cost(value: Cost | None) -> str:
    """Return what a job costs, with a mark where the document does not say so exactly."""
    if value is None:
        return "?"
    return money(value.usd) if value.documented else f"≈{money(value.usd)}"


def cost_explanation(value: Cost | None, price: Price | None) -> str:
    """Return how the cost of a job came about."""
    if value is None or price is None:
        return "no price is known for this job"
    if price.per_seconds is None:
        return f"{money(price.usd)} a generation"
    unit = f"{money(price.usd)} for {seconds(price.per_seconds)}"
    if not value.known:
        return f"{unit}, while the length is not known"
    if value.documented:
        return unit
    return f"{value.units} × {unit}; the price list has only {seconds(price.per_seconds)}"


def profile(name: str) -> str:
    """Return what a person calls a profile."""
    return name or DEFAULT_PROFILE


def by_name(by_source: Mapping[Source, _T]) -> dict[str, _T]:
    """Return what there is of sources by their names: kinds, after profiles where several are."""
    several = any(source.profile for source in by_source)
    return {
        f"{profile(source.profile)} {source.kind}" if several else source.kind: each
        for source, each in by_source.items()
    }


def count(number: int, noun: str) -> str:
    """Return a number of things: ``1 job``, ``1,200 jobs``."""
    return f"{humanize.intcomma(number)} {noun}{'' if number == 1 else 's'}"


def summary(totals: Totals) -> str:
    """Return one line on all jobs."""
    counts = [f"{totals.counts[status]} {status}" for status in Status if totals.counts[status]]
    words = count(totals.counts.total(), "job") + (f": {', '.join(counts)}" if counts else "")
    sums = f"{money(totals.spent)} spent, {money(totals.in_flight)} in flight"
    unpriced = f", {count(totals.unpriced, 'job')} without a price" if totals.unpriced else ""
    return f"{words}; {sums}{unpriced}"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is."""

    words: str
    fraction: float | None = None
    """From 0 to 1, where an end is in sight."""


def progress(job: Job, now: datetime, typical: float | None) -> Progress:
    """Return how far a job is: by its queue position, the gateway's estimate, or what is usual.

    `usual` is the number of seconds that jobs of its kind take, where some have finished.
    """
    if job.status is Status.SUCCEEDED:
        return Progress(_result(job))
    if job.status is Status.FAILED:
        return Progress(job.message or "no reason given")
    slow = "slow, " if job.is_slow(now, typical) else ""
    left = job.remaining(now)
    if job.queue_position:
        words = f"{slow}{humanize.ordinal(job.queue_position)} in queue"
        return Progress(words if left is None else f"{words}, {duration(left)} left")
    elapsed = job.elapsed(now) or 0.0
    if job.percent is not None:
        words = f"{job.percent:.0f}%" if left is None else f"{duration(left)} left"
        return Progress(slow + words, job.percent / 100)
    if left is not None:
        done = elapsed / (elapsed + left) if elapsed else 0.0
        return Progress(f"{slow}{duration(left)} left", done)
    if slow:
        return Progress(f"slow, usually {duration(typical)}" if typical else "slow")
    if typical and job.history and not job.in_queue:
        if elapsed >= typical:
            return Progress("longer than usual", 1.0)
        return Progress(f"~{duration(typical - elapsed)} left", elapsed / typical)
    return Progress("")


def slow_hint(usual: float | None) -> str:
    """Return what there is to say of a slow job, by the seconds that jobs of its kind take."""
    known = f"jobs of its kind take {duration(usual)}" if usual else "most jobs take minutes"
    return f"{known}; it may still finish, and be billed"


def size(number: float) -> str:
    """Return a number of bytes: ``62.2 kB``, ``27.1 MB``."""
    return humanize.naturalsize(number, format="%.1f").replace(" Bytes", " B")


def specs(value: Specs) -> str:
    """Return what a video file is: ``1280×720  5.1 s  30 fps  h264  62.2 kB``."""
    known = (
        f"{value.width}×{value.height}",
        seconds(round(value.seconds, 2)) if value.seconds else "",
        f"{value.frame_rate:.4g} fps" if value.frame_rate else "",
        value.codec,
        size(value.size),
    )
    return "  ".join(filter(None, known))


def download(progress: downloads.Progress) -> str:
    """Return in a few words how far a download is."""
    if progress.waiting:
        return "waits to be fetched"
    if progress.problem:
        return f"tried again: {progress.problem}"
    words = "↓"
    if progress.fraction is not None:
        words = f"↓ {progress.fraction:.0%}"
    elif progress.received:
        words = f"↓ {size(progress.received)}"
    return (
        words
        if progress.seconds_left is None
        else f"{words}, {duration(progress.seconds_left)} left"
    )


def download_details(progress: downloads.Progress) -> str:
    """Return how far a download is, in bytes, their rate and the time left."""
    if progress.waiting or progress.problem:
        return download(progress)
    parts = [size(progress.received)]
    if progress.total is not None:
        parts = [f"{size(progress.received)} of {size(progress.total)}"]
    if progress.rate is not None:
        parts.append(f"{size(progress.rate)}/s")
    if progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    return ", ".join(parts)


def expiry(job: Job, now: datetime) -> str:
    """Return when the results of a job can be fetched no more: ``in 3 d``, or ``expired``."""
    if job.expires_at is None:
        return NOTHING
    left = (job.expires_at - now).total_seconds()
    return f"in {duration(left)}" if left > 0 else "expired"


def results(job: Job, now: datetime) -> str:
    """Return the words by which a filter finds jobs whose results are here, or are about to go."""
    if job.downloaded:
        return "downloaded"
    if job.expires_soon(now):
        return "expiring"
    return "expired" if job.is_expired(now) else ""


def _result(job: Job) -> str:
    saved = ", saved" if job.downloaded else ""
    return f"{_videos(job)}{saved}"


def _videos(job: Job) -> str:
    lengths = [seconds(video.duration) for video in job.videos if video.duration is not None]
    if len(job.videos) > 1:
        return f"{len(job.videos)} videos" + (f", {' + '.join(lengths)}" if lengths else "")
    return f"{lengths[0]} video" if lengths else ("video" if job.videos else "no link was given")
