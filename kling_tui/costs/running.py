"""Sums over changing jobs: a change costs the same however many jobs there are."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping

from kling_tui.jobs import Job

BATCH_SIZE = 1000
"""Jobs counted between two pauses, which takes some milliseconds."""


class RunningSum(ABC):
    """The base of sums over jobs, which remembers in which state each job was counted."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    @abstractmethod
    def count(self, job: Job, times: int) -> None:
        """Add a job to the sums (`times` is 1), or take out one that was added (-1)."""

    def sync(self, jobs: Mapping[str, Job]) -> Iterator[None]:
        """Bring the sums up to date with `jobs`, of which most have not changed.

        Yields after each `BATCH_SIZE` changed jobs; `jobs` may change before it is resumed.
        """
        for job_id in self._jobs.keys() - jobs.keys():
            self.remove(job_id)
        counted = 0
        for job_id in list(jobs):
            job = jobs.get(job_id)
            if job is not None and job is not self._jobs.get(job_id):
                self.put(job)
                counted += 1
                if counted % BATCH_SIZE == 0:
                    yield

    def remove(self, job_id: str) -> None:
        """Stop counting a job, if it is counted."""
        if job := self._jobs.pop(job_id, None):
            self.count(job, -1)

    def put(self, job: Job) -> None:
        """Count a new job, or a changed one in place of its earlier state."""
        if before := self._jobs.get(job.id):
            self.count(before, -1)
        self.count(job, 1)
        self._jobs[job.id] = job
