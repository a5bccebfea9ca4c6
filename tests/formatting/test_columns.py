"""The columns of the job table: what they show, and how they share the room that there is."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.formatting.columns import (
    COLUMNS,
    GAP,
    STALE_AFTER,
    Column,
    RenderContext,
    Span,
    layout_columns,
    style_class,
    visible_columns,
)
from kling_tui.gateways import BUILT_IN
from kling_tui.jobs import Job, Source, Status, Video
from kling_tui.tui.sorting import SORT_ORDERS
from tests.support.jobs import JOBS, NOW, TIMES, a_job, after, seen

TITLES = ["Status", "Job", "Kind", "Profile", "Progress", "Elapsed", "Checked", "Cost", "Problem"]
UNNAMED = [title for title in TITLES if title != "Profile"]
LOOKS = {status.value for status in Status} | {
    *("problem", "name", "id", "plain", "muted", "bar", "rest")
}
WIDTHS = range(1, 251)
RUNNING = a_job(status=Status.RUNNING, history=seen(Status.RUNNING), checked_at=NOW)
DONE = replace(RUNNING, status=Status.SUCCEEDED, videos=(Video("x", duration=5.1),), ended_at=NOW)


def cell(title: str, job: Job, seconds: float = 20, **usual: float) -> list[Span]:
    """Return what a column shows of a job so many seconds after its last poll."""
    column = COLUMNS[TITLES.index(title)]
    spans = column.render(
        job, RenderContext(after(seconds), {Source(kind): each for kind, each in usual.items()})
    )
    return [span for span in spans if span[0]]


def test_titles() -> None:
    """These columns there are, and a click on a title sorts by what it says."""
    assert [column.title for column in COLUMNS] == TITLES
    known = {order.id for order in SORT_ORDERS}
    assert {column.sort_id for column in COLUMNS} - {None} <= known


class TestFit:
    """Columns in a table of any width."""

    def test_places(self) -> None:
        """Columns stand apart, in their order, fill the table, and none is too narrow."""
        for width in WIDTHS:
            places = layout_columns(COLUMNS, width)
            shown = [COLUMNS.index(place.column) for place in places]
            assert shown == sorted(set(shown)), width
            assert places[0].start == 0, width
            assert all(b.start == a.start + a.width + GAP for a, b in pairwise(places)), width
            assert places[-1].start + places[-1].width == width
            if len(places) > 1:
                assert all(place.width >= place.column.min_cells for place in places), width

    def test_the_least_important_goes_first(self) -> None:
        """No column is left out while a less important one is shown, nor in a wider table."""
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
            (56, ["Status", "Job", "Progress", "Elapsed"]),
            (78, ["Status", "Job", "Kind", "Progress", "Elapsed", "Cost"]),
            (118, UNNAMED),
        ],
    )
    def test_on_known_screens(self, width: int, titles: list[str]) -> None:
        """A narrow screen still shows which job is how far, and a common one shows all."""
        columns = visible_columns(RenderContext(NOW))
        assert [place.column.title for place in layout_columns(columns, width)] == titles

    @pytest.mark.parametrize(
        ("width", "titles"),
        [
            (56, ["Status", "Job", "Progress", "Elapsed"]),
            (78, ["Status", "Job", "Profile", "Progress", "Elapsed", "Cost"]),
            (118, TITLES),
        ],
    )
    def test_where_there_are_profiles(self, width: int, titles: list[str]) -> None:
        """Each job's has a column where there are several, which is wide enough for their names."""
        columns = visible_columns(RenderContext(NOW, profiles=["", "studio-two"]))
        assert [place.column.title for place in layout_columns(columns, width)] == titles
        widths = {place.column.title: place.width for place in layout_columns(columns, 160)}
        assert widths["Profile"] == len("studio-two")

    def test_the_kinds_of_the_config_fit(self) -> None:
        """Where there is room, the column of kinds is as wide as the longest; not without end."""
        for name in ("", "wan", "hailuo-02", "a-very-long-name-yet"):
            columns = visible_columns(
                RenderContext(NOW, endpoints={**BUILT_IN, name: BUILT_IN["o1"]})
            )
            widths = {place.column.title: place.width for place in layout_columns(columns, 160)}
            assert widths["Kind"] == min(max(5, len(name)), 14)

    def test_columns_that_do_not_grow(self) -> None:
        """Room that nobody wants stays empty."""
        columns = [Column("A", 3, 0, lambda _job, _scene: ()) for _ in range(2)]
        assert [(place.start, place.width) for place in layout_columns(columns, 80)] == [
            (0, 3),
            (5, 3),
        ]


