"""The tracked jobs of the demo."""

from datetime import UTC, datetime

import pytest

from kling_tui.cli.demo_jobs import earlier_jobs, simulated_jobs, tracked_jobs
from kling_tui.demo import DemoGateway
from kling_tui.gateways.client import HttpGateway
from kling_tui.gateways.transport import open_transport
from kling_tui.jobs import Job, Status
from tests.support.scenes import ENDPOINTS

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
SPEED = 10.0


@pytest.fixture
def earlier() -> list[Job]:
    """Return the jobs that ended before the demo."""
    return earlier_jobs(ENDPOINTS, "http://127.0.0.1:1", NOW)


def test_earlier_jobs_went_through_the_queue_and_have_ended(earlier: list[Job]) -> None:
    """Nobody is told of them again, and none of their results has expired."""
    assert all(job.ended and not job.unread for job in earlier)
    assert all(len(job.history) >= 2 for job in earlier)
    assert {job.status for job in earlier} == {Status.SUCCEEDED, Status.FAILED}
    assert not any(job.is_expired(NOW) for job in earlier)
    assert any(job.expires_soon(NOW) for job in earlier)


def test_no_two_jobs_of_the_demo_share_an_id(earlier: list[Job]) -> None:
    """Nor a name."""
    jobs = tracked_jobs(ENDPOINTS, NOW) + earlier
    assert len({job.id for job in jobs}) == len({job.name for job in jobs}) == len(jobs)


async def test_the_gateway_still_reports_the_same_ends() -> None:
    """So that they can be refreshed, and new links be had for downloads, at every speed."""
    transport = open_transport(through_proxies=False)
    assert not isinstance(transport, str)
    with DemoGateway(speed=SPEED, jobs=simulated_jobs(SPEED), clock=NOW.timestamp) as gateway:
        async with transport:
            for job in earlier_jobs(ENDPOINTS, gateway.url, NOW):
                endpoint = ENDPOINTS[job.kind]
                client = HttpGateway(endpoint, transport, gateway.url, gateway.key, timeout=10.0)
                report = await client.poll(job.id)
                assert (report.status, report.videos) == (job.status, job.videos)
