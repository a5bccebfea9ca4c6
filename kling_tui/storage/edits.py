"""The user's edits of tracked jobs, and how they are undone and redone.

Other processes change jobs too. An edit is therefore reverted only in those jobs that still are as
it left them. What polls have reported in the meantime is kept.
"""

from collections import deque
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from kling_tui.jobs import Job, Review
from kling_tui.storage.store import Store

MAX_EDITS = 100
"""Edits that can be undone, the last ones."""
MAX_EDITED_JOBS = 10_000
"""Jobs in these edits together; the last edit is kept however many it changed."""
_EDITED_FIELDS = ("label", "unread", "review")
"""The fields of a job that edits change."""


class EditKind(StrEnum):
    """What an edit did to its jobs."""

    ADDITION = "addition"
    REMOVAL = "removal"
    LABEL = "label"
    SEEN = "seen"
    REVIEW = "review"


class Change(Struct, frozen=True):
    """A job before and after an edit; None where it was not tracked. One of them is a job."""

    before: Job | None
    after: Job | None

    @property
    def job(self) -> Job:
        """The job after the edit, or as it was removed."""
        return self.after or cast(Job, self.before)


class Edit(Struct, frozen=True):
    """One action of the user, on one job or many."""

    kind: EditKind
    changes: tuple[Change, ...]
    renamed: tuple[str, str] | None = None
    """The names of the batch before and after, if it renamed one; "" if it removed its name."""

    @property
    def jobs(self) -> list[Job]:
        """The jobs that it changed."""
        return [change.job for change in self.changes]


class Reversal(Struct, frozen=True):
    """What an undo or a redo did."""

    edit: Edit
    """The edit that was undone or redone."""
    changes: tuple[Change, ...]
    """The changes that this made."""

    @property
    def skipped(self) -> int:
        """How many jobs of the edit stay as they are, because they have changed since."""
        return len(self.edit.changes) - len(self.changes)


class EditHistory:
    """Edits the jobs of a store, and remembers that to undo and redo it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._done = deque[Edit](maxlen=MAX_EDITS)
        self._undone = deque[Edit](maxlen=MAX_EDITS)

    @property
    def next_undo(self) -> Edit | None:
        """The edit that `undo` reverts."""
        return self._done[-1] if self._done else None

    @property
    def can_redo(self) -> bool:
        """Whether the last edit was an undo."""
        return bool(self._undone)

    def add(self, jobs: Iterable[Job]) -> None:
        """Track new jobs."""
        changes = [Change(None, job) for job in jobs]
        self._store.put(*(change.job for change in changes))
        self._record(EditKind.ADDITION, changes)

    def remove(self, jobs: Iterable[Job]) -> None:
        """Stop tracking jobs."""
        removed = self._store.remove(*(job.id for job in jobs))
        self._record(EditKind.REMOVAL, [Change(job, None) for job in removed])

    def mark_seen(self, jobs: Iterable[Job]) -> None:
        """Note that the user wants these jobs to be unread no longer."""
        changes = [Change(job, replace(job, unread=False)) for job in jobs if job.unread]
        self._store.put(*(change.job for change in changes))
        self._record(EditKind.SEEN, changes)

    def relabel(self, jobs: Iterable[Job], label: str) -> None:
        """Give all jobs the same label, which is sanitised."""
        self._set_labels([(job, label) for job in jobs])

    def rename_batch(self, labels: Iterable[tuple[Job, str]], old_name: str, name: str) -> None:
        """Give each job of a batch its label under another name, which is sanitised."""
        self._set_labels(labels, (old_name, name))

    def _set_labels(
        self, labels: Iterable[tuple[Job, str]], renamed: tuple[str, str] | None = None
    ) -> None:
        others = [(job, label) for job, label in labels if job.label != label]
        changes = [Change(job, replace(job, label=label)) for job, label in others]
        self._store.put(*(change.job for change in changes))
        self._record(EditKind.LABEL, changes, renamed)

    def review(self, jobs: Iterable[Job], review: Review | None) -> None:
        """Note what the user thinks of the results of these jobs; None takes that back."""
        others = [job for job in jobs if job.review is not review]
        changes = [Change(job, replace(job, review=review)) for job in others]
        self._store.put(*(change.job for change in changes))
        self._record(EditKind.REVIEW, changes)

    def undo(self) -> Reversal | None:
        """Revert the last edit that was not undone; None if there is none."""
        return self._revert_last(self._done, self._undone)

    def redo(self) -> Reversal | None:
        """Revert the last undo, unless the user has edited jobs since; None if there is none."""
        return self._revert_last(self._undone, self._done)

    def _record(
        self, kind: EditKind, changes: Collection[Change], renamed: tuple[str, str] | None = None
    ) -> None:
        if changes:
            self._undone.clear()
            _push(Edit(kind, tuple(changes), renamed), self._done)

    def _revert_last(self, edits: deque[Edit], reverted: deque[Edit]) -> Reversal | None:
        if not edits:
            return None
        edit = edits.pop()
        attempts = [self._revert(change) for change in edit.changes]
        changes = tuple(change for change in attempts if change is not None)
        if changes:
            _push(replace(edit, changes=changes), reverted)
        return Reversal(edit, changes)

    def _revert(self, change: Change) -> Change | None:
        """Revert one change, and return the change that this made; None if it cannot be."""
        now = self._store.jobs.get(change.job.id)
        if change.after is None:
            return self._track_again(change.job) if now is None else None
        if now is None or not _is_same_tracking(now, change.after):
            return None
        if change.before is None:
            self._store.remove(now.id)
            return Change(now, None)
        edited = [name for name in _EDITED_FIELDS if _differ(change.before, change.after, name)]
        if any(_differ(now, change.after, name) for name in edited):
            return None
        job = replace(now, **{name: getattr(change.before, name) for name in edited})
        self._store.put(job)
        return Change(now, job)

    def _track_again(self, job: Job) -> Change:
        self._store.put_back(job)
        return Change(None, self._store.jobs[job.id])


def _push(edit: Edit, edits: deque[Edit]) -> None:
    """Add an edit, and drop the oldest ones where there are too many."""
    edits.append(edit)
    while len(edits) > 1 and sum(len(each.changes) for each in edits) > MAX_EDITED_JOBS:
        edits.popleft()


def _differ(one: Job, other: Job, field: str) -> bool:
    return bool(getattr(one, field) != getattr(other, field))


def _is_same_tracking(job: Job, earlier: Job) -> bool:
    """Whether a job was not removed and added again, perhaps for another profile."""
    return (job.added_at, job.profile) == (earlier.added_at, earlier.profile)
