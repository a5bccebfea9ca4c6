"""The lines of the timeline as cells: the bar of a job, the axis, incidents, and the pace."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from operator import itemgetter

from kling_tui.formatting.spans import Span
from kling_tui.formatting.symbols import symbol
from kling_tui.formatting.text import short_day
from kling_tui.jobs import Job, Status
from kling_tui.storage.incidents import Incident
from kling_tui.timeline.comparison import SLOW_RATIO
from kling_tui.timeline.grid import Grid
from kling_tui.timeline.phases import JobPhases, Phase

PHASE_CELLS: Mapping[Phase, Span] = {
    Phase.UNSEEN: (symbol("┄"), "unseen"),
    Phase.QUEUED: (symbol("─"), "queued"),
    Phase.RUNNING: (symbol("━"), "running"),
}
"""How each phase is drawn: the characters differ too, for terminals without colour."""
LATE_CELL: Span = (symbol("═"), "late")
"""What is beyond the typical duration."""
FAILED_POLL_CELL: Span = ("!", "problem")
OUTAGE_CELL: Span = (symbol("×"), "failed")
END_CELLS: Mapping[Status, Span] = {
    Status.SUCCEEDED: (symbol("✓"), "succeeded"),
    Status.FAILED: (symbol("✗"), "failed"),
}
_BLANK: Span = (" ", "muted")
_STEPS = (60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800)
"""Seconds between two labels of the axis."""
_LABEL_GAP = 3
"""Blank cells between two labels, at least."""
_NOW = "now"
_DAY = 86_400
_LONG_RATIO = 9.5
"""A ratio that is not shown as one digit."""


def bar(
    job: Job,
    phases: JobPhases,
    grid: Grid,
    typical: float | None,
    incidents: Iterable[Incident],
) -> list[Span]:
    """Return the cells of a job: its phases, its failed polls, and its end.

    `typical` is how many seconds jobs of its source take; `incidents` are those in which it could
    not be polled. A job that begins before the first cell is drawn from there.
    """
    cells = [_BLANK] * grid.columns
    for span in phases.spans:
        for cell in grid.visible(span.start, span.end):
            cells[cell] = PHASE_CELLS[span.phase]
    if typical is not None:
        late = phases.start + timedelta(seconds=typical)
        for cell in grid.visible(late, phases.end) if late < phases.end else ():
            if grid.time_of(cell) >= late:
                cells[cell] = LATE_CELL
    for incident in incidents:
        start, end = max(incident.start, phases.start), min(incident.end, phases.end)
        for cell in grid.visible(start, end):
            cells[cell] = FAILED_POLL_CELL
    last = grid.cell(phases.end)
    if 0 <= last < grid.columns and job.status in END_CELLS:
        cells[last] = END_CELLS[job.status]
    return _runs(cells)


def incident_lane(incidents: Iterable[Incident], grid: Grid) -> list[Span]:
    """Return the cells of the line about the gateway: outages, and other failed polls."""
    cells = [_BLANK] * grid.columns
    for incident in sorted(incidents, key=lambda each: each.outage):
        for cell in grid.visible(incident.start, incident.end):
            cells[cell] = OUTAGE_CELL if incident.outage else FAILED_POLL_CELL
    return _runs(cells)


def pace_lane(ratios: Sequence[float | None]) -> list[Span]:
    """Return the cells of the line about durations: the multiple of the typical one, as a digit."""
    return _runs([_pace_cell(ratio) for ratio in ratios])


def _pace_cell(ratio: float | None) -> Span:
    if ratio is None:
        return _BLANK
    digit = "+" if ratio >= _LONG_RATIO else str(max(1, round(ratio)))
    return digit, "problem" if ratio >= SLOW_RATIO else "muted"


def axis(grid: Grid) -> str:
    """Return local times above the cells at which they begin, and "now" above the last."""
    width = grid.columns
    if width < 2 * len(_NOW):
        return _NOW.rjust(width)[-width:]
    line = [" "] * width
    line[-len(_NOW) :] = _NOW
    room = width - len(_NOW) - 1
    step = next((each for each in _STEPS if _fits(each, grid)), _STEPS[-1])
    for cell, label in _labels(grid, step):
        if cell + len(label) <= room:
            line[cell : cell + len(label)] = label
    return "".join(line)


def _fits(step: int, grid: Grid) -> bool:
    label = len("30 Nov") if step >= _DAY else len("00:00")
    return step / grid.cell_seconds >= label + _LABEL_GAP


def _labels(grid: Grid, step: int) -> Iterable[tuple[int, str]]:
    """Yield the first cell of each step, counted from midnight, with its time."""
    before = None
    for cell in range(grid.columns):
        at = grid.time_of(cell + 1).astimezone() - timedelta(microseconds=1)
        seconds = at.hour * 3600 + at.minute * 60 + at.second
        number = (at.toordinal() * _DAY + seconds) // step
        if before is not None and number != before:
            minutes = number * step % _DAY // 60
            date = short_day(at)
            yield cell, f"{minutes // 60:02}:{minutes % 60:02}" if minutes else date
        before = number


def _runs(cells: Iterable[Span]) -> list[Span]:
    """Join adjacent cells of the same style."""
    return [
        ("".join(character for character, _ in group), style)
        for style, group in groupby(cells, key=itemgetter(1))
    ]
