"""Which rows there are when batches are folded."""

from msgspec.structs import replace

from kling_tui.formatting.batches import batch_row_id
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job, Status
from kling_tui.tui.batch_rows import Folding, Rows
from kling_tui.tui.job_filter import JobFilter
from kling_tui.tui.job_list import JobList
from tests.support.jobs import NOW, a_job
from tests.support.recorded_jobs import RecordedJobs

A, B = batch_row_id("a"), batch_row_id("b")
ORDER = ["a1", "x", "b1", "a2", "b2", "a3"]


def jobs_by_id(*ids: str) -> dict[str, Job]:
    """Return jobs whose batch is the first letter of the id, unless it is the only one."""
    return {i: a_job(i, label=f"{i[0]}/{i[1:]}" if i[1:] else i) for i in ids}


def folded(*names: str) -> tuple[Rows, Folding]:
    """Return the rows of `ORDER` with these batches folded."""
    jobs = jobs_by_id(*ORDER)
    folding = Folding(jobs, names)
    folding.update()
    return Rows(jobs, ORDER, folding), folding


def job_list(jobs: dict[str, Job], *names: str) -> JobList:
    """Return the list of these jobs, newest first, with these batches folded."""
    job_filter = JobFilter(jobs, lambda: NOW)
    listed = JobList(
        jobs,
        lambda: NOW,
        "age",
        reverse=False,
        names=JobNames(),
        job_filter=job_filter,
        folded=names,
    )
    listed.sort()
    return listed


def test_batch_is_where_its_first_job_would_be() -> None:
    """Jobs of other batches keep their rows."""
    rows, _ = folded("a", "gone")
    assert rows.ids == [A, "x", "b1", "b2"]
    assert rows.job_ids == ["a1", "a2", "a3", "x", "b1", "b2"]
    assert [rows.index[job_id] for job_id in ORDER] == [0, 1, 2, 0, 3, 0]
    assert rows[A].id == A
    assert rows["x"].id == "x"


def test_nothing_folded_is_the_order_itself() -> None:
    """No list is copied."""
    rows, _ = folded()
    assert rows.ids is ORDER
    assert rows.job_ids is ORDER


def test_row_of_a_batch_has_its_jobs() -> None:
    """In their order."""
    rows, _ = folded("a", "b")
    assert rows.jobs_in(B) == ["b1", "b2"]
    assert rows.jobs_in("x") == ("x",)
    assert rows.jobs_in(None) == ()
    batch = rows.batch(A)
    assert batch
    assert [job.id for job in batch.jobs] == ["a1", "a2", "a3"]
    assert rows.batch("x") is None


def test_next_row_with_a_job_goes_down_and_around() -> None:
    """A folded batch is a row with each of its jobs."""
    rows, _ = folded("a")
    assert rows.next_with({"a3", "b1"}, "x") == "b1"
    assert rows.next_with({"a3", "b1"}, "b1") == A
    assert rows.next_with({"a3"}, None) == A
    assert rows.next_with({"hidden"}, "x") is None


def test_rows_outside_the_view_are_counted_once() -> None:
    """However many of their jobs have changed."""
    rows, _ = folded("a")
    assert rows.count_outside(range(1, 3), {"a1", "a2", "x", "b2", "hidden"}) == (1, 1)


def test_batch_is_computed_anew_only_after_a_change() -> None:
    """Of one of its jobs."""
    jobs = jobs_by_id(*ORDER)
    listed = job_list(jobs, "a", "b")
    first, other = listed.rows.batch(A), listed.rows.batch(B)
    jobs["b1"] = replace(jobs["b1"], status=Status.RUNNING)
    listed.put(jobs["b1"])
    assert listed.rows.batch(A) is first
    changed = listed.rows.batch(B)
    assert changed
    assert changed is not other
    assert any(job.status is Status.RUNNING for job in changed.jobs)


def test_filter_hides_jobs_of_a_folded_batch() -> None:
    """The batch knows how many it has; without any, it has no row."""
    listed = job_list(jobs_by_id(*ORDER), "a", "b")
    listed.set_filter("-id:a2 -batch:b")
    batch = listed.rows.batch(A)
    assert batch
    assert (len(batch.jobs), batch.size) == (2, 3)
    assert B not in listed.rows.ids


def test_relabelled_job_leaves_its_batch() -> None:
    """And a removed one."""
    jobs = jobs_by_id(*ORDER)
    listed = job_list(jobs, "a", "b")
    jobs["a2"] = replace(jobs["a2"], label="b/new")
    del jobs["b1"]
    listed.sort()
    assert set(listed.rows.jobs_in(A)) == {"a1", "a3"}
    assert set(listed.rows.jobs_in(B)) == {"a2", "b2"}


def test_cursor_returns_to_its_job_or_the_first() -> None:
    """The first one if that job is gone."""
    rows, folding = folded()
    folding.fold(["a"], rows["a2"] if isinstance(rows["a2"], Job) else None)
    batch = Rows(jobs_by_id(*ORDER), ORDER, folding).batch(A)
    assert batch
    assert folding.job_to_return_to(batch) == "a2"
    assert folding.job_to_return_to(replace(batch, jobs=batch.jobs[2:])) == "a3"


def test_only_batches_that_exist_are_remembered() -> None:
    """The others would be kept for ever."""
    _, folding = folded("b", "gone", "a")
    assert folding.existing == ["a", "b"]


def test_only_batches_that_are_shown_are_computed() -> None:
    """A hundred folded batches of ten thousand jobs cost no more than those in view."""
    jobs = RecordedJobs(
        a_job(f"{n}", label=f"batch {n % 100}/shot {n}", status=Status.RUNNING)
        for n in range(10_000)
    )
    listed = job_list(jobs)
    listed.folding.fold(listed.shown_batches, None)
    jobs.looked_up.clear()
    rows = listed.rows
    assert len(rows.ids) == 100
    assert jobs.looked_up == []
    assert [rows[row_id].id for row_id in rows.ids[:40]] == rows.ids[:40]
    assert len(jobs.looked_up) == 40 * 100
