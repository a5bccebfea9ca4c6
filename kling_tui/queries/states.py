"""What `status:` and `is:` can ask for, each a condition by name."""

from msgspec import Struct

from kling_tui.failures import Reason, failure_reason
from kling_tui.formatting import reasons
from kling_tui.jobs import Job, Review, Status
from kling_tui.queries.conditions import Condition, any_of, expiry_changes, of_job
from kling_tui.queries.times import TODAY, TimeField


class State(Struct, frozen=True):
    """A state that a job can be in."""

    description: str
    condition: Condition


def has_status(job: Job, status: Status) -> bool:
    """Return whether a job counts as having a status: one with a queue position is also queued."""
    return job.status is status or (status is Status.QUEUED and job.in_queue)


def _with_status(status: Status) -> Condition:
    return of_job(lambda job: has_status(job, status))


def _failed_for(reason: Reason) -> Condition:
    return of_job(lambda job: failure_reason(job) is reason)


_ADDED_TODAY, _ENDED_TODAY = (
    TimeField("", get).on_day(TODAY) for get in (lambda job: job.added_at, lambda job: job.ended_at)
)
_DONE = State("has succeeded", _with_status(Status.SUCCEEDED))
STATUSES = {
    "new": State("not polled yet", of_job(lambda job: job.is_new)),
    "queued": State("waits in the queue", _with_status(Status.QUEUED)),
    "running": State("is being generated", _with_status(Status.RUNNING)),
    "done": _DONE,
    "succeeded": _DONE,
    "no video": State(
        "has succeeded without a link",
        of_job(lambda job: job.status is Status.SUCCEEDED and not job.videos),
    ),
    "failed": State("has failed", _with_status(Status.FAILED)),
    "unknown": State("has a status that is not known", _with_status(Status.UNKNOWN)),
}
"""The values of `status:`: the statuses, and the words that the table shows for them."""
STATES = {
    "live": State("has not ended", of_job(lambda job: not job.ended)),
    "ended": State("has ended", of_job(lambda job: job.ended)),
    "downloaded": State("every result is downloaded", of_job(lambda job: job.downloaded)),
    "awaiting-download": State(
        "succeeded, not downloaded, and not expired",
        Condition(lambda job, now: job.awaits_download and not job.is_expired(now), expiry_changes),
    ),
    "expiring": State(
        "not downloaded, and expires within 3 days",
        Condition(lambda job, now: job.expires_soon(now), expiry_changes),
    ),
    "expired": State(
        "not downloaded, and has expired",
        Condition(lambda job, now: job.is_expired(now), expiry_changes),
    ),
    "today": State("was added or ended today", any_of(_ADDED_TODAY, _ENDED_TODAY)),
    "unread": State("ended while you could not see it", of_job(lambda job: job.unread)),
    "kept": State("its results were kept", of_job(lambda job: job.review is Review.KEPT)),
    "rejected": State(
        "its results were rejected", of_job(lambda job: job.review is Review.REJECTED)
    ),
    "unreviewed": State(
        "has results that were neither kept nor rejected",
        of_job(lambda job: job.has_result and job.review is None),
    ),
    "unpriced": State("has no known price", of_job(lambda job: job.price is None)),
}
"""The values of `is:`. A new one needs a line here, and one in docs/filters.md."""
REASONS = {
    reason.value: State(f"has failed: {reasons.name(reason)}", _failed_for(reason))
    for reason in Reason
}
"""The values of `reason:`."""
