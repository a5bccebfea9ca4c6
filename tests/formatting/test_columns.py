"""The columns of the job table: their content."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.formatting.columns import (
    COLUMNS,
    STALE_AFTER,
)
from kling_tui.formatting.render_context import RenderContext
from kling_tui.formatting.spans import Span, style_class
from kling_tui.jobs import Job, Review, Source, Status, Video
from kling_tui.tui.sorting import SORT_ORDERS
from tests.support.jobs import JOBS, NOW, TIMES, a_job, after, seen

TITLES = [
    *("Status", "Job", "Kind", "Profile", "Added", "Ended", "Elapsed", "Checked", "Cost"),
    "Progress",
]
STYLES = {status.value for status in Status} | {
    *("problem", "name", "id", "plain", "muted", "bar", "rest", "kept", "rejected")
}
RUNNING = a_job(status=Status.RUNNING, history=seen(Status.RUNNING), checked_at=NOW)
DONE = replace(RUNNING, status=Status.SUCCEEDED, videos=(Video("x", duration=5.1),), ended_at=NOW)


def cell(title: str, job: Job, seconds: float = 20, **typical: float) -> list[Span]:
    """Return the cell of a job `seconds` after `NOW`; `typical` are durations by kind."""
    column = COLUMNS[TITLES.index(title)]
    durations = {Source(kind): duration for kind, duration in typical.items()}
    slow_after = {source: 3 * duration for source, duration in durations.items()}
    spans = column.render(job, RenderContext(after(seconds), durations, slow_after))
    return [span for span in spans if span[0]]


def test_titles_and_sort_orders() -> None:
    """Each sort id of a column is that of a sort order."""
    assert [column.title for column in COLUMNS] == TITLES
    sort_ids = {order.id for order in SORT_ORDERS}
    assert {column.sort_id for column in COLUMNS} - {None} <= sort_ids


@pytest.mark.parametrize(
    ("days_left", "expected"),
    [
        (8.0, ("5.1 s video", "muted")),
        (7.0, ("expires in 7 d", "muted")),
        (3.5, ("expires in 3 d", "muted")),
        (3.0, ("expires in 3 d", "problem")),
        (0.0, ("5.1 s video, expired", "muted")),
    ],
)
def test_last_column_shows_the_expiry_in_the_last_week(days_left: float, expected: Span) -> None:
    """As a warning in the last three days."""
    assert cell("Progress", DONE, (30 - days_left) * 86_400) == [expected]


@pytest.mark.parametrize(
    ("width", "expected"), [(15, "yesterday 14:03"), (14, "yest. 14:03"), (11, "yest. 14:03")]
)
def test_end_and_addition_are_shown_as_the_width_allows(width: int, expected: str) -> None:
    """A live job has no end."""
    yesterday = (NOW.astimezone() - timedelta(days=1)).replace(hour=14, minute=3)
    job = replace(DONE, added_at=yesterday, ended_at=yesterday)
    for title in ("Added", "Ended"):
        column = COLUMNS[TITLES.index(title)]
        spans = column.fit(column.render(job, RenderContext(NOW)), width)
        assert spans == [(expected, "muted")]
    assert cell("Ended", RUNNING) == []


class TestCells:
    """The content of each column."""

    @pytest.mark.parametrize(
        ("changes", "spans"),
        [
            ({}, [("● running", "running")]),
            ({"problem": "HTTP 502"}, [("● running", "running"), (" !", "problem")]),
            ({"queue_position": 2}, [("○ queued", "queued")]),
            ({"status": Status.FAILED}, [("✗ failed", "failed")]),
            ({"status": Status.SUCCEEDED}, [("✓ no video", "unknown")]),
            ({"status": Status.UNKNOWN, "raw_status": "upscaling"}, [("? upscaling", "unknown")]),
            ({"status": Status.UNKNOWN, "raw_status": "upscaling!"}, [("? upscalin…", "unknown")]),
            (
                {"status": Status.UNKNOWN, "raw_status": "upscaling", "problem": "x"},
                [("? upscal…", "unknown"), (" !", "problem")],
            ),
            ({"status": Status.UNKNOWN, "history": ()}, [("○ new", "queued")]),
            (
                {"status": Status.SUCCEEDED, "videos": DONE.videos, "review": Review.KEPT},
                [("✓ done", "succeeded"), (" +", "kept")],
            ),
            (
                {"status": Status.SUCCEEDED, "review": Review.REJECTED, "problem": "x"},
                [("✓ no v…", "unknown"), (" -", "rejected"), (" !", "problem")],
            ),
            ({"history": (), "status": Status.FAILED}, [("✗ failed", "failed")]),
        ],
    )
    def test_status_is_truncated_and_marked(
        self, changes: dict[str, Any], spans: list[Span]
    ) -> None:
        """The mark is set when the last poll failed."""
        assert cell("Status", replace(RUNNING, **changes)) == spans

    def test_name_is_the_label_or_else_the_id(self) -> None:
        """Kind is shown as it is."""
        assert cell("Job", a_job("C1")) == [("C1", "id")]
        assert cell("Job", a_job("C1", label="hero [shot]")) == [("hero [shot]", "name")]
        assert cell("Kind", a_job()) == [("i2v", "muted")]

    @pytest.mark.parametrize(
        ("job", "spans"),
        [
            (replace(RUNNING, queue_position=2), [("2nd in queue", "muted")]),
            (
                replace(RUNNING, eta_seconds=40.0),
                [("━━━━", "bar"), ("────", "rest"), (" 20 s left", "muted")],
            ),
            (
                replace(RUNNING, eta_seconds=5.0),
                [("━━━━━━━━", "bar"), (" any moment", "muted")],
            ),
            (RUNNING, [("━━", "bar"), ("──────", "rest"), (" ~1 min left", "muted")]),
            (replace(RUNNING, kind="o1"), []),
            (
                replace(RUNNING, status=Status.FAILED, message="bad image"),
                [("bad image", "failed")],
            ),
            (DONE, [("5.1 s video", "muted")]),
        ],
    )
    def test_progress_has_a_bar_where_the_end_can_be_estimated(
        self, job: Job, spans: list[Span]
    ) -> None:
        """Otherwise text, or nothing."""
        assert cell("Progress", job, i2v=80.0) == spans

    def test_elapsed_stops_at_the_end(self) -> None:
        """It no longer depends on the current time."""
        assert cell("Elapsed", RUNNING) == [("0:20", "plain")]
        done = replace(DONE, created_at=after(-60), updated_at=after(5))
        assert cell("Elapsed", done) == cell("Elapsed", done, 999) == [("1:05", "muted")]

    @pytest.mark.parametrize(("seconds", "style"), [(240, "plain"), (241, "problem")])
    def test_elapsed_of_a_slow_job_is_a_warning(self, seconds: float, style: str) -> None:
        """Slow is three times the typical duration."""
        assert cell("Elapsed", RUNNING, seconds, i2v=80.0)[0][1] == style

    def test_checked_is_marked_when_stale(self) -> None:
        """It is empty after the job has ended."""
        assert cell("Checked", RUNNING, STALE_AFTER) == [("1 min", "muted")]
        assert cell("Checked", RUNNING, STALE_AFTER + 1) == [("1 min", "problem")]
        assert cell("Checked", a_job(), 5) == [("—", "muted")]
        assert cell("Checked", a_job(), STALE_AFTER + 1) == [("—", "problem")]
        assert cell("Checked", DONE, 999) == []

    def test_stale_status_is_muted(self) -> None:
        """That of an ended job never is."""
        assert cell("Status", RUNNING, STALE_AFTER + 1) == [("● running", "muted")]
        assert cell("Status", DONE, STALE_AFTER + 1) == [("✓ done", "succeeded")]

    def test_empty_profile_is_called_default(self) -> None:
        """It is the profile of [gateway]."""
        assert cell("Profile", RUNNING) == [("default", "muted")]
        assert cell("Profile", replace(RUNNING, profile="studio")) == [("studio", "muted")]

    def test_cost_is_muted_until_spent(self) -> None:
        """An unknown price is a question mark."""
        assert cell("Cost", RUNNING) == [("$0.35", "muted")]
        assert cell("Cost", DONE) == [("$0.35", "plain")]
        assert cell("Cost", replace(DONE, price=None)) == [("?", "plain")]

    @pytest.mark.parametrize(
        ("job", "spans"),
        [
            (
                replace(RUNNING, queue_position=2, problem="HTTP 502"),
                [("2nd in queue", "muted"), ("  ! HTTP 502", "problem")],
            ),
            (replace(RUNNING, kind="o1", problem="HTTP 502"), [("! HTTP 502", "problem")]),
            (
                replace(RUNNING, status=Status.FAILED, message="Image pixel is invalid"),
                [("image size", "failed"), (": Image pixel is invalid", "failed")],
            ),
            (
                replace(RUNNING, status=Status.FAILED, message="Rate limit exceeded"),
                [("Rate limit exceeded", "failed")],
            ),
            (
                replace(RUNNING, status=Status.FAILED, raw_status="CANCELLED"),
                [("cancelled", "failed")],
            ),
            (replace(RUNNING, status=Status.FAILED), [("no reason given", "failed")]),
        ],
    )
    def test_progress_includes_failure_reason_and_poll_problem(
        self, job: Job, spans: list[Span]
    ) -> None:
        """The name of a known reason stands before the message, unless that begins with it."""
        assert cell("Progress", job, i2v=80.0) == spans

    @settings(max_examples=60)
    @given(JOBS, TIMES, st.floats(0, 1e6))
    def test_any_job(self, job: Job, now: Any, typical: float) -> None:
        """Any job can be shown at any time, in styles that the table has."""
        context = RenderContext(now, {job.source: typical})
        for column in COLUMNS:
            spans = column.render(job, context)
            assert {style for _, style in spans} <= STYLES
            assert all(type(text) is str for text, _ in spans)
        status = "".join(text for text, _ in COLUMNS[0].render(job, context))
        assert len(status) <= COLUMNS[0].width
        assert style_class(job) in STYLES

    @settings(max_examples=60)
    @given(JOBS, TIMES, TIMES)
    def test_cells_change_with_time_only_in_timed_columns(
        self, job: Job, now: Any, later: Any
    ) -> None:
        """A tick leaves the cells of all other columns as they are."""
        cells = [
            [column.render(job, RenderContext(each)) for column in COLUMNS if not column.timed]
            for each in (now, later)
        ]
        assert cells[0] == cells[1]
