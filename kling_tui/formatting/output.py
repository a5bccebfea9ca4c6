"""Formats jobs for scripts and pipes: JSON in a stable schema, and aligned plain text."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, TypedDict

from msgspec import Meta

from kling_tui.costs import cost_of
from kling_tui.failures import failure_reason
from kling_tui.formatting import text
from kling_tui.formatting.ansi import Style, uncolored
from kling_tui.formatting.cells import width
from kling_tui.formatting.list_columns import fit_columns
from kling_tui.formatting.progress import job_progress
from kling_tui.formatting.spans import Span, style_class
from kling_tui.jobs import Job, Review, Status, Video

_STATUS_WIDTH = 11
_SMALLEST_USD = Decimal("1E-12")
_PROFILE_COLUMN = 3
"""Index of the profile among the columns."""
_TIME_PATTERN = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$"
_Time = Annotated[str, Meta(pattern=_TIME_PATTERN, extra_json_schema={"format": "date-time"})]
"""ISO 8601 in UTC."""
_Usd = Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)?(E\+[0-9]+)?$")]
"""A decimal number, as `usd_string` returns it."""


class VideoJson(TypedDict):
    """A result of a job."""

    url: str
    id: str | None
    duration: float | None
    width: int | None
    height: int | None
    content_type: str | None
    file: str | None


class JobJson(TypedDict):
    """A job in JSON."""

    id: str
    kind: str
    label: str
    profile: str
    status: Status
    raw_status: str | None
    message: str | None
    failure_reason: str | None
    problem: str | None
    queue_position: int | None
    eta_seconds: float | None
    percent: float | None
    videos: list[VideoJson]
    prompt: str | None
    aspect_ratio: str | None
    processing_seconds: float | None
    cost_usd: _Usd | None
    added_at: _Time
    created_at: _Time | None
    updated_at: _Time | None
    checked_at: _Time | None
    ended_at: _Time | None
    unread: bool
    review: Review | None


def job_as_json(job: Job) -> JobJson:
    """Return a job in the schema of docs/json.md: ISO 8601 times, money as text, or null."""
    cost = cost_of(job)
    return {
        "id": job.id,
        "kind": job.kind,
        "label": job.label,
        "profile": job.profile,
        "status": job.status,
        "raw_status": job.raw_status,
        "message": job.message,
        "failure_reason": failure_reason(job),
        "problem": job.problem,
        "queue_position": job.queue_position,
        "eta_seconds": _number(job.eta_seconds),
        "percent": _number(job.percent),
        "videos": [_video(video) for video in job.videos],
        "prompt": job.prompt,
        "aspect_ratio": job.aspect_ratio,
        "processing_seconds": _number(job.processing_seconds),
        "cost_usd": usd_string(cost.usd) if cost else None,
        "added_at": _utc(job.added_at),
        "created_at": _time(job.created_at),
        "updated_at": _time(job.updated_at),
        "checked_at": _time(job.checked_at),
        "ended_at": _time(job.ended_at),
        "unread": job.unread,
        "review": job.review,
    }


def _video(video: Video) -> VideoJson:
    return {
        "url": video.url,
        "id": video.id,
        "duration": _number(video.duration),
        "width": video.width,
        "height": video.height,
        "content_type": video.content_type,
        "file": video.file,
    }


def usd_string(value: Decimal) -> str:
    """Return the amount with at least two decimals, exact up to twelve; equal ones look the same.

    An amount that no job can cost, from a strange price in the config, is returned in scientific
    notation: its digits could fill a megabyte.
    """
    if value.adjusted() > text.MAX_DOLLAR_DIGITS:
        return f"{value:.6E}"
    value = value.quantize(_SMALLEST_USD).normalize()
    cents = value.quantize(Decimal("0.01"))
    return f"{cents if cents == value else value:f}"


def _number(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value


def _time(value: datetime | None) -> str | None:
    return None if value is None else _utc(value)


def _utc(value: datetime) -> str:
    precision = "milliseconds" if value.microsecond else "seconds"
    return value.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def jobs_as_lines(
    jobs: Collection[Job], now: datetime, style: Style = uncolored, cells: int | None = None
) -> list[str]:
    """Return a heading and one line per job, in columns; PROFILE only where a job has one.

    The lines take at most `cells` cells; None for any number.
    """
    titles = ("STATUS", "ID", "KIND", "PROFILE", "COST", "AGE", "LABEL", "RESULT")
    rows = [[(title, "muted") for title in titles], *(_cells(job, now) for job in jobs)]
    if not any(job.profile for job in jobs):
        rows = [[*row[:_PROFILE_COLUMN], *row[_PROFILE_COLUMN + 1 :]] for row in rows]
    return align_columns(rows if cells is None else fit_columns(rows, cells), style)


def job_as_line(job: Job, now: datetime, style: Style = uncolored) -> str:
    """Return one line about a job at the time `now`."""
    status, job_id, kind, _, _, _, label, result = _cells(job, now)
    cells = [(text.time_of_day(now), "muted"), _padded(status, _STATUS_WIDTH), job_id, kind]
    cells += [(job.profile, "muted"), label]
    return "  ".join(style(*cell) for cell in (*cells, result) if cell[0])


def align_columns(
    rows: Iterable[Sequence[Span]], style: Style = uncolored, right: Collection[int] = ()
) -> list[str]:
    """Return rows as lines in columns; columns whose index is in `right` are aligned right."""
    table = list(rows)
    widths = [max(width(value) for value, _ in column) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            style(*_padded(cell, cells, right=index in right))
            for index, (cell, cells) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def _padded(cell: Span, cells: int, *, right: bool = False) -> Span:
    value, style = cell
    padding = " " * (cells - width(value))
    return (padding + value if right else value + padding), style


def _cells(job: Job, now: datetime) -> list[Span]:
    return [
        (f"{text.status_symbol(job)} {text.status(job)}{text.review_mark(job)}", style_class(job)),
        (job.id, "id"),
        (job.kind, "muted"),
        (text.profile_name(job.profile), "muted"),
        (text.cost(cost_of(job)), "plain"),
        (text.age(job.added_at, now), "muted"),
        (job.label, "name"),
        _result(job, now),
    ]


def _result(job: Job, now: datetime) -> Span:
    if job.videos:
        return " ".join(video.url for video in job.videos), "plain"
    progress = job_progress(job, now, None).text
    if job.problem and not job.ended:
        return f"{progress}  ! {job.problem}".lstrip(), "problem"
    return progress, "failed" if job.status is Status.FAILED else "muted"
