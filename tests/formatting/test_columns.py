"""The columns of the job table: their content and their layout."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.formatting.column_layout import GAP, layout_columns
from kling_tui.formatting.columns import (
    COLUMNS,
    STALE_AFTER,
    Column,
    optional_titles,
    visible_columns,
)
from kling_tui.formatting.render_context import RenderContext
from kling_tui.formatting.spans import Span, style_class
from kling_tui.gateways import BUILT_IN
from kling_tui.jobs import Job, Review, Source, Status, Video
from kling_tui.tui.sorting import SORT_ORDERS
from tests.support.jobs import JOBS, NOW, TIMES, a_job, after, seen

TITLES = [
    *("Status", "Job", "Kind", "Profile", "Added", "Ended", "Elapsed", "Checked", "Cost"),
    "Progress",
]
WITHOUT_PROFILE = [title for title in TITLES if title != "Profile"]
STYLES = {status.value for status in Status} | {
    *("problem", "name", "id", "plain", "muted", "bar", "rest", "kept", "rejected")
}
WIDTHS = range(1, 251)
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


class TestLayout:
    """Columns in a table of any width."""

    def test_columns_fill_the_width_without_overlap(self) -> None:
        """They keep their order and are never narrower than their minimum."""
        for width in WIDTHS:
            places = layout_columns(COLUMNS, width)
            shown = [COLUMNS.index(place.column) for place in places]
            assert shown == sorted(set(shown)), width
            assert places[0].start == 0, width
            assert all(b.start == a.start + a.width + GAP for a, b in pairwise(places)), width
            assert places[-1].start + places[-1].width == width
            if len(places) > 1:
                assert all(place.width >= place.column.min_cells for place in places), width

    def test_least_important_column_is_dropped_first(self) -> None:
        """A wider table shows at least the columns of a narrower one."""
        for width in WIDTHS:
            shown = [place.column for place in layout_columns(COLUMNS, width)]
            least = max(column.importance for column in shown)
            hidden = [column.importance for column in COLUMNS if column not in shown]
            assert min(hidden, default=least) >= least, width
            assert set(shown) <= {place.column for place in layout_columns(COLUMNS, width + 1)}, (
                width
            )

    @pytest.mark.parametrize(
        ("width", "titles"),
        [
            (1, ["Job"]),
            (22, ["Job"]),
            (23, ["Status", "Job"]),
            (38, ["Status", "Job", "Progress"]),
            (56, ["Status", "Job", "Elapsed", "Progress"]),
            (78, ["Status", "Job", "Elapsed", "Cost", "Progress"]),
            (109, [title for title in WITHOUT_PROFILE if title not in {"Added", "Ended"}]),
            (118, [title for title in WITHOUT_PROFILE if title != "Added"]),
            (123, WITHOUT_PROFILE),
        ],
    )
    def test_common_widths(self, width: int, titles: list[str]) -> None:
        """Narrow screens show job and progress, 120 cells show all columns."""
        columns = visible_columns(RenderContext(NOW))
        assert [place.column.title for place in layout_columns(columns, width)] == titles

    def test_hidden_columns_make_room_for_others(self) -> None:
        """Status and Job are always shown."""
        context = RenderContext(NOW, hidden_columns=["Status", "Job", "Kind", "Checked", "odd"])
        shown = [place.column.title for place in layout_columns(visible_columns(context), 96)]
        assert shown == ["Status", "Job", "Ended", "Elapsed", "Cost", "Progress"]
        context = RenderContext(NOW, hidden_columns=optional_titles([""]))
        assert [column.title for column in visible_columns(context)] == ["Status", "Job"]
        assert "Profile" not in optional_titles([""])
        assert "Profile" in optional_titles(["", "studio"])

    @pytest.mark.parametrize(
        ("width", "titles"),
        [
            (56, ["Status", "Job", "Elapsed", "Progress"]),
            (78, ["Status", "Job", "Profile", "Elapsed", "Cost", "Progress"]),
            (118, [title for title in TITLES if title not in {"Added", "Ended"}]),
            (139, TITLES),
        ],
    )
    def test_profile_column_appears_with_several_profiles(
        self, width: int, titles: list[str]
    ) -> None:
        """It is wide enough for their names."""
        columns = visible_columns(RenderContext(NOW, profiles=["", "studio-two"]))
        assert [place.column.title for place in layout_columns(columns, width)] == titles
        widths = {place.column.title: place.width for place in layout_columns(columns, 160)}
        assert widths["Profile"] == len("studio-two")

    def test_kind_column_grows_to_fit_configured_kinds(self) -> None:
        """Up to a limit."""
        for name in ("", "wan", "hailuo-02", "a-very-long-name-yet"):
            columns = visible_columns(
                RenderContext(NOW, endpoints={**BUILT_IN, name: BUILT_IN["o1"]})
            )
            widths = {place.column.title: place.width for place in layout_columns(columns, 160)}
            assert widths["Kind"] == min(max(5, len(name)), 14)

    def test_last_column_takes_the_room_that_names_do_not_need(self) -> None:
        """It is the widest column of a wide table."""
        for width in (98, 118, 180, 250):
            columns = visible_columns(RenderContext(NOW))
            *others, last = layout_columns(columns, width)
            assert last.column.title == "Progress"
            assert last.width > max(place.width for place in others), width
            assert max(place.width for place in others) <= 36, width

    def test_columns_without_growth_leave_room_empty(self) -> None:
        """Both columns keep their width."""
        columns = [Column("A", 3, 0, lambda _job, _context: ()) for _ in range(2)]
        assert [(place.start, place.width) for place in layout_columns(columns, 80)] == [
            (0, 3),
            (5, 3),
        ]


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
