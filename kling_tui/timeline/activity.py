"""What the jobs did in the last minutes, and how far those in flight are, as jobs change."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from operator import attrgetter

from kling_tui.jobs import Job, Source
from kling_tui.timeline.minutes import MinuteCounts
from kling_tui.timeline.phases import job_extent
from kling_tui.timeline.run import Run

SLICE = 500
"""Jobs that are taken over between two pauses."""
_MAX_AGE = timedelta(days=1)
"""How long ago jobs may have ended that are still taken into account."""


class Activity:
    """Keeps the counts of the last minutes and the present run up to date."""

    def __init__(self) -> None:
        self.counts = MinuteCounts()
        self.run = Run()
        self._known: dict[str, Job] = {}
        self._run_known = False

    def sync(
        self, jobs: Mapping[str, Job], now: datetime, slow_after: Mapping[Source, float]
    ) -> Iterator[None]:
        """Take over all jobs, of which most have not changed; yields after each `SLICE`.

        `slow_after` are the seconds after which jobs of each source are slow.
        """
        for job_id in self._known.keys() - jobs.keys():
            del self._known[job_id]
            self.counts.remove(job_id)
            self.run.remove(job_id)
        changed = 0
        for job_id in list(jobs):
            job = jobs.get(job_id)
            if job is None or job is self._known.get(job_id):
                continue
            if job.ended_at and now - job.ended_at > _MAX_AGE:
                self._known[job_id] = job
            else:
                self.put(job)
            changed += 1
            if changed % SLICE == 0:
                yield
        if not self._run_known:
            self._run_known = True
            self._find_run(now, slow_after)

    def put(self, job: Job) -> None:
        """Take over one job."""
        before, self._known[job.id] = self._known.get(job.id), job
        if not job.ended:
            self.counts.put(job.id, (job.created_at or job.added_at).timestamp())
        elif before is None or not before.ended:
            start, end = job_extent(job, job.added_at)
            self.counts.put(job.id, start.timestamp(), end.timestamp())
            self.run.learn(job)
        self.run.put(job)

    def _find_run(self, now: datetime, slow_after: Mapping[Source, float]) -> None:
        """Count jobs as done that ended after others began which are in flight now, and so on."""
        live = (
            job
            for job in self._known.values()
            if not job.ended and not job.is_slow(now, slow_after.get(job.source))
        )
        began = min((job_extent(job, now)[0] for job in live), default=None)
        ended = [job for job in self._known.values() if job.ended_at]
        for job in sorted(ended, key=attrgetter("ended_at"), reverse=True):
            start, end = job_extent(job, now)
            if began is None or end < began or now - end > _MAX_AGE:
                break
            began = min(began, start)
            self.run.count(job)
