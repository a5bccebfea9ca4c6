"""Jobs for scripts and pipes: as JSON in a stable schema, or as an aligned table of plain text."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from unicodedata import combining, east_asian_width

from kling_tui.costs import cost_of
from kling_tui.jobs import Job, Video
from kling_tui.ui import text


def as_json(job: Job) -> dict[str, Any]:
    """Return a job in the documented schema: times in ISO 8601, money as text, null if unknown."""
    cost = cost_of(job)
    return {
        "id": job.id,
        "kind": job.kind,
        "label": job.label,
        "status": str(job.status),
        "raw_status": job.raw_status,
        "message": job.message,
        "problem": job.problem,
        "queue_position": job.queue_position,
        "eta_seconds": _number(job.eta_seconds),
        "videos": [_video(video) for video in job.videos],
        "prompt": job.prompt,
        "aspect_ratio": job.aspect_ratio,
        "processing_seconds": _number(job.processing_seconds),
        "cost_usd": _dollars(cost.usd) if cost else None,
        "added_at": _time(job.added_at),
        "created_at": _time(job.created_at),
        "updated_at": _time(job.updated_at),
        "checked_at": _time(job.checked_at),
        "ended_at": _time(job.ended_at),
    }


def _video(video: Video) -> dict[str, Any]:
    return {
        "url": video.url,
        "id": video.id,
        "duration": _number(video.duration),
        "width": video.width,
        "height": video.height,
        "content_type": video.content_type,
        "file": video.file,
    }


def _dollars(value: Decimal) -> str:
    """Return an exact amount with at least its cents."""
    cents = value.quantize(Decimal("0.01"))
    return f"{cents if cents == value else value:f}"


def _number(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value


def _time(value: datetime | None) -> str | None:
    if value is None:
        return None
    precision = "milliseconds" if value.microsecond else "seconds"
    return value.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def as_lines(jobs: Iterable[Job], now: datetime) -> list[str]:
    """Return a heading and one line a job, in columns."""
    rows: list[tuple[str, ...]] = [("STATUS", "ID", "KIND", "COST", "AGE", "LABEL", "RESULT")]
    rows += [_cells(job, now) for job in jobs]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = (zip(row, widths, strict=True) for row in rows)
    padded = ((cell + " " * (width - _width(cell)) for cell, width in line) for line in lines)
    return ["  ".join(line).rstrip() for line in padded]


def _width(words: str) -> int:
    """Return the number of cells that a terminal shows words in."""
    return sum(1 + (east_asian_width(each) in "WF") for each in words if not combining(each))


def _cells(job: Job, now: datetime) -> tuple[str, ...]:
    if job.videos:
        result = " ".join(video.url for video in job.videos)
    elif job.problem and not job.ended:
        result = f"! {job.problem}"
    else:
        result = text.progress(job, now, None).words
    state = f"{text.glyph(job)} {text.state(job)}"
    cost = text.cost(cost_of(job))
    return (state, job.id, job.kind, cost, text.age(job.added_at, now), job.label, result)
