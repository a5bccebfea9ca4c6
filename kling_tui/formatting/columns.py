"""The columns of the job table, as data: what each shows, how wide, and which give way first."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from kling_tui.costs import cost_of
from kling_tui.downloads import Progress
from kling_tui.formatting import text
from kling_tui.gateways import BUILT_IN, Endpoints
from kling_tui.jobs import Job, Source, Status

Span = tuple[str, str]
"""Text, and the component class of the table that says how it looks."""

GAP = 2
"""Blank cells between two columns."""
STALE_AFTER = 60.0
"""Seconds without an answer after which what is shown of a live job is marked as old."""
_STATUS_WIDTH = 11
_MAX_ESSENTIAL = 1
_BAR_WIDTH = 8
_KIND, _PROFILE = "Kind", "Profile"
_MAX_NAME_WIDTH = 14
_BAR_FULL, _BAR_REST = "━", "─"


@dataclass(frozen=True, slots=True)
class RenderContext:
    """What a row depends on beside its job."""

    now: datetime
    typical_durations: Mapping[Source, float] = field(default_factory=dict)
    """The seconds that jobs take."""
    downloads: Mapping[str, Progress] = field(default_factory=dict)
    """How far those are that are under way, by the job's id."""
    download_errors: Mapping[str, str] = field(default_factory=dict)
    """Why a download failed, by the job's id."""
    endpoints: Endpoints = field(default_factory=lambda: BUILT_IN)
    profiles: Collection[str] = ("",)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table."""

    title: str
    width: int
    """In cells; it may get wider where it grows."""
    importance: int
    """The column with the highest number is the first to go where there is no room."""
    render: Callable[[Job, RenderContext], Sequence[Span]]
    grows: int = 0
    """Its part of the room that is left over, in proportion to the others'."""
    align: Literal["left", "right"] = "left"
    wanted_width: int = 0
    """The cells that show all of what is usual, which come before what other columns grow by."""
    min_width: int | None = None
    """The cells that it can do with where nothing less important is left; None: its width."""
    sort_id: str | None = None
    """What a click on the title sorts by."""

    @property
    def min_cells(self) -> int:
        """The fewest cells that it can do with."""
        return self.width if self.min_width is None else self.min_width


def _stale(job: Job, context: RenderContext) -> bool:
    """Whether what is known of a live job is old."""
    since = job.checked_at or job.added_at
    return not job.ended and (context.now - since).total_seconds() > STALE_AFTER


def style_class(job: Job) -> str:
    """Return the component class for the state of a job."""
    if job.is_new or job.in_queue:
        return "queued"
    if job.status is Status.SUCCEEDED and not job.videos:
        return "unknown"
    return str(job.status)


def _status(job: Job, context: RenderContext) -> Sequence[Span]:
    word, mark = text.status(job), " !" if job.problem else ""
    if len(word) + len(mark) > _STATUS_WIDTH - 2:
        word = word[: _STATUS_WIDTH - 3 - len(mark)] + "…"
    look = "muted" if _stale(job, context) else style_class(job)
    return [(f"{text.status_symbol(job)} {word}", look), (mark, "problem")]


def _name(job: Job, _: RenderContext) -> Sequence[Span]:
    return [(job.name, "name" if job.label else "id")]


def _kind(job: Job, _: RenderContext) -> Sequence[Span]:
    return [(job.kind, "muted")]


def _profile(job: Job, _: RenderContext) -> Sequence[Span]:
    return [(text.profile_name(job.profile), "muted")]


def _progress(job: Job, context: RenderContext) -> Sequence[Span]:
    progress = text.progress(job, context.now, context.typical_durations.get(job.source))
    if job.status is Status.FAILED:
        return [(progress.text, "failed")]
    if progress.fraction is not None:
        return [*progress_bar(progress.fraction), (f" {progress.text}", "muted")]
    if job.awaits_download:
        return _result(job, context, progress.text)
    return [(progress.text, "muted")]


def _result(job: Job, context: RenderContext, words: str) -> Sequence[Span]:
    """Return how far the download of a result is, or what keeps it from being fetched."""
    if download := context.downloads.get(job.id):
        words = text.download(download)
        if download.fraction is None:
            return [(words, "muted")]
        return [*progress_bar(download.fraction), (f" {words}", "muted")]
    if job.id in context.download_errors:
        return [(f"not fetched: {context.download_errors[job.id]}", "problem")]
    if job.expires_soon(context.now):
        return [(f"expires {text.expiry(job, context.now)}", "problem")]
    return [(f"{words}, expired" if job.is_expired(context.now) else words, "muted")]


