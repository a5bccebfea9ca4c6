"""The screen with charts of what the jobs cost."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.signal import Signal
from textual.timer import Timer
from textual.widgets import Label

from kling_tui.costs import Breakdown
from kling_tui.costs.budget import BudgetUse
from kling_tui.costs.report import PERIODS, CostReport, cost_report
from kling_tui.formatting import text
from kling_tui.formatting.blocks import Bar, Block
from kling_tui.formatting.cost_chart import cost_chart
from kling_tui.queries import quoted
from kling_tui.tui.screens.modal import ModalBase
from kling_tui.tui.widgets.cost_chart import CostChart
from kling_tui.tui.widgets.key_hints import KeyHints

_OPERATORS = {"kind": ":", "profile": ":", "reason": ":", "batch": "=", "label": "="}
"""The operators of the fields that find exactly the jobs of a group."""


class CostScreen(ModalBase[str]):
    """Shows the costs; its result is a filter that finds the jobs of a bar."""

    TITLE = "Costs"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (14, "-tall")]  # noqa: RUF012 - as in Screen
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,C", "dismiss", "Back", id="costs_back", tooltip="Back to the table"),
        Binding("enter", "choose", "Filter", id="costs_filter",
                tooltip="Show the jobs of this bar in the table"),
        Binding("p", "period", "Days", id="costs_days", tooltip="Show 7, 30 or 90 days"),
        Binding("a", "scope", "Scope", id="costs_scope",
                tooltip="Groups: all jobs, or only those of these days"),
        Binding("question_mark", "app.help", "Keys", id="costs_help", tooltip="Show these keys"),
    ]  # fmt: skip

    def __init__(
        self,
        breakdown: Breakdown,
        uses: Callable[[], tuple[BudgetUse, ...]],
        now: Callable[[], datetime],
        totals_shown: Signal[None],
    ) -> None:
        """`breakdown` has the costs of all jobs; `uses` returns the budgets as they are now.

        `totals_shown` is published whenever one of them may have changed.
        """
        super().__init__()
        self._totals_shown = totals_shown
        self._breakdown = breakdown
        self._uses = uses
        self._now = now
        self._days = PERIODS[1]
        self._only_period = False
        self._shown: object = None
        """What the chart was built from; another value when anything may have changed."""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the chart, a line about the bar under the cursor, and the keys."""
        yield CostChart(self._build, id="cost-chart")
        yield Label(id="bar")
        yield KeyHints()

    def on_mount(self) -> None:
        """Name the screen, and follow changes."""
        self.query_one(CostChart).border_title = "Costs"
        self._totals_shown.subscribe(self, self._update)

    def _update(self, _: None = None) -> None:
        """Show the costs as they are now, if they have changed."""
        if self._shown != self._state:
            self.query_one(CostChart).rebuild()

    @property
    def _state(self) -> object:
        """What the figures depend on, besides the time of day."""
        today = self._now().astimezone(self._breakdown.zone).date()
        return self._breakdown.version, self._uses(), today

    def _build(self, size: Size) -> Block:
        self._shown = self._state
        report = cost_report(
            self._breakdown, self._now(), self._days, only_period=self._only_period
        )
        self._update_later(report)
        return cost_chart(report, self._uses(), size.width, lines=size.height)

    def _update_later(self, report: CostReport) -> None:
        """Build again when a figure changes by time alone."""
        if self._timer is not None:
            self._timer.stop()
        rebuild = self.query_one(CostChart).rebuild
        self._timer = self.set_timer(report.seconds_until_change + 1, rebuild)

    def on_bar_highlighted(self) -> None:
        """Describe the bar under the cursor."""
        bar = self.query_one(CostChart).bar
        self.query_one("#bar", Label).update(Content(bar.description if bar else ""), layout=False)

    def on_bar_chosen(self) -> None:
        """Filter by the bar that was double-clicked."""
        self.action_choose()

    def action_choose(self) -> None:
        """Return to the table with the jobs of the bar under the cursor."""
        if bar := self.query_one(CostChart).bar:
            self.dismiss(filter_for(bar))

    def action_period(self) -> None:
        """Show the next number of days; after the last one, the first."""
        self._days = PERIODS[(PERIODS.index(self._days) + 1) % len(PERIODS)]
        self.query_one(CostChart).rebuild()

    def action_scope(self) -> None:
        """Show groups of all jobs, or only of those in the days of the chart."""
        self._only_period = not self._only_period
        self.query_one(CostChart).rebuild()


def filter_for(bar: Bar) -> str:
    """Return the filter that finds the jobs of a bar."""
    terms = []
    if operator := _OPERATORS.get(bar.by):
        name = text.profile_name(bar.name) if bar.by == "profile" else bar.name
        terms.append(f"{bar.by}{operator}{quoted(name)}")
    if bar.first == bar.last:
        terms += [f"day:{bar.first}"] if bar.first else []
    else:
        days = ((">=", bar.first), ("<=", bar.last))
        terms += [f"day{comparison}{day}" for comparison, day in days if day]
    return " ".join(terms)
