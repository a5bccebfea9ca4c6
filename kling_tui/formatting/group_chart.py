"""The bars by group: a row for each, with its name, its bar, and the amount of each part of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from heapq import nsmallest

from kling_tui.costs import ZERO, Amounts
from kling_tui.costs.report import CostReport
from kling_tui.failures import Reason
from kling_tui.formatting import reasons, text
from kling_tui.formatting.bars import Fills, horizontal_bar
from kling_tui.formatting.blocks import Bar, Block, Line, fit_line, line_width, padded
from kling_tui.formatting.cells import truncate, width
from kling_tui.formatting.cost_figures import describe
from kling_tui.formatting.day_chart import parts_of
from kling_tui.formatting.spans import Span

_ROWS = 6
"""Bars of a group; the groups that cost less are one line."""
_MARGIN = 1
"""Cells before each row, for the sign of the cursor."""
_MIN_NAME_WIDTH, _MAX_NAME_WIDTH = 6, 22
_MIN_BAR_WIDTH = 4
_MIN_BAR_WIDTH_BESIDE_UNPRICED = 12
"""A shorter bar leaves no room for the numbers of unpriced jobs that are beside amounts."""


def group_chart(title: str, by: str, report: CostReport, cells: int, fill: Fills) -> Block:
    """Return a title, and a row for each of the groups that cost most.

    `by` is one of `GROUPINGS`; `report` has at least one group of it.
    """
    groups = report.groups[by]
    sums = {name: each.spent + each.in_flight + each.failed for name, each in groups.items()}
    rows = _ROWS if len(groups) > _ROWS + 1 else _ROWS + 1
    # Not sorted: there may be thousands of labels.
    most = nsmallest(rows, groups, key=lambda name: (-sums[name], -groups[name].jobs, name))
    shown = {name: groups[name] for name in most}
    since, first_day = "", ""
    if report.since is not None:
        since, first_day = f" since {text.short_day(report.since)}", report.since.isoformat()
    lines: list[Line] = [((f"{title}{since}", "title"),)]
    lines += _rows(by, shown, sums[most[0]] or Decimal(1), cells, fill)
    bars = [
        Bar(by, name, first_day, "", describe(group_name(by, name), each), 0, number, cells)
        for number, (name, each) in enumerate(shown.items(), 1)
    ]
    if more := len(groups) - len(shown):
        texts = (amount for amount, _ in _amounts(_rest(groups, shown), fill) if amount)
        lines.append(((f"{' ' * _MARGIN}{more:,} more: {' '.join(texts)}", "muted"),))
    return Block(tuple(fit_line(line, cells) for line in lines), tuple(bars))


def group_name(by: str, name: str) -> str:
    """Return the name of a group for the user."""
    match by:
        case "profile":
            return text.profile_name(name)
        case "reason":
            return reasons.name(Reason(name))
        case _:
            return name or "(none)"


def _rest(groups: Mapping[str, Amounts], shown: Collection[str]) -> Amounts:
    """Return what the groups cost together that are not shown, with the sums of a bar only."""
    others = [amounts for name, amounts in groups.items() if name not in shown]
    spent, in_flight, failed = (
        sum((getattr(amounts, field) for amounts in others), ZERO)
        for field in ("spent", "in_flight", "failed")
    )
    return Amounts(
        spent=spent,
        in_flight=in_flight,
        failed=failed,
        jobs=sum(amounts.jobs for amounts in others),
        unpriced=sum(amounts.unpriced for amounts in others),
    )


def _rows(
    by: str, groups: Mapping[str, Amounts], maximum: Decimal, cells: int, fill: Fills
) -> Iterator[Line]:
    """Yield a line for each group: its name, its bar, and the amounts in columns."""
    names = [truncate(group_name(by, name), min(_MAX_NAME_WIDTH, cells // 3)) for name in groups]
    name_width = max(map(width, names))
    amounts = _amount_columns(
        [_amounts(each, fill) for each in groups.values()],
        cells - _MARGIN - name_width - _MIN_BAR_WIDTH_BESIDE_UNPRICED - 1,
    )
    amount_width = line_width(amounts[0])
    room = cells - _MARGIN - amount_width - 1
    name_width = min(name_width, max(_MIN_NAME_WIDTH, room - _MIN_BAR_WIDTH))
    bar_width = max(_MIN_BAR_WIDTH, room - name_width)
    for name, each, columns in zip(names, groups.values(), amounts, strict=True):
        bar = horizontal_bar(parts_of(each), maximum, bar_width, fill)
        yield (
            (" " * _MARGIN, "plain"),
            *padded([(truncate(name, name_width), "plain")], name_width + 1),
            *padded(bar, bar_width),
            *columns,
        )


def _amounts(amounts: Amounts, fill: Fills) -> list[Span]:
    """Return the text of each part of a bar, and of unpriced jobs; "" where there is none.

    Parts that are not spent are named by their characters, as in the legend. Jobs without a price
    do not cost $0.00.
    """
    spent = in_flight = failed = unpriced = ""
    if amounts.in_flight:
        in_flight = f"{fill.of('running')} {text.money(amounts.in_flight)}"
    if amounts.failed:
        failed = f"{fill.of('failed')} {text.money(amounts.failed)}"
    if amounts.unpriced:
        unpriced = f"{amounts.unpriced:,} unpriced"
    if amounts.spent or not (in_flight or failed or amounts.is_unknown):
        spent = text.money(amounts.spent)
    return [(spent, "plain"), (in_flight, "running"), (failed, "failed"), (unpriced, "muted")]


def _amount_columns(rows: Sequence[Sequence[Span]], room: int) -> list[Line]:
    """Return the amounts of each row in columns, all rows equally wide.

    Where there is less `room` than that takes, unpriced jobs are listed only in rows without any
    amount.
    """
    widths = [max(width(amount) for amount, _ in column) for column in zip(*rows, strict=True)]
    if sum(widths) + sum(map(bool, widths)) > room:
        widths[-1] = 0
    lines = []
    for row in rows:
        in_columns = [
            (f" {' ' * (cells - width(amount))}{amount}", style)
            for (amount, style), cells in zip(row, widths, strict=True)
            if cells
        ]
        has_amounts = any(amount for amount, _ in row[:-1])
        unpriced, style = row[-1]
        lines.append(in_columns if has_amounts or widths[-1] else [(f" {unpriced}", style)])
    total = max(map(line_width, lines))
    return [((" " * (total - line_width(line)), "plain"), *line) for line in lines]
