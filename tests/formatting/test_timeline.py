"""The timeline in cells and in words."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.formatting import timeline_cells, timeline_text
from kling_tui.formatting.spans import Span
from kling_tui.formatting.symbols import to_ascii
from kling_tui.jobs import Job, Status, Transition
from kling_tui.storage.incidents import Incident
from kling_tui.timeline.comparison import Others
from kling_tui.timeline.grid import grid
from kling_tui.timeline.phases import incidents_during, job_phases
from tests.support.jobs import JOBS, NOW, TIMES, a_job, after, clip

MINUTE = 60
GRID = grid(timedelta(minutes=20), 20, NOW)
"""One cell per minute; the last one has the present in it."""
OUTAGE = Incident(kind="i2v", cause="unreachable", start=after(-600), end=after(-480), outage=True)
STEPS = {"queued": Status.QUEUED, "running": Status.RUNNING}


def job(tracked: float, *steps: tuple[float, Status], **changes: Any) -> Job:
    """Return a job, by the minutes in which it was tracked and changed its status."""
    last = steps[-1][1] if steps else Status.UNKNOWN
    return replace(
        a_job(added_at=after(tracked * MINUTE), status=last, videos=(clip(),)),
        history=tuple(Transition(after(at * MINUTE), status) for at, status in steps),
        ended_at=after(steps[-1][0] * MINUTE) if last.ended else None,
        **changes,
    )


FINISHED = job(-15, (-15, Status.QUEUED), (-12, Status.RUNNING), (-7, Status.SUCCEEDED))


def drawn(
    shown: Job, typical: float | None = None, incidents: Iterable[Incident] = ()
) -> list[Span]:
    """Return the bar of a job."""
    phases = job_phases(shown, NOW)
    during = incidents_during(incidents, shown, phases.start, phases.end)
    return timeline_cells.bar(shown, phases, GRID, typical, during)


def line(spans: Sequence[Span]) -> str:
    """Return the characters."""
    return "".join(text for text, _ in spans).rstrip()


class TestBar:
    """The cells of a job."""

    def test_phases_and_end(self) -> None:
        """Each has its own character and style."""
        assert line(drawn(FINISHED)) == "    ───━━━━━✓"
        styles = [style for _, style in drawn(FINISHED)]
        assert styles == ["muted", "queued", "running", "succeeded", "muted"]

    def test_a_live_job_reaches_the_last_cell(self) -> None:
        """There is "now"."""
        assert line(drawn(job(-2, (-2, Status.RUNNING)))) == " " * 17 + "━━━"

    def test_what_is_beyond_the_typical_duration_differs(self) -> None:
        """Also without colour."""
        assert line(drawn(FINISHED, typical=5 * MINUTE)) == "    ───━━═══✓"
        assert line(drawn(FINISHED, typical=90 * MINUTE)) == "    ───━━━━━✓"

    def test_failed_polls_are_marks(self) -> None:
        """As far as the job was in flight then."""
        assert line(drawn(FINISHED, incidents=[OUTAGE])) == "    ───━━!!!✓"
        before = replace(OUTAGE, start=after(-6000))
        assert line(drawn(FINISHED, incidents=[before])) == "    !!!!!!!!✓"

    def test_a_short_job_has_one_cell(self) -> None:
        """Its end, as nothing else fits."""
        short = job(-3.1, (-3.1, Status.RUNNING), (-3.05, Status.FAILED))
        assert line(drawn(short)) == " " * 15 + "✗"

    def test_a_job_from_before_the_first_cell_begins_there(self) -> None:
        """It is longer than the period."""
        assert line(drawn(job(-900, (-899.9, Status.RUNNING)))) == "━" * 20

    def test_ascii_characters_differ_too(self) -> None:
        """Where there is no UTF-8."""
        cells = [
            *timeline_cells.PHASE_CELLS.values(), *timeline_cells.END_CELLS.values(),
            timeline_cells.LATE_CELL, timeline_cells.FAILED_POLL_CELL, timeline_cells.OUTAGE_CELL,
        ]  # fmt: skip
        shown = [to_ascii(character) for character, _ in cells]
        # A lane has outages, and a bar ends of jobs.
        assert sorted(shown) == sorted(".-#+x=!x")

    @given(JOBS, TIMES, st.integers(1, 120), st.none() | st.floats(1, 1e6))
    def test_any_job_fills_the_cells(
        self, any_job: Job, now: datetime, columns: int, typical: float | None
    ) -> None:
        """Not one more or less."""
        cells = grid(timedelta(days=1), columns, now)
        bar = timeline_cells.bar(any_job, job_phases(any_job, now), cells, typical, [])
        assert len("".join(text for text, _ in bar)) == columns


class TestLanes:
    """The lines above the jobs."""

    def test_outages_cover_other_failed_polls(self) -> None:
        """They say more."""
        polls = replace(OUTAGE, outage=False, start=after(-660), end=after(-540))
        lane = timeline_cells.incident_lane([OUTAGE, polls], GRID)
        assert line(lane) == "        !×××"

    def test_pace_is_a_digit(self) -> None:
        """Slow ones are marked."""
        lane = timeline_cells.pace_lane([None, 0.2, 1.4, 1.5, 9.4, 9.6, 5000.0])
        assert line(lane) == " 1129++"
        assert [style for _, style in lane] == ["muted", "problem"]

    @pytest.mark.parametrize("columns", [1, 3, 5, 6, 10, 30, 60, 85, 200])
    @pytest.mark.parametrize("hours", [0.25, 1, 24, 168])
    def test_axis_ends_with_now(self, columns: int, hours: float) -> None:
        """And has the width of the bars."""
        axis = timeline_cells.axis(grid(timedelta(hours=hours), columns, NOW))
        assert len(axis) == columns
        assert axis.endswith("now"[-columns:])

    def test_labels_are_above_the_cells_of_their_times(self) -> None:
        """In round steps."""
        cells = grid(timedelta(hours=1), 60, NOW)
        axis = timeline_cells.axis(cells)
        labels = axis.split()[:-1]
        assert len(labels) >= 4
        for label in labels:
            at = cells.time_of(axis.index(label)).astimezone()
            assert f"{at:%H:%M}" == label
            assert at.minute % 10 == 0


class TestWords:
    """What is said about the job under the cursor."""

    def said(
        self, shown: Job, typical: float | None = None, others: Others | None = None,
        incidents: Sequence[Incident] = (),
    ) -> tuple[str, str]:  # fmt: skip
        """Return both lines."""
        phases = job_phases(shown, NOW)
        times = timeline_text.times(shown, phases, typical)
        explained = timeline_text.explanation(shown, phases, typical, others, incidents, NOW)
        return line(times), line(explained)

    def test_phases_beside_what_is_typical(self) -> None:
        """As the table formats durations."""
        times, explained = self.said(FINISHED, 470, Others(3, 1.0))
        assert times == "queued 3:00, running 5:00  ·  typical of i2v 7:50"
        assert explained == "As usual: 3 other i2v around then took 1.0× typical."

    def test_the_gateway_was_slow(self) -> None:
        """Others took long too."""
        _, explained = self.said(FINISHED, 100, Others(1, 2.5))
        assert explained == "The gateway was slow: another i2v around then took 2.5× typical."

    def test_only_this_job_was_slow(self) -> None:
        """Others were not."""
        _, explained = self.said(FINISHED, 100, Others(1200, 1.1))
        assert explained == "Only this job was slow: 1,200 other i2v around then took 1.1× typical."

    def test_polls_failed_for_part_of_the_time(self) -> None:
        """The same outage is named once, though two kinds of it were recorded."""
        start, end = after(-880), after(-430)
        outage = replace(OUTAGE, start=start, end=end)
        _, explained = self.said(FINISHED, 100, Others(3, 1.0), [outage, outage])
        assert explained.startswith("Not known: its polls failed for part of that time. Gateway ")
        assert explained.count("Gateway") == 1

    def test_nothing_to_compare_with(self) -> None:
        """That is said, and not guessed."""
        times, explained = self.said(FINISHED, 100)
        assert explained == "Slow, but no other i2v finished around then to compare it with."
        times, explained = self.said(FINISHED)
        assert times.endswith("what is typical of i2v is not known yet")
        assert explained == ""

    def test_outages_are_named(self) -> None:
        """When, for how long and why; the longest of many."""
        others = [
            replace(OUTAGE, start=after(-100 - n), end=after(-100 - n), outage=False, cause="x")
            for n in range(3)
        ]
        start, end = OUTAGE.start.astimezone(), OUTAGE.end.astimezone()
        _, explained = self.said(FINISHED, incidents=[OUTAGE])
        assert explained == f"Gateway unreachable {start:%H:%M}–{end:%H:%M}, 2 min."
        _, explained = self.said(FINISHED, incidents=[*others, OUTAGE])
        assert explained.startswith("Gateway unreachable")
        assert "Polls failed (x) at " in explained
        assert explained.endswith("2 more incidents.")

    def test_a_live_job_is_described_in_minutes(self) -> None:
        """So that the line does not change each second."""
        times, explained = self.said(job(-4.2, (-4.2, Status.RUNNING)), 600)
        assert times == "running 4 min  ·  typical of i2v 10:00"
        assert explained == "As usual so far."
        times, _ = self.said(job(-0.5, (-0.4, Status.RUNNING)), 600)
        assert times.startswith("started less than a minute ago")

    def test_a_job_tracked_after_its_end(self) -> None:
        """Its phases are not known, and perhaps not even its duration."""
        late = job(-1, (-1, Status.SUCCEEDED), created_at=after(-600), updated_at=after(-60))
        assert self.said(late, 100)[0] == "took 9:00  ·  typical of i2v 1:40"
        unknown = job(-1, (-1, Status.SUCCEEDED))
        assert self.said(unknown, 100) == (
            "its duration is not known  ·  typical of i2v 1:40",
            "",
        )


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, ""), (0.05, "<0.1×"), (0.24, "0.2×"), (1.94, "1.9×"), (12.3, "12×"), (5e6, "≥1000×")],
)
def test_ratio(value: float, shown: str) -> None:
    """In at most six cells."""
    assert timeline_text.ratio(value) == shown
