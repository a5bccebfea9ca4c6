"""A folded batch as text: the cells of its row, and the fields of its detail."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.downloads import Progress
from kling_tui.formatting.batch_cells import render_cell
from kling_tui.formatting.batch_details import batch_fields
from kling_tui.formatting.batches import (
    Batch,
    batch_name,
    batch_row_id,
    progress,
    seconds_until_change,
)
from kling_tui.formatting.cells import width
from kling_tui.formatting.column_layout import layout_columns
from kling_tui.formatting.columns import visible_columns
from kling_tui.formatting.render_context import RenderContext
from kling_tui.jobs import RESULT_RETENTION, Job, Review, Source, Status, Video
from tests.support.jobs import JOBS, NOW, a_job, after, seen

CONTEXT = RenderContext(NOW, profiles=("", "studio"))
VIDEO = (Video("https://cdn.test/1.mp4", duration=5.0),)


def batch(*jobs: Job, size: int | None = None, name: str = "campaign") -> Batch:
    """Return a batch of these jobs; `size` is how many it has with those that are hidden."""
    return Batch(name, jobs, len(jobs) if size is None else size)


def done(number: int = 0, **changes: Any) -> Job:
    """Return a job that succeeded."""
    state = {"status": Status.SUCCEEDED, "videos": VIDEO, "ended_at": NOW, **changes}
    return a_job(f"done{number}", label=f"campaign/shot {number}", **state)


def failed(number: int = 0, message: str = "Failure to pass the risk control system") -> Job:
    """Return a job that failed."""
    return replace(
        done(number, videos=(), message=message, status=Status.FAILED), id=f"failed{number}"
    )


def running(number: int = 0, **changes: Any) -> Job:
    """Return a live job."""
    state = {"status": Status.RUNNING, "history": seen(Status.RUNNING), **changes}
    return a_job(f"running{number}", label=f"campaign/run {number}", **state)


def cells(shown: Batch, context: RenderContext = CONTEXT, line: int = 220) -> dict[str, str]:
    """Return the text of each cell in a line, by the title of its column."""
    return {
        placed.column.title: "".join(text for text, _ in render_cell(placed, shown, context))
        for placed in layout_columns(visible_columns(context), line)
    }


def details(shown: Batch, context: RenderContext = CONTEXT, lines: int = 40) -> list[str]:
    """Return the lines of the detail."""
    return [
        f"{name}: {''.join(text for text, _ in spans)}"
        for name, spans in batch_fields(shown, context, lines)
    ]


MIXED = batch(
    *(done(n) for n in range(8)),
    failed(8),
    *(running(n, checked_at=NOW, eta_seconds=60.0 + n) for n in range(3)),
)


def test_row_sums_up_its_jobs() -> None:
    """Counts, a bar for all of them, the time until the last one ends, and what they cost."""
    row = cells(MIXED, replace(CONTEXT, now=after(20)))
    assert row["Status"] == "▸ 12 jobs"
    assert row["Job"] == "campaign/"
    assert row["Kind"] == "i2v"
    assert row["Profile"] == "default"
    assert row["Elapsed"] == "0:20"
    assert row["Checked"] == "20 s"
    assert row["Cost"] == "$3.85"
    assert row["Progress"] == "━━━━━━━─ 3 running, 8 done, 1 failed, ~42 s left"


@pytest.mark.parametrize(
    ("jobs", "size", "expected"),
    [
        (1, 1, "▸ 1 job"),
        (12, 12, "▸ 12 jobs"),
        (8, 12, "▸ 8 of 12"),
        (100, 5000, "▸ 100/5,000"),
        (1200, 1200, "▸ 1,200"),
        (1200, 10_000, "▸ 1,200"),
    ],
)
def test_status_says_how_many_the_filter_shows(jobs: int, size: int, expected: str) -> None:
    """As precisely as fits."""
    shown = batch(*(done(n) for n in range(jobs)), size=size)
    assert cells(shown)["Status"] == expected


def test_most_urgent_job_gives_the_style() -> None:
    """Failed before running, before waiting, before done."""
    queued = running(1, status=Status.QUEUED)
    assert batch(done(), queued, running(), failed()).style_class == "failed"
    assert batch(done(), queued, running()).style_class == "running"
    assert batch(done(), queued).style_class == "queued"
    assert batch(done()).style_class == "succeeded"


def test_different_kinds_and_profiles_are_mixed() -> None:
    """Neither is shown for all."""
    row = cells(batch(done(1), done(2, kind="o1", profile="studio")))
    assert (row["Kind"], row["Profile"]) == ("mixed", "mixed")


@pytest.mark.parametrize("line", range(40, 161, 7))
def test_progress_fits(line: int) -> None:
    """Down to symbols; the time left is kept longer than the words."""
    for placed in layout_columns(visible_columns(CONTEXT), line):
        if placed.column.title == "Progress":
            text = "".join(text for text, _ in render_cell(placed, MIXED, CONTEXT))
            assert width(text) <= placed.width
            assert "8" in text


def test_time_left_is_that_of_the_last_job() -> None:
    """It is not known while it is unknown of one job."""
    eta = running(1, eta_seconds=30.0, checked_at=NOW)
    unknown = running(2)
    assert progress(batch(done(), eta), CONTEXT).time_left == "~30 s left"
    assert progress(batch(done(), eta, unknown), CONTEXT).time_left == ""
    typical = replace(CONTEXT, typical_durations={Source("i2v", ""): 100.0}, now=after(10))
    assert progress(batch(done(), eta, unknown), typical).time_left == "~1 min left"
    assert progress(batch(done()), CONTEXT).fraction is None


def test_slow_jobs_are_counted() -> None:
    """In place of the time left, which is not known of a job that takes longer than usual."""
    source = Source("i2v", "")
    context = replace(
        CONTEXT, typical_durations={source: 100.0}, slow_after={source: 300.0}, now=after(400)
    )
    shown = batch(done(), running(1), running(2, added_at=after(399)))
    assert cells(shown, context)["Progress"] == "━━━───── 2 running, 1 done, 1 slow"
    assert progress(shown, context).time_left == ""
    overdue = replace(context, now=after(150))
    assert progress(batch(running(1)), overdue).time_left == ""


def test_failed_polls_are_shown_where_they_fit() -> None:
    """One reason by itself, of several the number; the mark beside the status always."""
    one = running(1, problem="gateway unreachable")
    row = cells(batch(done(), one))
    assert row["Status"] == "▸ 2 jobs !"
    assert row["Progress"].endswith("! gateway unreachable")
    assert "2 different problems" in cells(batch(one, running(2, problem="timeout")))["Progress"]
    assert cells(batch(running(1, kind="gone")))["Status"] == "▸ 1 job !"


def test_cost_leaves_out_failed_jobs() -> None:
    """And says where it is not exact, or not known."""
    long = (Video("https://cdn.test/2.mp4", duration=10.0),)
    assert cells(batch(done(), failed()))["Cost"] == "$0.35"
    assert cells(batch(done(1), done(2, videos=long)))["Cost"] == "≈$1.05"
    assert cells(batch(done(1), done(2, price=None)))["Cost"] == "$0.35"
    assert cells(batch(done(1, price=None)))["Cost"] == "?"


def test_row_changes_with_time_only_while_something_is_under_way() -> None:
    """Each second while a job is live or downloads; each minute while results may expire."""
    waiting, saved = batch(done()), batch(done(videos=(replace(VIDEO[0], file="a.mp4"),)))
    assert seconds_until_change(batch(done(), running()), CONTEXT) == 1.0
    assert seconds_until_change(waiting, CONTEXT) == 60.0
    assert seconds_until_change(saved, CONTEXT) is None
    downloads = {"done0": Progress(Path("a.mp4"), 1, 2)}
    assert seconds_until_change(waiting, replace(CONTEXT, downloads=downloads)) == 1.0


def test_row_of_ended_jobs_says_what_happens_to_the_results() -> None:
    """Downloads, or that results expire soon."""
    downloads = {"done0": Progress(Path("a.mp4"), 1, 2)}
    row = cells(batch(done(), done(1)), replace(CONTEXT, downloads=downloads))
    assert row["Progress"] == "2 done, 1 downloading"
    late = replace(CONTEXT, now=NOW + RESULT_RETENTION - timedelta(days=1))
    assert cells(batch(done()), late)["Progress"] == "1 done, 1 expiring"


def test_detail_lists_jobs_and_sums() -> None:
    """The failed ones first, and what is known of all."""
    lines = details(MIXED, replace(CONTEXT, now=after(20)))
    assert lines[:7] == [
        "batch: campaign  12 jobs",
        "status: 3 running, 8 done, 1 failed",
        "progress: ━━━━━━━─ 83%, ~42 s left",
        "cost: $2.80 spent, $1.05 in flight, $0.35 failed",
        "failed: 1 moderation",
        "results: 0 of 8 downloaded",
        "jobs: ✗ failed  campaign/shot 8",
    ]
    assert len(lines) == 6 + 12
    assert lines[7] == ": ● running  campaign/run 0"


@pytest.mark.parametrize(("lines", "listed"), [(40, 12), (18, 12), (17, 10), (12, 5), (1, 3)])
def test_detail_lists_as_many_jobs_as_fit(lines: int, listed: int) -> None:
    """At least three; the last line says how many there are more."""
    shown = details(MIXED, lines=lines)
    assert sum("campaign/" in line for line in shown) == listed
    assert listed == 12 or shown[-1] == f": and {12 - listed} more jobs"


def test_detail_says_what_became_of_the_results() -> None:
    """Downloaded, expiring, expired; kept and rejected."""
    old = done(1, ended_at=NOW - RESULT_RETENTION)
    soon = done(2, ended_at=NOW - RESULT_RETENTION + timedelta(days=1))
    saved = done(3, videos=(replace(VIDEO[0], file="a.mp4"),))
    assert "results: 1 of 3 downloaded, 1 expiring, 1 expired" in details(batch(old, soon, saved))
    kept, rejected = (replace(saved, review=review) for review in Review)
    shown = details(batch(kept, kept, rejected, saved))
    assert "results: 4 of 4 downloaded, 2 kept, 1 rejected" in shown


def test_id_of_a_row_is_no_id_of_a_job() -> None:
    """Ids of jobs are sanitised."""
    assert batch_name(batch_row_id("campaign")) == "campaign"
    assert batch_name("campaign") == ""


@given(st.lists(JOBS, max_size=4), st.integers(20, 200))
def test_any_batch_can_be_shown(jobs: list[Job], line: int) -> None:
    """Also one whose jobs have just been removed."""
    shown = batch(*jobs)
    assert cells(shown, line=line)
    assert details(shown)
    assert all(batch_name(job.id) == "" for job in jobs)
