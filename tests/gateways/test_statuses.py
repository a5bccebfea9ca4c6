"""The status values of all endpoints."""

import pytest

from kling_tui.gateways import BUILT_IN
from kling_tui.gateways.statuses import is_synonym, status_from_raw
from kling_tui.jobs import Status
from tests.support.polling import KINDS, status_reply

RAW_STATUSES = [
    *((raw, Status.SUCCEEDED) for raw in ("succeed", "succeeded", "success", "completed")),
    *((raw, Status.SUCCEEDED) for raw in ("complete", "finished", "done", "ready")),
    *((raw, Status.SUCCEEDED) for raw in ("partial_completed", "partial_success", "partial")),
    *((raw, Status.FAILED) for raw in ("failed", "fail", "error", "cancelled", "canceled")),
    *((raw, Status.FAILED) for raw in ("timeout", "timed_out", "aborted", "rejected", "expired")),
    *((raw, Status.FAILED) for raw in ("terminated", "killed", "stopped", "content_moderated")),
    *((raw, Status.QUEUED) for raw in ("submitted", "queued", "in_queue", "pending")),
    *((raw, Status.QUEUED) for raw in ("created", "starting", "wait")),
    *((raw, Status.RUNNING) for raw in ("processing", "in_progress", "running")),
    *((raw, Status.UNKNOWN) for raw in ("upscaling", "expiring", "upload_done", "?", "7")),
]


@pytest.mark.parametrize(("raw_status", "status"), RAW_STATUSES)
@pytest.mark.parametrize("kind", KINDS)
def test_raw_status_is_mapped_in_any_case(kind: str, raw_status: str, status: Status) -> None:
    """Known values have their Status; others are UNKNOWN and kept as they are."""
    for value in (raw_status, raw_status.upper(), raw_status.title(), f"  {raw_status}\n"):
        report = BUILT_IN[kind].parse(status_reply(kind, value), 200)
        assert report
        assert report.raw_status == value.strip()
        # The message of `status_reply` is empty, so that no error contradicts a success.
        assert report.status is status


@pytest.mark.parametrize(
    ("spellings", "status"),
    [
        (
            ("TIMED_OUT", "timed out", "Timed-Out", "timedOut", "TimedOut", "timedout"),
            Status.FAILED,
        ),
        (("IN_PROGRESS", "in progress", "in-progress", "inProgress", "INPROGRESS"), Status.RUNNING),
        (("PARTIAL_COMPLETED", "partiallyCompleted", "partially completed"), Status.SUCCEEDED),
        (("TASK_STATUS_SUCCEED", "JOB_STATE_SUCCEEDED", "taskCompleted"), Status.SUCCEEDED),
        (("job_failed", "Generation failed", "Request Moderated", "STATUS_EXPIRED"), Status.FAILED),
        (("task", "job status", "", "-"), Status.UNKNOWN),
    ],
)
def test_words_of_a_raw_status_may_be_apart_in_any_way(
    spellings: tuple[str, ...], status: Status
) -> None:
    """Spaces, dashes, underscores or capitals; words that name the job do not count."""
    assert {spelling: status_from_raw(spelling) for spelling in spellings} == dict.fromkeys(
        spellings, status
    )


def test_end_that_says_more_than_its_status_is_no_synonym() -> None:
    """It is shown beside the status."""
    for raw in ("TIMEOUT", "aborted", "Cancelled", "expired"):
        assert not is_synonym(raw, Status.FAILED)
    assert not is_synonym("PARTIAL_COMPLETED", Status.SUCCEEDED)
    assert not is_synonym("COMPLETED", Status.FAILED)
    assert is_synonym("COMPLETED", Status.SUCCEEDED)
    assert is_synonym("ERROR", Status.FAILED)
