"""A batch of jobs as one row of the job table: its values, and the text of its cells."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from kling_tui.costs import Totals, cost_of
from kling_tui.formatting import columns, text
from kling_tui.formatting.columns import PlacedColumn, RenderContext, Span, progress_bar
from kling_tui.formatting.counts import count_spans, short_count_spans
from kling_tui.formatting.fitting import with_problem
from kling_tui.gateways import not_polled_reason
from kling_tui.jobs import Job, Source

FOLDED = "▸"
"""The symbol of a batch that is folded into one row."""
_ID_PREFIX = "\0"
"""No id of a job begins with it, as job ids have no control characters."""
_URGENCY = ("failed", "running", "unknown", "queued", "succeeded")
"""The styles of statuses, the most urgent first."""


def batch_row_id(name: str) -> str:
    """Return the id of the row of a batch, which no job can have."""
    return _ID_PREFIX + name


def batch_name(row_id: str) -> str:
    """Return the name of the batch with this row; "" if it is the row of a job."""
    return row_id[len(_ID_PREFIX) :] if row_id.startswith(_ID_PREFIX) else ""


@dataclass(frozen=True)
class Batch:
    """The jobs of a batch that are shown as one row."""

    name: str
    jobs: tuple[Job, ...]
    """In the order of the table, without those that the filter hides."""
    size: int
    """How many jobs the batch has, including those."""

    @property
    def id(self) -> str:
        """The id of its row."""
        return batch_row_id(self.name)

    @property
    def title(self) -> str:
        """Its name, with the slash that ends it in labels."""
        return f"{self.name}/"

    @property
    def count(self) -> str:
        """How many jobs it has, and of these the filter shows how many: ``8 of 12 jobs``."""
        shown = f"{len(self.jobs):,} of " if len(self.jobs) < self.size else ""
        return f"{shown}{text.count(self.size, 'job')}"

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of its jobs."""
        return frozenset(job.id for job in self.jobs)

    @cached_property
    def totals(self) -> Totals:
        """Its costs, and how many jobs have each status."""
        totals = Totals()
        for job in self.jobs:
            totals.count(job)
        return totals

    @cached_property
    def live(self) -> tuple[Job, ...]:
        """Its unfinished jobs."""
        return tuple(job for job in self.jobs if not job.ended)

    @cached_property
    def unread(self) -> bool:
        """Whether any of its jobs is unread."""
        return any(job.unread for job in self.jobs)

    @cached_property
    def awaits_download(self) -> tuple[Job, ...]:
        """Its jobs with results that are not downloaded."""
        return tuple(job for job in self.jobs if job.awaits_download)

    @cached_property
    def by_urgency(self) -> tuple[Job, ...]:
        """Its jobs, those that have failed first, then those that are running."""
        return tuple(sorted(self.jobs, key=_urgency))

    @cached_property
    def sources(self) -> dict[Source, Job]:
        """The sources of its jobs, each with a job that is live if any is."""
        jobs = sorted(self.jobs, key=lambda job: not job.ended)
        return {job.source: job for job in jobs}

    @cached_property
    def cost(self) -> str:
        """What it costs, without failed jobs: ``$4.20``, ``≈$4.20``; ``?`` if that is unknown."""
        if self.totals.unpriced == len(self.jobs):
            return "?"
        costs = (cost_of(job) for job in self.jobs)
        approximate = any(each and not each.documented for each in costs)
        return "≈" * approximate + text.money(self.totals.spent + self.totals.in_flight)

    @cached_property
    def _poll_problems(self) -> frozenset[str]:
        return frozenset(job.problem for job in self.jobs if job.problem)

    def problem(self, context: RenderContext) -> str:
        """Return why the last polls of its jobs failed, or how many reasons there are; or ""."""
        endpoints, profiles = context.endpoints, context.profiles
        not_polled = (not_polled_reason(job, endpoints, profiles) for job in self.sources.values())
        problems = self._poll_problems.union(filter(None, not_polled))
        if len(problems) > 1:
            return f"{len(problems)} different problems"
        return next(iter(problems), "")

    def downloading(self, context: RenderContext) -> int:
        """Return how many of its jobs are being downloaded."""
        return sum(job_id in self.ids for job_id in context.downloads)


