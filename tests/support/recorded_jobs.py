"""A mapping of jobs that knows which of them were looked up."""

from collections.abc import Iterable
from typing import Any

from kling_tui.jobs import Job


class RecordedJobs(dict[str, Job]):
    """Jobs by id."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        super().__init__((job.id, job) for job in jobs)
        self.looked_up: list[str] = []
        """The ids that were looked up."""

    def get(self, key: str, default: Any = None) -> Any:
        """Look up a job."""
        self.looked_up.append(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Job:
        self.looked_up.append(key)
        return super().__getitem__(key)
