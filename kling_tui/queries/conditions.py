"""What one value of a field asks of a job."""

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct

from kling_tui.jobs import EXPIRY_WARNING, Job

Test = Callable[[Job, datetime], bool]
"""Whether a job matches at a time."""
Changes = Callable[[Job, datetime], Iterable[datetime]]
"""The moments, past or future, at which the result for a job may change by time alone."""


class Condition(Struct, frozen=True):
    """A test of a job, and when its result changes although the job does not."""

    matches: Test
    changes: Changes | None = None
    """None if the result does not depend on the time."""


def of_job(test: Callable[[Job], bool]) -> Condition:
    """Return a condition that does not depend on the time."""
    return Condition(lambda job, _: test(job))


def any_of(*conditions: Condition) -> Condition:
    """Return a condition that holds where one of several does."""

    def changes(job: Job, now: datetime) -> Iterable[datetime]:
        for condition in conditions:
            if condition.changes:
                yield from condition.changes(job, now)

    return Condition(
        lambda job, now: any(condition.matches(job, now) for condition in conditions), changes
    )


def expiry_changes(job: Job, _: datetime) -> Iterable[datetime]:
    """Return when results begin to expire soon, and when they have expired."""
    expires_at = job.expires_at
    return () if expires_at is None else (expires_at - EXPIRY_WARNING, expires_at)
