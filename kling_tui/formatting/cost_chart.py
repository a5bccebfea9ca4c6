"""The chart of costs as lines of text: key figures, bars per day, and bars by group.

The cost screen and `cost --chart` show the same lines.
"""

from collections.abc import Iterator, Mapping, Sequence

from kling_tui.costs import Amounts
from kling_tui.costs.budget import BudgetUse
from kling_tui.costs.report import CostReport
from kling_tui.formatting.bars import FILLS, Fills
from kling_tui.formatting.blocks import Block, Line, below, beside, fit_line, wrap_parts
from kling_tui.formatting.budgets import budget_name, gauge_spans, use_description
from kling_tui.formatting.cells import width
from kling_tui.formatting.cost_figures import figure_parts
from kling_tui.formatting.day_chart import day_chart
from kling_tui.formatting.group_chart import group_chart
from kling_tui.formatting.spans import Span

_TITLES = {"kind": "By kind", "batch": "By batch", "profile": "By profile",
           "reason": "By failure reason", "label": "By label"}  # fmt: skip
"""The groups that are shown, in this order."""
_MAX_BUDGETS = 6
_MIN_HEIGHT, _HEIGHT, _MAX_HEIGHT = 4, 8, 12
"""Lines of the bars per day."""
_LINES_BESIDE_BARS = 4
"""The lines above and below them: title, axis, dates, and a blank one."""
_TWO_COLUMNS = 88
"""Cells from which on two groups stand beside each other."""
_GAP = 3
_SEPARATOR: Span = ("   ", "muted")
_NO_JOBS: Line = (("No jobs are tracked yet.", "muted"),)


def cost_chart(
    report: CostReport,
    uses: Sequence[BudgetUse],
    cells: int,
    *,
    lines: int = 0,
    fill: Fills = FILLS,
) -> Block:
    """Return the chart in at most `cells` cells.

    The bars per day are as high as `lines` leave room for, within limits; 0 is any number.
    `uses` are the budgets; `fill` are the characters of the bars.
    """
    if not report.total.jobs:
        return Block((_NO_JOBS,))
    figures = Block(tuple(wrap_parts(figure_parts(report), cells, _SEPARATOR)))
    budgets = Block(tuple(fit_line(line, cells) for line in budget_lines(uses[:_MAX_BUDGETS])))
    groups = _groups(report, cells, fill)
    others = len(below(figures, budgets, groups).lines) + _LINES_BESIDE_BARS
    height = max(_MIN_HEIGHT, min(lines - others, _MAX_HEIGHT)) if lines else _HEIGHT
    return below(figures, budgets, day_chart(report, cells, height, fill), groups)


def budget_lines(uses: Sequence[BudgetUse]) -> Iterator[Line]:
    """Yield a line for each budget: its name, how much of it is used, and the amounts."""
    name_width = max((width(budget_name(use)) for use in uses), default=0)
    for use in uses:
        yield (*gauge_spans(use, name_width), (f"  {use_description(use)}", "plain"))


def _groups(report: CostReport, cells: int, fill: Fills) -> Block:
    two = cells >= _TWO_COLUMNS
    room = (cells - _GAP) // 2 if two else cells
    shown = [by for by in _TITLES if _is_worth_showing(by, report.groups.get(by, {}))]
    blocks = [group_chart(_TITLES[by], by, report, room, fill) for by in shown]
    if not two:
        return below(*blocks)
    pairs = [blocks[at : at + 2] for at in range(0, len(blocks), 2)]
    return below(*(beside(pair, room + _GAP) for pair in pairs))


def _is_worth_showing(by: str, groups: Mapping[str, Amounts]) -> bool:
    """Return whether there are groups; jobs that are all in the group without a name have none."""
    return bool(groups.keys() - {""}) or (by == "kind" and bool(groups))
