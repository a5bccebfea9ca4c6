"""What several processes did to the same jobs, put together."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from kling_tui.jobs import Job

Changes = Mapping[str, Job | None]
"""What became of jobs, by id: None is a removal."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_USER_FIELDS = ("kind", "added_at", "price", "label", "profile")
"""What no poll changes, but a person may, also in the file."""


def three_way_merge(base: Changes, changes: Changes, theirs: Mapping[str, Job]) -> dict[str, Job]:
    """Return `theirs` after `changes` that were made on the ground of `base`."""
    merged = dict(theirs)
    for job_id, mine in changes.items():
        job = _merged_one(base.get(job_id), mine, theirs.get(job_id))
        if job is None:
            merged.pop(job_id, None)
        else:
            merged[job_id] = job
    return merged


def _merged_one(base: Job | None, mine: Job | None, theirs: Job | None) -> Job | None:
    """Return a job as two processes left it: a removal wins, then an end, then what is newer."""
    if theirs == base:
        return mine
    if mine == base:
        return theirs
    if mine is None or theirs is None:
        return None
    newest = max(mine, theirs, key=lambda job: (job.ended, job.checked_at or _NEVER))
    for name in _USER_FIELDS:
        untouched = base is None or getattr(mine, name) == getattr(base, name)
        newest = replace(newest, **{name: getattr(theirs if untouched else mine, name)})
    for index in range(len(newest.videos)):
        held, here, there = (_file(job, index) for job in (base, mine, theirs))
        newest = newest.with_file(index, there if here == held else here)
    return newest


def _file(job: Job | None, index: int) -> str | None:
    """Return where a video of a job was downloaded to."""
    return job.videos[index].file if job and index < len(job.videos) else None
