"""The fields of the detail pane: everything that is known about a job, by name and value."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from kling_tui.costs import cost_of
from kling_tui.formatting import columns, reasons, results, text
from kling_tui.formatting.progress import job_progress, slow_hint
from kling_tui.formatting.render_context import RenderContext
from kling_tui.formatting.spans import Span, progress_bar, style_class
from kling_tui.gateways import with_not_polled_reason
from kling_tui.jobs import EXPIRY_WARNING, Job, Status, Video
from kling_tui.previews import Specs
from kling_tui.sanitize import sanitize_line

DetailField = tuple[str, tuple[Span, ...]]
"""A name and its value in spans; the style "link" is for URLs. An empty value is not shown."""

ClipInfo = Mapping[str, Specs | str]
"""Properties of video files by path, or why a file cannot be read; only files read so far."""


def detail_fields(
    job: Job, context: RenderContext, next_at: datetime | None, clip_info: ClipInfo | None = None
) -> Iterator[DetailField]:
    """Yield the fields of a job.

    `next_at` is the time of the next poll, None for none. `clip_info` is None where video preview
    is not installed.
    """
    yield from _status(
        with_not_polled_reason(job, context.endpoints, context.profiles), context, next_at
    )
    for number, video in enumerate(job.videos, 1):
        yield from _video(video, f"video {number}" if len(job.videos) > 1 else "video")
        if video.file:
            yield "file", ((video.file, "plain"),)
            yield _clip(video.file, clip_info)
        elif video.missing_file:
            yield "missing", ((video.missing_file, "problem"),)
            yield _field("", results.MISSING_FILE, "muted")
    if job.awaits_download:
        yield from _download(job, context)
    cost = cost_of(job)
    explanation = text.cost_explanation(cost, job.price)
    if job.status is Status.FAILED:
        explanation += "; failed jobs are usually not billed"
    yield "cost", ((text.cost(cost), "plain"), (f"  {explanation}", "muted"))
    yield _field("label", job.label)
    yield _field("id", job.id)
    endpoint = context.endpoints.get(job.kind)
    title = endpoint.title if endpoint else "no such endpoint in the config"
    yield "kind", ((job.kind, "plain"), (f"  {title}", "muted"))
    if job.profile or len(context.profiles) > 1:
        yield _field("profile", text.profile_name(job.profile))
    # What only some jobs have is last, so that fewer lines move from job to job.
    yield from _moments(job, context.now)
    yield from _history(job, context.now)
    yield _field("aspect", job.aspect_ratio)
    if job.processing_seconds is not None:
        yield _field("processing", text.seconds(job.processing_seconds))
    yield _field("prompt", job.prompt)


def seconds_until_change(job: Job | None, context: RenderContext) -> float | None:
    """Return the seconds until a field may change by itself; None: never."""
    if job is None:
        return None
    ages = (
        text.seconds_until_age_change(when, context.now) for when in _times(job).values() if when
    )
    return min(filter(None, (*ages, columns.seconds_until_change(job, context))))


def _field(name: str, value: str | None, style: str = "plain") -> DetailField:
    return name, ((value, style),) if value else ()


def _status(job: Job, context: RenderContext, next_at: datetime | None) -> Iterator[DetailField]:
    now = context.now
    status = (f"{text.status_symbol(job)} {text.status(job)}", style_class(job))
    raw_status = text.raw_status(job)
    raw = (f"  {raw_status}" if raw_status else "", "muted")
    elapsed = (f"  {text.clock(job.elapsed(now))}" if job.ended else "", "plain")
    review = (f"  {job.review}", str(job.review)) if job.review else ("", "plain")
    yield "status", (status, raw, elapsed, review)
    yield _field("message", job.message, "failed" if job.status is Status.FAILED else "plain")
    yield _field("reason", reasons.explanation(job))
    if job.problem:
        since = f"  for {text.age(job.problem_since, now)}" if job.problem_since else ""
        yield "problem", ((job.problem, "problem"), (since, "muted"))
        yield _field("", reasons.poll_explanation(job), "muted")
    if job.ended:
        return
    typical = context.typical_durations.get(job.source)
    slow_after = context.slow_after.get(job.source)
    yield _field("progress", job_progress(job, now, typical, slow_after).text)
    if job.is_slow(now, slow_after):
        yield _field("slow", slow_hint(typical), "problem")
    if next_at is not None:
        # A time instead of the seconds left, so that the pane is not redrawn every second.
        yield _field("next poll", text.time_of_day(next_at) if next_at > now else "now")


def _video(video: Video, name: str) -> Iterator[DetailField]:
    properties = (
        text.seconds(video.duration) if video.duration is not None else None,
        f"{video.width}×{video.height}" if video.width and video.height else None,
        video.content_type,
        video.id,
    )
    known = "".join(f"  {value}" for value in properties if value)
    yield name, ((video.url, "link"), *([(known, "muted")] if known else []))


def _clip(file: str, clip_info: ClipInfo | None) -> DetailField:
    info = results.NO_PREVIEW if clip_info is None else clip_info.get(file)
    if isinstance(info, Specs):
        return _field("", results.specs(info), "muted")
    return _field("", info, "muted" if clip_info is None else "problem")


def _download(job: Job, context: RenderContext) -> Iterator[DetailField]:
    """Yield the progress of the download, and when the results expire."""
    if download := context.downloads.get(job.id):
        fraction = download.fraction
        bar = [] if fraction is None else [*progress_bar(fraction), ("  ", "plain")]
        yield "download", (*bar, (results.download_details(download), "plain"))
        yield _field("to", sanitize_line(str(download.file)))
    elif job.id in context.download_errors:
        yield _field("download", context.download_errors[job.id], "problem")
    if job.expires_at is not None:
        style = "plain" if job.expires_at > context.now + EXPIRY_WARNING else "problem"
        day = (f"  {text.local(job.expires_at, context.now)}", "muted")
        yield "expires", ((results.expiry(job, context.now), style), day)


def _times(job: Job) -> dict[str, datetime | None]:
    return {
        "tracked": job.added_at,
        "ended": job.ended_at,
        "created": job.created_at,
        "updated": job.updated_at,
        "checked": job.checked_at,
    }


def _moments(job: Job, now: datetime) -> Iterator[DetailField]:
    """Yield the times of a job; each one once, though several things may have happened then."""
    shown: set[datetime] = set()
    for name, when in _times(job).items():
        if when is not None and when not in shown:
            shown.add(when)
            yield _field(name, text.moment(when, now))


def _history(job: Job, now: datetime) -> Iterator[DetailField]:
    for index, transition in enumerate(job.history):
        status = (f"{text.local(transition.at, now)}  {transition.status}", "plain")
        raw = (f"  {transition.raw_status or ''}", "muted")
        yield "" if index else "history", (status, raw)
