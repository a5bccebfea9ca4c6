"""The list of jobs and its totals."""

from kling_tui.costs import Breakdown
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Status
from kling_tui.tui.job_filter import JobFilter
from kling_tui.tui.job_list import JobList
from tests.support.jobs import ENDPOINTS, NOW, a_job


def test_costs_are_counted_by_day_and_group_only_from_the_first_use_on() -> None:
    """Thousands of labels take megabytes, which only budgets and the cost screen need."""
    jobs = {name: a_job(name, label=name) for name in ("1", "2")}
    job_list = JobList(
        jobs,
        lambda: NOW,
        "live",
        reverse=False,
        names=JobNames(),
        job_filter=JobFilter(jobs, lambda: NOW, ENDPOINTS, ("",)),
    )
    for _ in job_list.update_statistics():
        pass
    assert not any(isinstance(part, Breakdown) for part in vars(job_list).values())
    assert job_list.breakdown.total().jobs == 2
    jobs["2"] = a_job("2", label="2", status=Status.FAILED)
    job_list.put(jobs["2"])
    del jobs["1"]
    for _ in job_list.update_statistics():
        pass
    assert (job_list.breakdown.total().jobs, job_list.breakdown.total().failed_jobs) == (1, 1)
