"""Names of jobs for the user, which differ where labels are equal."""

from collections.abc import Iterable, Sequence

from kling_tui.formatting import text
from kling_tui.jobs import Job

_SHORTEST_SUFFIX = 4
"""Characters of an id that are shown at least."""


class JobNames:
    """Names jobs by their labels; jobs with equal labels are distinguished by the end of their ids.

    A job without a label is named by its id.
    """

    def __init__(self, jobs: Iterable[Job] = ()) -> None:
        self._suffix_lengths: dict[str, int] = {}
        self.update(jobs)

    def update(self, jobs: Iterable[Job]) -> None:
        """Take over which labels there are; called after jobs were added, removed or labelled."""
        ids_by_label: dict[str, list[str]] = {}
        for job in jobs:
            if job.label:
                ids_by_label.setdefault(job.label, []).append(job.id)
        self._suffix_lengths = {
            label: _distinct_suffix_length(ids)
            for label, ids in ids_by_label.items()
            if len(ids) > 1
        }

    def suffix(self, job: Job) -> str:
        """Return the end of the id, as ``#6785``, of a job whose label others have too; else ""."""
        length = self._suffix_lengths.get(job.label)
        return f"#{job.id[-length:]}" if length else ""

    def name(self, job: Job) -> str:
        """Return the name of a job: ``shot 3``, or ``shot 3 #6785`` if others have its label."""
        return f"{job.name} {self.suffix(job)}".rstrip()

    def name_or_count(self, jobs: Sequence[Job]) -> str:
        """Return the name of a single job, or how many there are: ``12 jobs of campaign``."""
        if len(jobs) == 1:
            return self.name(jobs[0])
        batches = {job.batch for job in jobs}
        batch = batches.pop() if len(batches) == 1 else ""
        return text.count(len(jobs), "job") + (f" of {batch}" if batch else "")


def _distinct_suffix_length(ids: list[str]) -> int:
    """Return how many last characters distinguish these ids."""
    length, longest = _SHORTEST_SUFFIX, max(map(len, ids))
    while length < longest and len({job_id[-length:] for job_id in ids}) < len(ids):
        length += 1
    return length
