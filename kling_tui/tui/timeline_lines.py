"""What each line of the timeline shows, over one of several periods."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from kling_tui.formatting import text, timeline_cells, timeline_text
from kling_tui.formatting.names import JobNames
from kling_tui.formatting.spans import Span, style_class
from kling_tui.jobs import Job, Status
from kling_tui.storage.incidents import Incident
from kling_tui.timeline.comparison import SLOW_RATIO
from kling_tui.timeline.grid import grid
from kling_tui.timeline.phases import incidents_during, job_phases
from kling_tui.tui.job_list import JobList
from kling_tui.tui.row_renderer import Cell
from kling_tui.tui.timeline_jobs import TimelineJobs


class Period(Struct, frozen=True):
    """A period up to now that can be shown."""

    name: str
    length: timedelta


PERIODS = (
    Period("hour", timedelta(hours=1)),
    Period("day", timedelta(days=1)),
    Period("week", timedelta(weeks=1)),
    Period("quarter of an hour", timedelta(minutes=15)),
)
_INDENT = "  "
"""Before the names of jobs in a batch."""


class TimelineLines:
    """The lines of the timeline at one moment."""

    def __init__(
        self, jobs: TimelineJobs, job_list: JobList, names: JobNames, now: datetime
    ) -> None:
        self.jobs = jobs
        self.incidents: Sequence[Incident] = ()
        """The incidents of all sources, oldest first."""
        self.period = PERIODS[0]
        self.now = now
        self._job_list = job_list
        self._names = names
        self.grid = grid(self.period.length, 1, now)
        """The cells of the bars."""

    def move_to(self, now: datetime, columns: int) -> bool:
        """Show the period up to `now` in `columns` cells; returns whether the cells moved."""
        before, self.now = self.grid, now
        self.grid = grid(self.period.length, columns, now)
        return self.grid != before

    @property
    def seconds_until_move(self) -> float:
        """The seconds until all cells move, because the present is in another one."""
        return self.grid.seconds_until_change(self.now)

    @property
    def ids(self) -> list[str]:
        """The ids of the lines from top to bottom; see `TimelineJobs.lines`."""
        return self.jobs.lines(self.grid.start)

    @property
    def head(self) -> list[Sequence[Cell]]:
        """The lines above the jobs: the axis, the gateway, and how long jobs took."""
        sources = self._job_list.typical_durations.seconds
        ratios = self.jobs.finished.ratios(self.grid, sources)
        lanes = {
            "": [(timeline_cells.axis(self.grid), "heading")],
            "gateway": timeline_cells.incident_lane(self.incidents, self.grid),
            "× typical": timeline_cells.pace_lane(ratios),
        }
        return [(((name, "muted"),), tuple(cells)) for name, cells in lanes.items()]

    def job_cells(self, job: Job) -> Sequence[Cell]:
        """Return the name, the bar, the duration and the ratio of a job."""
        phases, typical = job_phases(job, self.now), self._typical(job)
        incidents = incidents_during(self.incidents, job, phases.start, phases.end)
        bar = timeline_cells.bar(job, phases, self.grid, typical, incidents)
        ratio = phases.seconds / typical if typical else 0.0
        says_much = ratio >= 1 or job.status is Status.SUCCEEDED
        duration = timeline_text.length(phases.seconds, ended=job.ended) if phases.seconds else ""
        return (
            tuple(self._name(job)),
            tuple(bar),
            ((duration, "muted"),),
            (
                (
                    timeline_text.ratio(ratio) if says_much else "",
                    "problem" if ratio >= SLOW_RATIO else "muted",
                ),
            ),
        )

    def _name(self, job: Job) -> list[Span]:
        sign = (f"{text.status_symbol(job)} ", style_class(job))
        suffix = self._names.suffix(job)
        name = job.label_in_batch("") if job.batch else job.name
        spans = [sign, (name, "plain" if job.label else "id")]
        if job.batch:
            spans.insert(0, (_INDENT, "plain"))
        return [*spans, (f" {suffix}", "suffix")] if suffix else spans

    @staticmethod
    def batch_cell(name: str) -> Cell:
        """Return the title of a batch."""
        return ((f"{name}/", "batch"),)

    def words(self, job: Job) -> tuple[list[Span], list[Span]]:
        """Return how long a job took, and whether that was the gateway or the job."""
        phases, typical = job_phases(job, self.now), self._typical(job)
        incidents = incidents_during(self.incidents, job, phases.start, phases.end)
        others = self.jobs.finished.others(job, phases.start, phases.end, typical)
        times = timeline_text.times(job, phases, typical)
        explained = timeline_text.explanation(job, phases, typical, others, incidents, self.now)
        return [(self._names.name(job), "name"), ("  ", "plain"), *times], explained

    def _typical(self, job: Job) -> float | None:
        return self._job_list.typical_durations.seconds.get(job.source)
