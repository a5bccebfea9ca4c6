"""Jobs whose ends are news."""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from kling_tui.jobs import Job, Status, Transition
from tests.support.jobs import a_job


def ended_job(job_id: str, at: datetime, status: Status = Status.SUCCEEDED, **changes: Any) -> Job:
    """Return a job that was tracked before, and whose end was found at a time."""
    history = (Transition(at - timedelta(seconds=30), Status.RUNNING), Transition(at, status))
    job = a_job(job_id, status=status, history=history, ended_at=at, checked_at=at)
    return replace(job, added_at=at - timedelta(minutes=1), **changes)
