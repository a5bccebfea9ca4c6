"""The columns of the job table as data: what each shows, its width, which are dropped first."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from kling_tui.costs import cost_of
from kling_tui.formatting import reasons, results, text
from kling_tui.formatting.fitting import fit_name, fit_progress, fit_time, with_problem
from kling_tui.formatting.progress import job_progress
from kling_tui.formatting.render_context import RenderContext
from kling_tui.formatting.spans import Span, progress_bar, style_class
from kling_tui.jobs import EXPIRY_NOTICE, Job, Status

STALE_AFTER = 60.0
"""Seconds after the last reply at which the row of a live job is shown as stale."""
_STATUS_WIDTH = 11
_KIND, _PROFILE = "Kind", "Profile"
ALWAYS_SHOWN = ("Status", "Job")
"""The titles of the columns that cannot be hidden."""
_MAX_NAME_WIDTH = 14
"""Cells up to which the columns Kind and Profile grow to fit their names."""


def _unfitted(spans: Sequence[Span], _: int) -> Sequence[Span]:
    return spans


class Column(Struct, frozen=True):
    """One column of the table."""

    title: str
    width: int
    """In cells, before the column grows."""
    importance: int
    """When there is no room, the column with the highest number is dropped first."""
    render: Callable[[Job, RenderContext], Sequence[Span]]
    grows: int = 0
    """Its share of the remaining room, relative to the other columns' shares."""
    align: Literal["left", "right"] = "left"
    wanted_width: int = 0
    """Cells that fit the usual content; reserved before the remaining room is shared out."""
    shortens: bool = False
    """Whether `fit` has a shorter form for `width`; `wanted_width` is no condition then."""
    min_width: int | None = None
    """Width in cells when no less important column is left to drop; None: `width`."""
    sort_id: str | None = None
    """Id of the sort order that a click on the title selects."""
    max_width: int | None = None
    """Cells up to which the column grows; None: any."""
    fit: Callable[[Sequence[Span], int], Sequence[Span]] = _unfitted
    """Selects those of the rendered spans that are shown in a number of cells."""
    timed: bool = False
    """Whether its cells may change with time alone."""

    @property
    def min_cells(self) -> int:
        """The smallest width in cells."""
        return self.width if self.min_width is None else self.min_width


def _stale(job: Job, context: RenderContext) -> bool:
    """Whether the last reply about a live job is older than `STALE_AFTER`."""
    since = job.checked_at or job.added_at
    return not job.ended and (context.now - since).total_seconds() > STALE_AFTER


def _status(job: Job, context: RenderContext) -> Sequence[Span]:
    status, review, mark = text.status(job), text.review_mark(job), " !" if job.problem else ""
    room = _STATUS_WIDTH - 2 - len(review) - len(mark)
    if len(status) > room:
        status = status[: room - 1] + "…"
    style = "muted" if _stale(job, context) else style_class(job)
    return [
        (f"{text.status_symbol(job)} {status}", style),
        (review, job.review or "plain"),
        (mark, "problem"),
    ]


def _name(job: Job, context: RenderContext) -> Sequence[Span]:
    name = (job.name, "name" if job.label else "id")
    suffix = context.names.suffix(job)
    return [name, (f" {suffix}", "suffix")] if suffix else [name]


def _kind(job: Job, _: RenderContext) -> Sequence[Span]:
    return [(job.kind, "muted")]


def _profile(job: Job, _: RenderContext) -> Sequence[Span]:
    return [(text.profile_name(job.profile), "muted")]


def _progress(job: Job, context: RenderContext) -> Sequence[Span]:
    """Return all that the last column can show; `fit_progress` selects what fits."""
    return with_problem(_own_progress(job, context), job.problem)


def _own_progress(job: Job, context: RenderContext) -> Sequence[Span]:
    if job.status is Status.FAILED:
        parts = [part for part in reasons.failure_parts(job) if part]
        return [(f": {part}" if number else part, "failed") for number, part in enumerate(parts)]
    progress = job_progress(
        job,
        context.now,
        context.typical_durations.get(job.source),
        context.slow_after.get(job.source),
    )
    if progress.fraction is not None:
        return [*progress_bar(progress.fraction), (f" {progress.text}", "muted")]
    if job.awaits_download:
        return _download(job, context, progress.text)
    return [(progress.text, "muted")]