def _urgency(job: Job) -> int:
    return _URGENCY.index(columns.style_class(job))


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far a batch is."""

    fraction: float | None
    """From 0 to 1; None if all of its jobs have ended."""
    time_left: str = ""
    """Until its last job ends; "" while that is not known of all jobs."""


def progress(batch: Batch, context: RenderContext) -> BatchProgress:
    """Return how far a batch is: the share of its jobs that is done, with that of live jobs."""
    if not batch.live:
        return BatchProgress(None)
    done = float(len(batch.jobs) - len(batch.live))
    longest: float | None = 0.0
    for job in batch.live:
        typical = context.typical_durations.get(job.source)
        done += text.progress(job, context.now, typical).fraction or 0.0
        seconds = _seconds_left(job, context, typical)
        longest = None if longest is None or seconds is None else max(longest, seconds)
    time_left = "" if longest is None else text.time_left(longest, "~")
    return BatchProgress(min(1.0, done / len(batch.jobs)), time_left)


def _seconds_left(job: Job, context: RenderContext, typical: float | None) -> float | None:
    """Return the seconds until a live job ends, by the gateway or the typical duration."""
    remaining = job.remaining(context.now)
    if remaining is not None or typical is None or job.in_queue or job.is_new:
        return remaining
    return max(0.0, typical - (job.elapsed(context.now) or 0.0))


def seconds_until_change(batch: Batch, context: RenderContext) -> float | None:
    """Return the seconds until the row of a batch may change by itself; None: never."""
    if batch.live or batch.downloading(context):
        return 1.0
    return 60.0 if batch.awaits_download else None


def render_cell(placed: PlacedColumn, batch: Batch, context: RenderContext) -> Sequence[Span]:
    """Return the cell of a batch in a column; a column that says nothing of a batch is blank."""
    match placed.column.title:
        case "Status":
            return _status(batch, context, placed.width)
        case "Job":
            return [(batch.title, "name")]
        case "Cost":
            return [(batch.cost, "plain")]
        case "Progress":
            return _progress(batch, context, placed.width)
        case "Kind":
            return _common(placed, batch, context, {source.kind for source in batch.sources})
        case "Profile":
            return _common(placed, batch, context, {source.profile for source in batch.sources})
        case "Elapsed" if batch.live:
            oldest = min(batch.live, key=lambda job: job.created_at or job.added_at)
            return placed.render(oldest, context)
        case "Checked" if batch.live:
            stalest = min(batch.live, key=lambda job: job.checked_at or job.added_at)
            return placed.render(stalest, context)
    return [("", "muted")]


def style_class(batch: Batch) -> str:
    """Return the style of its most urgent job."""
    return columns.style_class(batch.by_urgency[0]) if batch.jobs else "muted"


def _status(batch: Batch, context: RenderContext, width: int) -> Sequence[Span]:
    mark = " !" if batch.problem(context) else ""
    number = f"{len(batch.jobs):,}"
    texts = [text.count(len(batch.jobs), "job"), number]
    if len(batch.jobs) < batch.size:
        texts = [f"{number} of {batch.size:,}", f"{number}/{batch.size:,}"]
    room = width - len(f"{FOLDED} {mark}")
    shown = next((each for each in texts if len(each) <= room), number)
    return [(f"{FOLDED} {shown}", style_class(batch)), (mark, "problem")]


def _common(
    placed: PlacedColumn, batch: Batch, context: RenderContext, values: Set[str]
) -> Sequence[Span]:
    """Return the cell that all of its jobs have in common, if it is one value."""
    return placed.render(batch.jobs[0], context) if len(values) == 1 else [("mixed", "muted")]


def _progress(batch: Batch, context: RenderContext, width: int) -> Sequence[Span]:
    """Return the longest of the texts that fits, and after it why polls failed."""
    *others, shortest = _progress_texts(batch, context)
    shown = next((each for each in others if _length(each) <= width), shortest)
    problem = with_problem(shown, batch.problem(context))
    return problem if _length(problem) <= width else shown


def _progress_texts(batch: Batch, context: RenderContext) -> Iterator[Sequence[Span]]:
    """Yield what the last column can show, what says most first."""
    counts, short_counts = count_spans(batch.totals), short_count_spans(batch.totals)
    state = progress(batch, context)
    if state.fraction is not None:
        bar = [*progress_bar(state.fraction), (" ", "muted")]
        left = [(f", {state.time_left}", "muted")] if state.time_left else []
        yield [*bar, *counts, *left]
        yield [*counts, *left]
        yield [*bar, *short_counts, *left]
        yield [*short_counts, *left]
    elif downloading := batch.downloading(context):
        yield [*counts, (f", {downloading:,} downloading", "muted")]
    elif expiring := sum(job.expires_soon(context.now) for job in batch.awaits_download):
        yield [*counts, (", ", "muted"), (f"{expiring:,} expiring", "problem")]
    yield counts
    yield short_counts


def _length(spans: Sequence[Span]) -> int:
    return sum(len(span_text) for span_text, _ in spans)