class TestCells:
    """What each column shows."""

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
            ({"history": (), "status": Status.FAILED}, [("✗ failed", "failed")]),
        ],
    )
    def test_status(self, changes: dict[str, Any], spans: list[Span]) -> None:
        """A state is a sign, a word that fits, and a mark where the last poll failed."""
        assert cell("Status", replace(RUNNING, **changes)) == spans

    def test_name_and_kind(self) -> None:
        """A job is called by its label, or else by its id."""
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
                [("━━━━━━━━", "bar"), (" 0 s left", "muted")],
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
    def test_progress(self, job: Job, spans: list[Span]) -> None:
        """A bar where an end is in sight, else words, else nothing."""
        assert cell("Progress", job, i2v=80.0) == spans

    def test_elapsed(self) -> None:
        """The time that a job took stands still once it has ended."""
        assert cell("Elapsed", RUNNING) == [("0:20", "plain")]
        done = replace(DONE, created_at=after(-60), updated_at=after(5))
        assert cell("Elapsed", done) == cell("Elapsed", done, 999) == [("1:05", "muted")]

    @pytest.mark.parametrize(("seconds", "look"), [(240, "plain"), (241, "problem")])
    def test_slow(self, seconds: float, look: str) -> None:
        """The time of a job that takes far longer than is usual is a warning."""
        assert cell("Elapsed", RUNNING, seconds, i2v=80.0)[0][1] == look

    def test_checked(self) -> None:
        """The age of what is known is marked once it is old, and of no interest after the end."""
        assert cell("Checked", RUNNING, STALE_AFTER) == [("1 min", "muted")]
        assert cell("Checked", RUNNING, STALE_AFTER + 1) == [("1 min", "problem")]
        assert cell("Checked", a_job(), 5) == [("—", "muted")]
        assert cell("Checked", a_job(), STALE_AFTER + 1) == [("—", "problem")]
        assert cell("Checked", DONE, 999) == []

    def test_what_is_old_is_pale(self) -> None:
        """A state that nobody has confirmed for long is not shown as if it were known."""
        assert cell("Status", RUNNING, STALE_AFTER + 1) == [("● running", "muted")]
        assert cell("Status", DONE, STALE_AFTER + 1) == [("✓ done", "succeeded")]

    def test_profile(self) -> None:
        """That of [gateway] has a name for people."""
        assert cell("Profile", RUNNING) == [("default", "muted")]
        assert cell("Profile", replace(RUNNING, profile="studio")) == [("studio", "muted")]

    def test_cost(self) -> None:
        """A cost stands out once it is spent."""
        assert cell("Cost", RUNNING) == [("$0.35", "muted")]
        assert cell("Cost", DONE) == [("$0.35", "plain")]
        assert cell("Cost", replace(DONE, price=None)) == [("?", "plain")]

    def test_problem(self) -> None:
        """What went wrong with the last poll stands by itself."""
        assert cell("Problem", replace(RUNNING, problem="HTTP 502")) == [("HTTP 502", "problem")]
        assert cell("Problem", RUNNING) == []

    @settings(max_examples=60)
    @given(JOBS, TIMES, st.floats(0, 1e6))
    def test_any_job(self, job: Job, now: Any, usual: float) -> None:
        """Any job can be shown at any time, in looks that the table knows."""
        context = RenderContext(now, {job.source: usual})
        for column in COLUMNS:
            spans = column.render(job, context)
            assert {look for _, look in spans} <= LOOKS
            assert all(type(words) is str for words, _ in spans)
        assert (
            len("".join(words for words, _ in COLUMNS[0].render(job, context))) <= COLUMNS[0].width
        )
        assert style_class(job) in LOOKS
