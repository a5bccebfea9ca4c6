"""The jobs that a person has marked, so that keys act on all of them at once."""

from collections.abc import Collection, Iterator, Sequence


class Marks:
    """A set of job ids, and the one that was marked last, from which a range goes on."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._last: str | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, job_id: object) -> bool:
        return job_id in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def toggle(self, job_id: str) -> None:
        """Mark a job, or unmark it."""
        self._ids ^= {job_id}
        self._last = job_id

    def extend(self, order: Sequence[str], job_id: str) -> None:
        """Mark all from the last mark to a job, as they stand in `order`."""
        last = self._last if self._last in order else job_id
        first, end = sorted((order.index(last), order.index(job_id)))
        self._ids.update(order[first : end + 1])
        self._last = job_id

    def toggle_all(self, shown: Collection[str]) -> None:
        """Mark all that are shown; where they are marked already, unmark them."""
        if self._ids.issuperset(shown):
            self._ids.difference_update(shown)
        else:
            self._ids.update(shown)

    def clear(self) -> None:
        """Unmark all."""
        self._ids.clear()

    def keep(self, tracked: Collection[str]) -> None:
        """Forget what is no longer tracked."""
        self._ids.intersection_update(tracked)
