"""How far a job is, as text and for a progress bar."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.formatting import text
from kling_tui.formatting.progress import JobProgress, job_progress
from kling_tui.jobs import Job, Status, Video
from tests.support.jobs import JOBS, NOW, after, clip, polled_job


@pytest.mark.parametrize(
    ("videos", "shown"),
    [
        ((), "no link was given"),
        ((clip(),), "video"),
        ((clip(5.1),), "5.1 s video"),
        ((clip(), clip()), "2 videos"),
        ((clip(5.1), clip()), "2 videos, 5.1 s"),
        ((clip(5.1), clip(5.0)), "2 videos, 5.1 s + 5 s"),
    ],
)
def test_succeeded_job_shows_its_videos(videos: tuple[Video, ...], shown: str) -> None:
    """Their number and lengths."""
    assert job_progress(polled_job(Status.SUCCEEDED, videos=videos), NOW, 80) == JobProgress(shown)


@pytest.mark.parametrize(
    ("message", "shown"), [("bad image", "bad image"), (None, "no reason given")]
)
def test_failed_job_shows_the_reason(message: str | None, shown: str) -> None:
    """Without a message, that there is none."""
    job = polled_job(Status.FAILED, message=message)
    assert job_progress(job, NOW, 80) == JobProgress(shown)


@pytest.mark.parametrize(
    ("changes", "typical", "progress"),
    [
        ({"queue_position": 2}, None, JobProgress("2nd in queue")),
        ({"queue_position": 1, "eta_seconds": 45.0}, 80, JobProgress("1st in queue, 25 s left")),
        (
            {"queue_position": 113, "eta_seconds": 400.0},
            80,
            JobProgress("113th in queue, 6 min left"),
        ),
        ({"eta_seconds": 40.0}, 80, JobProgress("20 s left", 0.5)),
        ({"queue_position": 0, "eta_seconds": 40.0}, None, JobProgress("20 s left", 0.5)),
        ({"eta_seconds": 5.0}, 80, JobProgress("any moment", 1.0)),
        ({}, 80, JobProgress("~1 min left", 0.25)),
        ({}, 30, JobProgress("~10 s left", 20 / 30)),
        ({}, 20, JobProgress("overdue", 1.0)),
        ({}, 5, JobProgress("slow, usually 5 s")),
        ({"added_at": after(-3000)}, None, JobProgress("slow")),
        ({"eta_seconds": 40.0}, 5, JobProgress("slow, 20 s left", 0.5)),
        ({"queue_position": 2}, 5, JobProgress("slow, 2nd in queue")),
        ({"percent": 40.0, "eta_seconds": 30.0}, 80, JobProgress("10 s left", 0.4)),
        ({"percent": 40.0}, 80, JobProgress("40%", 0.4)),
        ({"percent": 0.0}, 5, JobProgress("slow, 0%", 0.0)),
        ({"percent": 40.0, "queue_position": 2}, 80, JobProgress("2nd in queue")),
        ({}, None, JobProgress("")),
        ({"status": Status.QUEUED}, 80, JobProgress("")),
        ({"status": Status.UNKNOWN, "history": ()}, 80, JobProgress("")),
        ({"status": Status.UNKNOWN}, 80, JobProgress("~1 min left", 0.25)),
    ],
)
def test_live_job_shows_the_best_estimate(
    changes: dict[str, Any], typical: float | None, progress: JobProgress
) -> None:
    """Queue position first, then the gateway's estimate, then the typical duration."""
    job = replace(polled_job(Status.RUNNING), **changes)
    slow_after = 3 * typical if typical else None
    assert job_progress(job, after(20), typical, slow_after) == progress


def test_job_that_just_started() -> None:
    """Its bar is empty."""
    job = polled_job(Status.RUNNING, eta_seconds=0.0)
    assert job_progress(job, NOW, None) == JobProgress("any moment", 0.0)


@settings(max_examples=100)
@given(JOBS, st.none() | st.floats(0, 1e6))
def test_any_job(job: Job, typical: float | None) -> None:
    """The bar is between empty and full, and the status is never empty."""
    progress = job_progress(job, NOW, typical)
    assert progress.fraction is None or 0 <= progress.fraction <= 1
    assert len(text.status_symbol(job)) == 1
    assert text.status(job)
