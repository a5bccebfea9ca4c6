"""The jobs that the user has marked, so that a key acts on all of them."""

from collections.abc import Collection, Iterator, Sequence


class Marks:
    """A set of job ids, and the one that was marked last, where a range begins."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._last: str | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, job_id: object) -> bool:
        return job_id in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def toggle(self, *job_ids: str) -> None:
        """Mark the jobs of a row, or unmark them if all are marked."""
        self.toggle_all(job_ids)
        self._last = job_ids[-1]

    def extend(self, order: Sequence[str], *job_ids: str) -> None:
        """Mark all jobs of `order` from the last mark to the jobs of a row."""
        last = self._last if self._last in order else job_ids[-1]
        indexes = sorted(order.index(job_id) for job_id in (last, job_ids[0], job_ids[-1]))
        self._ids.update(order[indexes[0] : indexes[-1] + 1])
        self._last = job_ids[-1]

    def toggle_all(self, job_ids: Collection[str]) -> None:
        """Mark these jobs, or unmark them if all are marked."""
        if self._ids.issuperset(job_ids):
            self._ids.difference_update(job_ids)
        else:
            self._ids.update(job_ids)

    def clear(self) -> None:
        """Unmark all jobs."""
        self._ids.clear()

    def keep(self, tracked: Collection[str]) -> None:
        """Unmark jobs that are no longer tracked."""
        self._ids.intersection_update(tracked)