def seconds_until_change(job: Job, context: RenderContext) -> float | None:
    """Return after how many seconds the row of a job may say something else; None: never."""
    if not job.ended or job.id in context.downloads:
        return 1.0
    return 60.0 if job.awaits_download and not job.is_expired(context.now) else None


def progress_bar(fraction: float) -> list[Span]:
    """Return a bar that is full to a part from 0 to 1."""
    full = round(min(fraction, 1.0) * _BAR_WIDTH)
    return [(_BAR_FULL * full, "bar"), (_BAR_REST * (_BAR_WIDTH - full), "rest")]


def _elapsed(job: Job, context: RenderContext) -> Sequence[Span]:
    slow = job.is_slow(context.now, context.typical_durations.get(job.source))
    look = "muted" if job.ended else "problem" if slow else "plain"
    return [(text.clock(job.elapsed(context.now)), look)]


def _checked(job: Job, context: RenderContext) -> Sequence[Span]:
    if job.ended:
        return [("", "muted")]
    look = "problem" if _stale(job, context) else "muted"
    # By the second, twice as many cells would change as do by the elapsed times alone.
    return [(text.coarse_age(job.checked_at, context.now), look)]


def _cost(job: Job, _: RenderContext) -> Sequence[Span]:
    return [(text.cost(cost_of(job)), "plain" if job.status is Status.SUCCEEDED else "muted")]


def _problem(job: Job, _: RenderContext) -> Sequence[Span]:
    return [(job.problem or "", "problem")]


COLUMNS = (
    Column("Status", _STATUS_WIDTH, 0, _status, sort_id="status"),
    Column("Job", 11, 0, _name, grows=4, wanted_width=20, min_width=10, sort_id="job"),
    Column(_KIND, 5, 5, _kind, sort_id="kind"),
    Column(_PROFILE, 7, 4, _profile),
    Column("Progress", 20, 1, _progress, grows=3, wanted_width=26, min_width=12),
    Column("Elapsed", 8, 2, _elapsed, align="right", sort_id="age"),
    Column("Checked", 7, 6, _checked, align="right"),
    Column("Cost", 6, 3, _cost, align="right", sort_id="cost"),
    Column("Problem", 20, 7, _problem, grows=2),
)


def visible_columns(context: RenderContext) -> Sequence[Column]:
    """Return the columns, that of the profiles where there are several.

    Those of kinds and profiles are so wide, where there is room, that their names fit.
    """
    names = {_KIND: context.endpoints, _PROFILE: map(text.profile_name, context.profiles)}
    fits = {
        title: min(max(map(len, each), default=0), _MAX_NAME_WIDTH) for title, each in names.items()
    }
    return [
        replace(each, wanted_width=fits.get(each.title, each.wanted_width))
        for each in COLUMNS
        if each.title != _PROFILE or len(context.profiles) > 1
    ]


@dataclass(frozen=True, slots=True)
class PlacedColumn:
    """A column and where it stands, in cells from the left edge of the text."""

    column: Column
    start: int
    width: int


def layout_columns(columns: Sequence[Column], width: int) -> list[PlacedColumn]:
    """Place as many columns as `width` cells hold, the least important left out first.

    The essential ones rather get narrow, down to their `least`, than be left out.
    """
    shown = list(columns)
    while len(shown) > 1 and _total(shown, narrow=False) > width:
        last = max(shown, key=lambda column: column.importance)
        if last.importance <= _MAX_ESSENTIAL and _total(shown, narrow=True) <= width:
            break
        shown.remove(last)
    narrow = _total(shown, narrow=False) > width
    spare = max(0, width - _total(shown, narrow=narrow))
    parts = sum(column.grows for column in shown)
    places: list[PlacedColumn] = []
    start = 0
    widths: dict[str, int] = {}
    for column in shown:
        least = column.min_cells if narrow else column.width
        widths[column.title] = least + min(spare, max(0, column.wanted_width - least))
        spare -= widths[column.title] - least
    for column in shown:
        share = spare * column.grows // parts if parts else 0
        spare, parts = spare - share, parts - column.grows
        cells = min(widths[column.title] + share, max(1, width))
        places.append(PlacedColumn(column, start, cells))
        start += cells + GAP
    return places


def _total(columns: Sequence[Column], *, narrow: bool) -> int:
    widths = (column.min_cells if narrow else column.width for column in columns)
    return sum(widths) + GAP * (len(columns) - 1)
