"""The chart of costs as lines of text: key figures, bars per day, and bars by group.

The cost screen and `cost --chart` show the same lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from heapq import nsmallest

from kling_tui.costs import ZERO, Amounts
from kling_tui.costs.budget import BudgetUse
from kling_tui.costs.report import CostReport
from kling_tui.failures import Reason
from kling_tui.formatting import reasons, text
from kling_tui.formatting.bars import Fills, fills, horizontal_bar
from kling_tui.formatting.blocks import Bar, Block, Line, below, beside, fit_line, wrap_parts
from kling_tui.formatting.budgets import budget_name, gauge_spans, use_description
from kling_tui.formatting.cells import truncate, width
from kling_tui.formatting.columns import Span
from kling_tui.formatting.cost_figures import describe, figure_parts
from kling_tui.formatting.day_chart import day_chart, parts_of

_TITLES = {"kind": "By kind", "batch": "By batch", "profile": "By profile",
           "reason": "By failure reason", "label": "By label"}  # fmt: skip
"""The groups that are shown, in this order."""
_MAX_BUDGETS = 6
_MIN_HEIGHT, _HEIGHT, _MAX_HEIGHT = 4, 8, 12
"""Lines of the bars per day."""
_LINES_BESIDE_BARS = 4
"""The lines above and below them: title, axis, dates, and a blank one."""
_ROWS = 6
"""Bars of a group; the groups that cost less are one line."""
_TWO_COLUMNS = 88
"""Cells from which on two groups stand beside each other."""
_GAP = 3
_MARGIN = 1
"""Cells before each row, for the sign of the cursor."""
_MAX_NAME_WIDTH = 22
_MIN_BAR_WIDTH = 4
_SEPARATOR: Span = ("   ", "muted")
_NO_JOBS: Line = (("No jobs are tracked yet.", "muted"),)


def cost_chart(
    report: CostReport,
    uses: Sequence[BudgetUse],
    cells: int,
    *,
    lines: int = 0,
    fill: Fills | None = None,
) -> Block:
    """Return the chart in at most `cells` cells.

    The bars per day are as high as `lines` leave room for, within limits; 0 is any number.
    `uses` are the budgets; `fill` are the characters of the bars, by default those that the
    terminal can show.
    """
    if not report.total.jobs:
        return Block((_NO_JOBS,))
    fill = fill or fills()
    figures = Block(tuple(wrap_parts(figure_parts(report), cells, _SEPARATOR)))
    budgets = Block(tuple(fit_line(line, cells) for line in _budget_lines(uses[:_MAX_BUDGETS])))
    groups = _groups(report, cells, fill)
    others = len(below(figures, budgets, groups).lines) + _LINES_BESIDE_BARS
    height = max(_MIN_HEIGHT, min(lines - others, _MAX_HEIGHT)) if lines else _HEIGHT
    return below(figures, budgets, day_chart(report, cells, height, fill), groups)


def _budget_lines(uses: Sequence[BudgetUse]) -> Iterator[Line]:
    name_width = max((width(budget_name(use)) for use in uses), default=0)
    for use in uses:
        yield (*gauge_spans(use, name_width), (f"  {use_description(use)}", "plain"))


def _groups(report: CostReport, cells: int, fill: Fills) -> Block:
    two = cells >= _TWO_COLUMNS
    room = (cells - _GAP) // 2 if two else cells
    shown = [by for by in _TITLES if _is_worth_showing(by, report.groups.get(by, {}))]
    blocks = [_group(by, report, room, fill) for by in shown]
    if not two:
        return below(*blocks)
    pairs = [blocks[at : at + 2] for at in range(0, len(blocks), 2)]
    return below(*(beside(pair, room + _GAP) for pair in pairs))


def _is_worth_showing(by: str, groups: Mapping[str, Amounts]) -> bool:
    """Return whether there are groups; jobs that are all in the group without a name have none."""
    return bool(groups.keys() - {""}) or (by == "kind" and bool(groups))


def _group(by: str, report: CostReport, cells: int, fill: Fills) -> Block:
    """Return a title, and a bar for each of the groups that cost most."""
    groups = report.groups[by]
    sums = {name: each.spent + each.in_flight + each.failed for name, each in groups.items()}
    rows = _ROWS if len(groups) > _ROWS + 1 else _ROWS + 1
    # Not sorted: there may be thousands of labels.
    most = nsmallest(rows, groups, key=lambda name: (-sums[name], -groups[name].jobs, name))
    first = [(name, groups[name]) for name in most]
    names = [truncate(group_name(by, name), _name_width(cells)) for name, _ in first]
    amounts = [_amount(by, each) for _, each in first]
    name_width, amount_width = (max(map(width, texts)) for texts in (names, amounts))
    bar_width = max(_MIN_BAR_WIDTH, cells - _MARGIN - name_width - amount_width - 2)
    maximum = sums[most[0]] or Decimal(1)
    since, first_day = "", ""
    if report.since is not None:
        since, first_day = f" since {text.short_day(report.since)}", report.since.isoformat()
    lines: list[Line] = [((f"{_TITLES[by]}{since}", "title"),)]
    bars = []
    for (name, each), shown, amount in zip(first, names, amounts, strict=True):
        bar = horizontal_bar(parts_of(each), maximum, bar_width, fill)
        blank = bar_width - sum(width(part) for part, _ in bar)
        line = (
            (f"{' ' * _MARGIN}{shown}{' ' * (name_width - width(shown))} ", "plain"),
            *bar,
            (f"{' ' * (blank + 1 + amount_width - width(amount))}{amount}", "plain"),
        )
        description = describe(group_name(by, name), each)
        bars.append(Bar(by, name, first_day, "", description, 0, len(lines), cells))
        lines.append(fit_line(line, cells))
    if more := len(groups) - len(first):
        rest = sum(sums.values(), ZERO) - sum((sums[name] for name in most), ZERO)
        lines.append(((f"{' ' * _MARGIN}{more:,} more: {text.money(rest)}", "muted"),))
    return Block(tuple(lines), tuple(bars))


def _name_width(cells: int) -> int:
    return min(_MAX_NAME_WIDTH, cells // 3)


def group_name(by: str, name: str) -> str:
    """Return the name of a group for the user."""
    match by:
        case "profile":
            return text.profile_name(name)
        case "reason":
            return reasons.name(Reason(name))
        case _:
            return name or "(none)"


def _amount(by: str, amounts: Amounts) -> str:
    """Return the dollars of a group beside its bar; jobs without a price do not cost $0.00."""
    if amounts.is_unknown:
        return f"{amounts.unpriced:,} unpriced"
    shown = text.money(amounts.failed if by == "reason" else amounts.spent)
    return f"{amounts.unpriced:,} unpriced, {shown}" if amounts.unpriced else shown
