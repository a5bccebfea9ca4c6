"""What ``wait`` prints of a job that has ended."""

import pytest

from kling_tui.cli.commands.wait import UrlReporter
from kling_tui.jobs import Status
from tests.support.jobs import NOW, a_job


@pytest.mark.parametrize(
    ("raw_status", "message", "reason"),
    [
        ("TIMED_OUT", None, "TIMED_OUT"),
        ("TIMED_OUT", "too slow", "too slow"),
        ("FAILED", None, "no reason given"),
    ],
)
def test_status_value_is_the_reason_where_there_is_no_other(
    capsys: pytest.CaptureFixture[str], raw_status: str, message: str | None, reason: str
) -> None:
    """A value such as ``TIMED_OUT`` says why the job has failed."""
    job = a_job(status=Status.FAILED, raw_status=raw_status, message=message, ended_at=NOW)
    UrlReporter().report(job, job.name)
    assert capsys.readouterr().err == f"kling-tui: {job.name} failed: {reason}\n"
