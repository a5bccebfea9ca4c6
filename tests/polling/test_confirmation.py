"""When the end of a job is believed that a reply leaves in doubt."""

import pytest
from msgspec.structs import replace

from kling_tui.jobs import Status
from kling_tui.polling.confirmation import CONFIRM_ALONE, CONFIRM_WITH_HEALTHY_PEERS, CONFIRMATIONS
from tests.support.virtual_gateway import (
    DONE,
    FAILED,
    RUNNING,
    SERVER_ERROR,
    STEADY,
    UNREACHABLE,
    Outcome,
    VirtualGateway,
    answering,
)
from tests.support.virtual_time import in_virtual_time, until
from tests.support.watching import I2V, new_job, watching

NO_URL = replace(DONE, videos=(), conclusive=False)
FAILED_500 = replace(FAILED, raw_status=None, conclusive=False)


@in_virtual_time
async def test_success_without_link_is_confirmed_by_further_polls() -> None:
    """A failed poll between them does not matter."""
    gateway = answering(RUNNING, NO_URL, UNREACHABLE, NO_URL, NO_URL)
    async with watching({I2V: gateway}, new_job()) as watched:
        await until(1000.0)
        statuses = [result.job.status for _, result in watched.results]
        assert statuses == [Status.RUNNING] * 4 + [Status.SUCCEEDED]
        assert watched.job().videos == ()
    assert len(gateway.polls) == 2 + CONFIRMATIONS


@pytest.mark.parametrize(
    ("other", "intervals"),
    [
        (RUNNING, CONFIRM_WITH_HEALTHY_PEERS),
        (FAILED_500, CONFIRM_ALONE),
        (SERVER_ERROR, CONFIRM_ALONE),
    ],
)
def test_failure_with_http_error_is_confirmed_over_minutes(other: Outcome, intervals: int) -> None:
    """It takes longer unless the endpoint reports conclusively on another job."""

    @in_virtual_time
    async def scenario() -> None:
        gateway = VirtualGateway(lambda job_id, _: other if job_id == "other" else FAILED_500)
        async with watching({I2V: gateway}, new_job(), new_job("other")) as watched:
            await until(intervals * STEADY.first)
            assert watched.job().status is Status.RUNNING
            assert watched.job().message == FAILED_500.message
            await until(intervals * STEADY.first + 30)
            assert watched.job().status is Status.FAILED

    scenario()


@pytest.mark.parametrize("duration", [60.0, 300.0, 590.0])
def test_outage_reported_as_failures_ends_no_job(duration: float) -> None:
    """The endpoint reports for minutes that all jobs failed."""

    @in_virtual_time
    async def scenario() -> None:
        def answer(_: str, at: float) -> Outcome:
            return RUNNING if at < 40 else FAILED_500 if at < 40 + duration else DONE

        jobs = [new_job(f"job {index}") for index in range(20)]
        async with watching({I2V: VirtualGateway(answer)}, *jobs) as watched:
            await until(40 + duration)
            assert {job.status for job in watched.store.jobs.values()} == {Status.RUNNING}
            await until(100 + duration)
            assert {job.status for job in watched.store.jobs.values()} == {Status.SUCCEEDED}

    scenario()


@in_virtual_time
async def test_only_consecutive_reports_of_the_same_end_count() -> None:
    """Another status in between starts the count again."""
    reports = [FAILED_500, FAILED_500, RUNNING, FAILED_500, FAILED_500, NO_URL, NO_URL, DONE]
    async with watching({I2V: (gateway := answering(*reports))}, new_job()) as watched:
        await until(1000.0)
        assert watched.job().status is Status.SUCCEEDED
        assert watched.job().videos
    assert len(gateway.polls) == len(reports)


@in_virtual_time
async def test_new_job_runs_while_its_end_is_in_doubt() -> None:
    """The endpoint's own status is shown."""
    async with watching({I2V: answering(NO_URL)}, new_job()) as watched:
        await until(1.0)
        assert watched.job().status is Status.RUNNING
        assert watched.job().raw_status == "succeed"
