"""The bars per day: columns over an axis of dates, stacked by status."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from kling_tui.costs import Amounts
from kling_tui.costs.report import CostReport
from kling_tui.formatting import text
from kling_tui.formatting.bars import Fills, Part, end_of_axis, vertical_bar
from kling_tui.formatting.blocks import Bar, Block, Line, fit_line, line_width
from kling_tui.formatting.cells import width
from kling_tui.formatting.cost_figures import describe
from kling_tui.formatting.spans import Span
from kling_tui.formatting.symbols import symbol

_MAX_PITCH = 12
_MAX_BAR_WIDTH = 8
_GAP_FROM = 6
"""The pitch from which on there are two blank cells between bars."""
_DATE_WIDTH = 8
"""Cells from one date to the next: a date has at most six."""
_PARTS = (("spent", "succeeded"), ("in_flight", "running"), ("failed", "failed"))
"""The parts of a bar from its start: the field of `Amounts`, and the style."""


def parts_of(amounts: Amounts) -> list[Part]:
    """Return the parts of a bar."""
    return [(getattr(amounts, field), style) for field, style in _PARTS]


def _legend(fill: Fills) -> list[Span]:
    """Return which part of a bar is what."""
    spans: list[Span] = []
    for field, style in _PARTS:
        spans += [(fill.of(style), style), (f" {field.replace('_', ' ')}  ", "muted")]
    return spans


class _Days(Struct, frozen=True):
    """The days of one bar."""

    first: date
    last: date
    amounts: Amounts

    @property
    def name(self) -> str:
        days = dict.fromkeys((self.first, self.last))
        return " to ".join(map(text.short_day, days))


class _Scale(Struct, frozen=True):
    """Where the bars stand."""

    left: int
    """The cells of the amounts, and of the axis."""
    pitch: int
    """Cells from one bar to the next."""
    bar_width: int
    days_per_bar: int


def day_chart(report: CostReport, cells: int, height: int, fill: Fills) -> Block:
    """Return the chart in at most `cells` cells, with columns of at most `height` cells.

    Where a day has no cell of its own, a bar stands for several days.
    """
    # As if all days were in one bar, so that the width is known before the bars are.
    left = width(text.money(end_of_axis(_sum(report.days.values())))) + 2
    scale = _scale(len(report.days), cells - left, left)
    days = _days_of_bars(report, scale.days_per_bar)
    end = end_of_axis(max(_sum([each.amounts]) for each in days))
    columns = [vertical_bar(parts_of(each.amounts), end, height, fill) for each in days]
    titles = _titles(report, scale.days_per_bar, cells, fill)
    lines = [
        *titles,
        *(_row(columns, y, height, scale, end) for y in reversed(range(height))),
        _axis(len(days), scale),
        _dates(days, scale, report.today, cells),
    ]
    bars = [
        Bar(
            "day",
            "",
            each.first.isoformat(),
            each.last.isoformat(),
            describe(each.name, each.amounts) if each.amounts.jobs else f"{each.name}: no jobs",
            scale.left + number * scale.pitch,
            len(titles),
            scale.bar_width,
            height + 1,
        )
        for number, each in enumerate(days)
    ]
    return Block(tuple(fit_line(line, cells) for line in lines), tuple(bars))


def _sum(all_amounts: Iterable[Amounts]) -> Decimal:
    return sum((usd for amounts in all_amounts for usd, _ in parts_of(amounts)), Decimal(0))


def _scale(days: int, room: int, left: int) -> _Scale:
    days_per_bar = 1
    while days > max(1, room) * days_per_bar:
        days_per_bar += 1
    bars = -(-days // days_per_bar)
    pitch = max(1, min(_MAX_PITCH, room // bars))
    gap = 2 if pitch >= _GAP_FROM else 1 if pitch > 1 else 0
    return _Scale(left, pitch, min(_MAX_BAR_WIDTH, pitch - gap), days_per_bar)


def _days_of_bars(report: CostReport, days_per_bar: int) -> list[_Days]:
    """Return the days of each bar; the last bar ends today, and the first may have fewer days."""
    days = list(report.days)
    bars = []
    for end in range(len(days), 0, -days_per_bar):
        some = days[max(0, end - days_per_bar) : end]
        amounts = Amounts()
        for day in some:
            amounts.add(report.days[day])
        bars.append(_Days(some[0], some[-1], amounts))
    return bars[::-1]


def _titles(report: CostReport, days_per_bar: int, cells: int, fill: Fills) -> list[Line]:
    """Return title and legend, in one line where there is room."""
    per_bar = f", {days_per_bar} days per bar" if days_per_bar > 1 else ""
    title: Span = (f"Per day, last {len(report.days)} days{per_bar}", "title")
    shown = _legend(fill)
    blank = cells - line_width([title, *shown])
    return [(title, (" " * blank, "plain"), *shown)] if blank >= 2 else [(title,), tuple(shown)]


def _row(
    columns: Sequence[Sequence[Span]], y: int, height: int, scale: _Scale, end: Decimal
) -> Line:
    """Return the line of the cells that are `y` cells above the axis."""
    amount = text.money(end) if y == height - 1 else ""
    if height % 2 == 0 and height >= 4 and y == height // 2 - 1:
        amount = text.money(end / 2)
    label = f"{amount:>{scale.left - 2}} {symbol('│')}"
    line: list[Span] = [(label, "muted")]
    blank: Span = (" " * (scale.pitch - scale.bar_width), "plain")
    for column in columns:
        character, style = column[y] if y < len(column) else (" ", "plain")
        line += [(character * scale.bar_width, style), blank]
    return _merged(line)


def _merged(spans: Sequence[Span]) -> Line:
    """Return the same text in fewer spans."""
    merged: list[Span] = []
    for text_, style in spans:
        if merged and merged[-1][1] == style:
            merged[-1] = (merged[-1][0] + text_, style)
        elif text_:
            merged.append((text_, style))
    return tuple(merged)


def _axis(bars: int, scale: _Scale) -> Line:
    zero = f"{'$0':>{scale.left - 2}} "
    line = symbol("─") * (bars * scale.pitch - (scale.pitch - scale.bar_width))
    return ((f"{zero}{symbol('╰')}{line}", "muted"),)


def _dates(days: Sequence[_Days], scale: _Scale, today: date, cells: int) -> Line:
    """Return the dates below the bars: that of the last bar, and others as far as they fit."""
    step = -(-_DATE_WIDTH // scale.pitch)
    line = ""
    for number in range((len(days) - 1) % step, len(days), step):
        last = days[number].last
        name = "today" if last == today else text.short_day(last)
        start = scale.left + number * scale.pitch + (scale.bar_width - len(name)) // 2
        line = f"{line:<{max(0, min(start, cells - len(name)))}}{name}"
    return ((line, "muted"),)
