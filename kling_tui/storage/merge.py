"""Three-way merge of the jobs that several processes changed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec.structs import replace

from kling_tui.jobs import Job

Changes = Mapping[str, Job | None]
"""Changed jobs by id; None is a removal."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_USER_FIELDS = ("kind", "added_at", "price", "label", "profile", "review")
"""Fields that no poll changes, but the user may, also by editing the file."""


def three_way_merge(base: Changes, changes: Changes, theirs: Mapping[str, Job]) -> dict[str, Job]:
    """Return `theirs`, the jobs in the files, with `changes` that were made to `base`."""
    merged = dict(theirs)
    for job_id, mine in changes.items():
        job = _merge_job(base.get(job_id), mine, theirs.get(job_id))
        if job is None:
            merged.pop(job_id, None)
        else:
            merged[job_id] = job
    return merged


def _merge_job(base: Job | None, mine: Job | None, theirs: Job | None) -> Job | None:
    """Return the result of two changes to a job: a removal wins, then an end, then newer data.

    An end that was seen in one process was seen, and one that was marked as unread again in one
    process is unread. Of two ends, that in the file stays, because other
    processes have shown it.
    """
    if theirs == base:
        return mine
    if mine == base:
        return theirs
    if mine is None or theirs is None:
        return None
    if mine.ended and theirs.ended:
        merged = theirs.with_polls_of(mine)
    else:
        merged = max(mine, theirs, key=lambda job: (job.ended, job.checked_at or _NEVER))
    same_state = (job for job in (mine, theirs) if job.ended == merged.ended)
    was_seen = base is not None and base.ended and not base.unread
    merged = replace(merged, unread=(any if was_seen else all)(job.unread for job in same_state))
    for name in _USER_FIELDS:
        unchanged = base is None or getattr(mine, name) == getattr(base, name)
        merged = replace(merged, **{name: getattr(theirs if unchanged else mine, name)})
    versions = (base, mine, theirs)
    for index in range(len(merged.videos)):
        merged = merged.with_file(index, *_merge_files(*(_files(job, index) for job in versions)))
    return merged


class _Files(NamedTuple):
    """Where a video was downloaded to, and where it was but is no longer."""

    file: str | None = None
    missing_file: str | None = None


def _files(job: Job | None, index: int) -> _Files:
    if job is None or index >= len(job.videos):
        return _Files()
    video = job.videos[index]
    return _Files(video.file, video.missing_file)


def _merge_files(base: _Files, mine: _Files, theirs: _Files) -> _Files:
    """Return the result of two changes: a download wins over an older file that is missing."""
    if mine == base or (theirs != base and not mine.file):
        return theirs
    return mine
