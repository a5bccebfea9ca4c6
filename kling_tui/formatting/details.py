"""Everything known about a job, in lines of a name and a value, for the detail pane."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from kling_tui.costs import cost_of
from kling_tui.formatting import columns, text
from kling_tui.formatting.columns import RenderContext, Span, progress_bar, style_class
from kling_tui.gateways import with_not_polled_reason
from kling_tui.jobs import EXPIRY_WARNING, Job, Status, Video
from kling_tui.previews import Specs
from kling_tui.sanitize import sanitize_line

DetailField = tuple[str, tuple[Span, ...]]
"""A name, and the pieces of its value, each with its look; "link" is the look of a web address."""

ClipInfo = Mapping[str, Specs | str]
"""What video files are, or why they cannot be shown, by their paths, as far as they were read."""


def detail_fields(
    job: Job, context: RenderContext, next_at: datetime | None, clips: ClipInfo | None = None
) -> Iterator[DetailField]:
    """Yield all that is known of a job.

    `next_at` is when it is polled next, None for never; `clips` is None where none can be read.
    """
    yield from _state(
        with_not_polled_reason(job, context.endpoints, context.profiles), context, next_at
    )
    for number, video in enumerate(job.videos, 1):
        yield from _video(video, f"video {number}" if len(job.videos) > 1 else "video")
        if video.file:
            yield "file", ((video.file, "plain"),)
            yield _clip(video.file, clips)
    if job.awaits_download:
        yield from _download(job, context)
    cost = cost_of(job)
    story = text.cost_explanation(cost, job.price)
    if job.status is Status.FAILED:
        story += "; a failed job may be free"
    yield "cost", ((text.cost(cost), "plain"), (f"  {story}", "muted"))
    yield _said("label", job.label)
    yield _said("id", job.id)
    endpoint = context.endpoints.get(job.kind)
    title = endpoint.title if endpoint else "an endpoint not known here"
    yield "kind", ((job.kind, "plain"), (f"  {title}", "muted"))
    if job.profile or len(context.profiles) > 1:
        yield _said("profile", text.profile_name(job.profile))
    yield _said("prompt", job.prompt)
    yield _said("aspect", job.aspect_ratio)
    if job.processing_seconds is not None:
        yield _said("processing", text.seconds(job.processing_seconds))
    yield from _times(job, context.now)


def seconds_until_change(job: Job | None, context: RenderContext) -> float | None:
    """Return after how many seconds the facts say something else by themselves; None: never."""
    if job is None:
        return None
    moments = (
        text.seconds_until_age_change(when, context.now) for when in _moments(job).values() if when
    )
    return min(filter(None, (*moments, columns.seconds_until_change(job, context))))


def _said(name: str, value: str | None, look: str = "plain") -> DetailField:
    return name, ((value, look),) if value else ()


def _state(job: Job, context: RenderContext, next_at: datetime | None) -> Iterator[DetailField]:
    now = context.now
    state = (f"{text.status_symbol(job)} {text.status(job)}", style_class(job))
    raw = (f"  {job.raw_status}" if job.raw_status else "", "muted")
    elapsed = (f"  {text.clock(job.elapsed(now))}" if job.ended else "", "plain")
    yield "status", (state, raw, elapsed)
    yield _said("message", job.message, "failed" if job.status is Status.FAILED else "plain")
    if job.problem:
        since = f"  for {text.age(job.problem_since, now)}" if job.problem_since else ""
        yield "problem", ((job.problem, "problem"), (since, "muted"))
    if job.ended:
        return
    usual = context.typical_durations.get(job.source)
    yield _said("progress", text.progress(job, now, usual).text)
    if job.is_slow(now, usual):
        yield _said("slow", text.slow_hint(usual), "problem")
    if next_at is not None:
        # The moment, not the seconds left: a pane that ticks is drawn anew each second.
        yield _said("next poll", text.time_of_day(next_at) if next_at > now else "now")


def _video(video: Video, name: str) -> Iterator[DetailField]:
    known = (
        text.seconds(video.duration) if video.duration is not None else None,
        f"{video.width}×{video.height}" if video.width and video.height else None,
        video.content_type,
        video.id,
    )
    yield name, ((video.url, "link"),)
    yield _said("", "  ".join(each for each in known if each), "muted")


def _clip(file: str, clips: ClipInfo | None) -> DetailField:
    found = text.NO_PREVIEW if clips is None else clips.get(file)
    if isinstance(found, Specs):
        return _said("", text.specs(found), "muted")
    return _said("", found, "muted" if clips is None else "problem")


def _download(job: Job, context: RenderContext) -> Iterator[DetailField]:
    """Yield how far the download of a result is, or until when it can be fetched."""
    if download := context.downloads.get(job.id):
        done = (
            [] if download.fraction is None else [*progress_bar(download.fraction), ("  ", "plain")]
        )
        yield "download", (*done, (text.download_details(download), "plain"))
        yield _said("to", sanitize_line(str(download.file)))
    elif job.id in context.download_errors:
        yield _said("download", context.download_errors[job.id], "problem")
    if job.expires_at is not None:
        look = "plain" if job.expires_at > context.now + EXPIRY_WARNING else "problem"
        day = (f"  {text.local(job.expires_at, context.now)}", "muted")
        yield "expires", ((text.expiry(job, context.now), look), day)


def _moments(job: Job) -> dict[str, datetime | None]:
    return {
        "tracked": job.added_at,
        "created": job.created_at,
        "updated": job.updated_at,
        "checked": job.checked_at,
        "ended": job.ended_at,
    }


def _times(job: Job, now: datetime) -> Iterator[DetailField]:
    for name, when in _moments(job).items():
        yield _said(name, text.moment(when, now) if when else None)
    for index, step in enumerate(job.history):
        at = (f"{text.local(step.at, now)}  {step.status}", "plain")
        yield "" if index else "history", (at, (f"  {step.raw_status or ''}", "muted"))
