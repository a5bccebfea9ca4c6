"""What commands without a screen print while they poll: changes, outages, and live jobs."""

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from kling_tui.cli import bootstrap
from kling_tui.cli.outages import Outages
from kling_tui.formatting.names import JobNames
from kling_tui.formatting.render_context import RenderContext
from kling_tui.gateways import Endpoints
from kling_tui.jobs import Job
from kling_tui.polling.durations import TypicalDurations
from kling_tui.polling.poller import PollResult


class Reporter(Protocol):
    """Prints what happens to the jobs."""

    live: bool
    """Whether it displays live jobs, which have to be refreshed."""

    def report(self, job: Job, name: str, /) -> None:
        """Print a job that has changed, or that had ended before.

        `name` differs from the names of all other jobs, unlike its label.
        """

    def refresh(self, live: Collection[Job], context: RenderContext) -> None:
        """Update the display of live jobs; called after changes and once a second."""

    def notice(self, message: str) -> None:
        """Print that the gateway cannot be reached, or is back; called after `report`."""


class ChangeReport:
    """The changes and outages that polls have found, until they are printed."""

    def __init__(
        self,
        reporter: Reporter,
        jobs: Mapping[str, Job],
        live_jobs: Callable[[], Collection[Job]],
        on_news: Callable[[], None],
    ) -> None:
        """`jobs` is the mapping of all tracked jobs by id; `live_jobs` returns the reported ones.

        `on_news` is called when there is something to print.
        """
        self._reporter = reporter
        self._jobs = jobs
        self._live_jobs = live_jobs
        self._on_news = on_news
        self._outages = Outages(lambda: {job.source for job in live_jobs()})
        self._changed: list[Job] = []
        self._notices: list[str] = []

    def record(self, before: Job, result: PollResult) -> None:
        """Take over the result of a poll."""
        if result.job.differs_from(before):
            self._changed.append(result.job)
            self._on_news()
        if notice := self._outages.record(result):
            self._notices.append(notice)
            self._on_news()

    @property
    def ticks(self) -> bool:
        """Whether live jobs are displayed, which have to be refreshed once a second."""
        return self._reporter.live and bool(self._live_jobs())

    def print(self, endpoints: Endpoints, profiles: Collection[str]) -> None:
        """Print what was recorded since the last call, and refresh the display of live jobs."""
        changed, self._changed = self._changed, []
        notices, self._notices = self._notices, []
        self.print_jobs(changed)
        for notice in notices:
            self._reporter.notice(notice)
        if self._reporter.live:
            self._reporter.refresh(self._live_jobs(), self._render_context(endpoints, profiles))

    def print_jobs(self, jobs: Collection[Job]) -> None:
        """Print jobs, whether or not they have changed."""
        if jobs:
            names = JobNames(self._jobs.values())
            for job in jobs:
                self._reporter.report(job, names.name(job))

    def _render_context(self, endpoints: Endpoints, profiles: Collection[str]) -> RenderContext:
        durations = TypicalDurations(self._jobs.values())
        return RenderContext(
            bootstrap.now(),
            durations.seconds,
            durations.slow_after,
            endpoints=endpoints,
            profiles=profiles,
            names=JobNames(self._jobs.values()),
        )
