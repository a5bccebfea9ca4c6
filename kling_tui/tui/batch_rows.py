"""The rows of the job table: jobs, and batches that are folded into one row each."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from kling_tui.formatting.batches import Batch, batch_name, batch_row_id
from kling_tui.jobs import Job

Row = Job | Batch
"""What a row shows; its `id` is the id of the row."""


class Rows:
    """The rows from top to bottom. A folded batch is one, where its first job would be."""

    def __init__(
        self,
        jobs: Mapping[str, Job],
        job_ids: Sequence[str] = (),
        folding: "Folding | None" = None,
    ) -> None:
        """`job_ids` are those of the jobs that are shown, as rows or in folded batches."""
        self._jobs = jobs
        self._folding = folding
        self._members: dict[str, list[str]] = {}
        self.job_ids: Sequence[str] = job_ids
        """The ids of the jobs from top to bottom, those of a folded batch in its place."""
        self.ids: Sequence[str] = job_ids
        """The ids of the rows."""
        if folding and folding.names:
            self.ids = self._fold(folding)
            self.job_ids = [job_id for row_id in self.ids for job_id in self.jobs_in(row_id)]
        self.index = {row_id: index for index, row_id in enumerate(self.ids)}
        """Where each row is, and each job that is in a folded batch."""
        for row_id, members in self._members.items():
            self.index.update(dict.fromkeys(members, self.index[row_id]))

    def _fold(self, folding: "Folding") -> list[str]:
        """Return the ids of the rows, and note which jobs each folded batch has."""
        row_ids: list[str] = []
        for job_id in self.job_ids:
            row_id = folding.row_ids.get(job_id)
            if row_id is None:
                row_ids.append(job_id)
            elif row_id in self._members:
                self._members[row_id].append(job_id)
            else:
                self._members[row_id] = [job_id]
                row_ids.append(row_id)
        return row_ids

    def __getitem__(self, row_id: str) -> Row:
        return self.batch(row_id) or self._jobs[row_id]

    def at(self, index: int) -> Row:
        """Return what the row at an index shows."""
        return self[self.ids[index]]

    def batch(self, row_id: str | None) -> Batch | None:
        """Return the folded batch of a row; None for the row of a job."""
        if row_id is None or row_id not in self._members or self._folding is None:
            return None
        found = (self._jobs.get(job_id) for job_id in self._members[row_id])
        return self._folding.batch(row_id, tuple(job for job in found if job))

    def jobs_in(self, row_id: str | None) -> Sequence[str]:
        """Return the ids of the jobs of a row: its own, or those of its batch."""
        if row_id is None:
            return ()
        return self._members.get(row_id) or (row_id,)

    def is_batch(self, row_id: str | None) -> bool:
        """Return whether a row is a folded batch."""
        return row_id in self._members

    def next_with(self, job_ids: Iterable[str], row_id: str | None) -> str | None:
        """Return the next row below `row_id` that has one of some jobs, or else from the top."""
        indexes = self._indexes(job_ids)
        current = self.index.get(row_id or "", -1)
        below = min((index for index in indexes if index > current), default=None)
        found = min(indexes, default=None) if below is None else below
        return None if found is None else self.ids[found]

    def count_outside(self, view: range, job_ids: Iterable[str]) -> tuple[int, int]:
        """Return how many rows of some jobs are above the view, and how many below it."""
        indexes = self._indexes(job_ids)
        above = sum(index < view.start for index in indexes)
        return above, sum(index >= view.stop for index in indexes)

    def _indexes(self, job_ids: Iterable[str]) -> set[int]:
        return {self.index[job_id] for job_id in job_ids if job_id in self.index}


class Folding:
    """Which batches are folded, and their values, which are computed only after a job changed."""

    def __init__(self, jobs: Mapping[str, Job], names: Iterable[str] = ()) -> None:
        """`jobs` is the mapping of all tracked jobs by id; `names` are the folded batches."""
        self.names = set(names)
        """The names of the folded batches; there may be none of that name now."""
        self.row_ids: dict[str, str] = {}
        """The ids of the rows of folded batches, by the ids of their jobs."""
        self._jobs = jobs
        self._sizes = Counter[str]()
        self._batches: dict[str, Batch] = {}
        self._left_at: dict[str, str] = {}

    @property
    def existing(self) -> list[str]:
        """The names of the folded batches that have jobs."""
        return sorted(self.names.intersection(job.batch for job in self._jobs.values()))

    def fold(self, names: Iterable[str], left_at: Job | None) -> None:
        """Fold batches; `left_at` is the job under the cursor, if that is one."""
        self.names.update(names)
        if left_at:
            self._left_at[left_at.batch] = left_at.id
        self.update()

    def unfold(self, names: Iterable[str]) -> None:
        """Unfold batches."""
        self.names.difference_update(names)
        self.update()

    def rename(self, name: str, new_name: str) -> None:
        """Fold a batch under its new name too; the old name stays folded for an undo."""
        self.names.add(new_name)
        if name in self._left_at:
            self._left_at[new_name] = self._left_at[name]

    def job_to_return_to(self, batch: Batch) -> str:
        """Return the id of the job where the cursor was before the batch was folded.

        If that is no longer shown, it is the first job.
        """
        left_at = self._left_at.get(batch.name, "")
        return left_at if left_at in batch.ids else batch.jobs[0].id

    def update(self) -> None:
        """Find the jobs of each batch, after some were added, removed or labelled."""
        self.row_ids.clear()
        for job in self._jobs.values() if self.names else ():
            if (name := job.batch) in self.names:
                self.row_ids[job.id] = batch_row_id(name)
        self._sizes = Counter(self.row_ids.values())

    def batch(self, row_id: str, jobs: tuple[Job, ...]) -> Batch:
        """Return a batch with these of its jobs."""
        batch, size = self._batches.get(row_id), self._sizes[row_id]
        # Of jobs that have not changed, only the identities are compared.
        if batch is None or batch.jobs != jobs or batch.size != size:
            batch = self._batches[row_id] = Batch(batch_name(row_id), jobs, size)
        return batch