def _download(job: Job, context: RenderContext, result: str) -> Sequence[Span]:
    """Return the state of a download: running, failed, about to expire, or else `result`."""
    if download := context.downloads.get(job.id):
        amount = results.download(download)
        if download.fraction is None:
            return [(amount, "muted")]
        return [*progress_bar(download.fraction), (f" {amount}", "muted")]
    if job.id in context.download_errors:
        return [(f"download failed: {context.download_errors[job.id]}", "problem")]
    if job.expires_within(EXPIRY_NOTICE, context.now):
        style = "problem" if job.expires_soon(context.now) else "muted"
        return [(f"expires {results.expiry(job, context.now)}", style)]
    return [(f"{result}, expired" if job.is_expired(context.now) else result, "muted")]


def seconds_until_change(job: Job, context: RenderContext) -> float | None:
    """Return the seconds until the row of a job may change by itself; None: never."""
    if not job.ended or job.id in context.downloads:
        return 1.0
    return 60.0 if job.awaits_download and not job.is_expired(context.now) else None


def _elapsed(job: Job, context: RenderContext) -> Sequence[Span]:
    slow = job.is_slow(context.now, context.slow_after.get(job.source))
    style = "muted" if job.ended else "problem" if slow else "plain"
    return [(text.clock(job.elapsed(context.now)), style)]


def _checked(job: Job, context: RenderContext) -> Sequence[Span]:
    if job.ended:
        return [("", "muted")]
    style = "problem" if _stale(job, context) else "muted"
    # In steps of seconds, this column would double the number of cells that change per tick.
    return [(text.coarse_age(job.checked_at, context.now), style)]


def _time(when: datetime | None, context: RenderContext) -> Sequence[Span]:
    """Return a time in two lengths, of which `fit_time` selects one."""
    if when is None:
        return [("", "muted")]
    return [(each, "muted") for each in text.short_time(when, context.now)]


def _cost(job: Job, _: RenderContext) -> Sequence[Span]:
    return [(text.cost(cost_of(job)), "plain" if job.status is Status.SUCCEEDED else "muted")]


COLUMNS = (
    Column("Status", _STATUS_WIDTH, 0, _status, sort_id="status", timed=True),
    Column("Job", 11, 0, _name, grows=1, wanted_width=22, min_width=10, max_width=36,
           sort_id="job", fit=fit_name),
    Column(_KIND, 5, 5, _kind, sort_id="kind"),
    Column(_PROFILE, 7, 4, _profile, sort_id="profile"),
    Column("Added", 11, 8, lambda job, context: _time(job.added_at, context),
           wanted_width=15, shortens=True, sort_id="age", fit=fit_time, timed=True),
    Column("Ended", 11, 7, lambda job, context: _time(job.ended_at, context),
           wanted_width=15, shortens=True, sort_id="ended", fit=fit_time, timed=True),
    Column("Elapsed", 8, 2, _elapsed, align="right", sort_id="elapsed", timed=True),
    Column("Checked", 7, 6, _checked, align="right", timed=True),
    Column("Cost", 6, 3, _cost, align="right", sort_id="cost"),
    Column("Progress", 20, 1, _progress, grows=3, wanted_width=26, min_width=12, fit=fit_progress,
           timed=True),
)  # fmt: skip


def optional_titles(profiles: Collection[str]) -> list[str]:
    """Return the titles of the columns that can be hidden; Profile only where there are several."""
    titles = [column.title for column in COLUMNS if column.title not in ALWAYS_SHOWN]
    return titles if len(profiles) > 1 else [title for title in titles if title != _PROFILE]


def visible_columns(context: RenderContext) -> Sequence[Column]:
    """Return the columns that the user wants to see, with Kind and Profile as wide as names."""
    optional = optional_titles(context.profiles)
    shown = {*ALWAYS_SHOWN, *(each for each in optional if each not in context.hidden_columns)}
    names = {_KIND: context.endpoints, _PROFILE: map(text.profile_name, context.profiles)}
    widths = {
        title: min(max(map(len, values), default=0), _MAX_NAME_WIDTH)
        for title, values in names.items()
    }
    return [
        replace(column, wanted_width=widths.get(column.title, column.wanted_width))
        for column in COLUMNS
        if column.title in shown
    ]
