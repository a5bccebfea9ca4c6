"""The status values of all endpoints."""

import pytest

from kling_tui.gateways import BUILT_IN
from kling_tui.jobs import Status
from tests.support.polling import KINDS, status_reply

RAW_STATUSES = [
    *((raw, Status.SUCCEEDED) for raw in ("succeed", "succeeded", "success", "completed")),
    *((raw, Status.SUCCEEDED) for raw in ("complete", "finished", "done", "ready")),
    *((raw, Status.FAILED) for raw in ("failed", "fail", "error", "cancelled", "canceled")),
    *((raw, Status.QUEUED) for raw in ("submitted", "queued", "in_queue", "pending")),
    *((raw, Status.QUEUED) for raw in ("created", "starting", "wait")),
    *((raw, Status.RUNNING) for raw in ("processing", "in_progress", "running")),
    *((raw, Status.UNKNOWN) for raw in ("upscaling", "expired", "partial", "?")),
]


@pytest.mark.parametrize(("raw_status", "status"), RAW_STATUSES)
@pytest.mark.parametrize("kind", KINDS)
def test_raw_status_is_mapped_in_any_case(kind: str, raw_status: str, status: Status) -> None:
    """Known values have their Status; others are UNKNOWN and kept as they are."""
    for value in (raw_status, raw_status.upper(), raw_status.title(), f"  {raw_status}\n"):
        report = BUILT_IN[kind].parse(status_reply(kind, value), 200)
        assert report
        assert report.status is status
        assert report.raw_status == value.strip()
