"""A batch of jobs that is shown as one row: what is known of all of its jobs together."""

from functools import cached_property

from msgspec import Struct

from kling_tui.costs import Totals, cost_of
from kling_tui.formatting import text
from kling_tui.formatting.progress import job_progress
from kling_tui.formatting.render_context import RenderContext
from kling_tui.formatting.spans import style_class
from kling_tui.gateways import not_polled_reason
from kling_tui.jobs import Job, Source

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


class Batch(Struct, frozen=True, dict=True):
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

    @property
    def style_class(self) -> str:
        """The style of its most urgent job."""
        return style_class(self.by_urgency[0]) if self.jobs else "muted"

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
    return _URGENCY.index(style_class(job))


class BatchProgress(Struct, frozen=True):
    """How far a batch is."""

    fraction: float | None
    """From 0 to 1; None if all of its jobs have ended."""
    time_left: str = ""
    """Until its last job ends; "" while that is not known of all jobs."""
    slow: str = ""
    """How many of its jobs take far longer than usual; "" for none."""


def progress(batch: Batch, context: RenderContext) -> BatchProgress:
    """Return how far a batch is: the share of its jobs that is done, with that of live jobs."""
    if not batch.live:
        return BatchProgress(None)
    done = float(len(batch.jobs) - len(batch.live))
    longest: float | None = 0.0
    slow = 0
    for job in batch.live:
        typical = context.typical_durations.get(job.source)
        slow_after = context.slow_after.get(job.source)
        done += job_progress(job, context.now, typical, slow_after).fraction or 0.0
        slow += job.is_slow(context.now, slow_after)
        seconds = _seconds_left(job, context, typical)
        longest = None if longest is None or seconds is None else max(longest, seconds)
    return BatchProgress(
        min(1.0, done / len(batch.jobs)),
        "" if longest is None else text.time_left(longest, "~"),
        f"{slow:,} slow" if slow else "",
    )


def _seconds_left(job: Job, context: RenderContext, typical: float | None) -> float | None:
    """Return the seconds until a live job ends, by the gateway or the typical duration.

    None where neither is known, or the job takes longer than that.
    """
    remaining = job.remaining(context.now)
    if remaining is not None or typical is None or job.in_queue or job.is_new:
        return remaining
    seconds = typical - (job.elapsed(context.now) or 0.0)
    return seconds if seconds > 0 else None


def seconds_until_change(batch: Batch, context: RenderContext) -> float | None:
    """Return the seconds until the row of a batch may change by itself; None: never."""
    if batch.live or batch.downloading(context):
        return 1.0
    return 60.0 if batch.awaits_download else None
