"""What jobs cost in US dollars as Decimal: one job, totals, breakdowns, forecasts, budgets."""

from kling_tui.costs.breakdown import GROUPINGS, Amounts, Breakdown
from kling_tui.costs.job_cost import MAX_SECONDS, ZERO, Cost, cost_of
from kling_tui.costs.running import BATCH_SIZE
from kling_tui.costs.totals import Ledger, Totals, totals

__all__ = [
    "BATCH_SIZE",
    "GROUPINGS",
    "MAX_SECONDS",
    "ZERO",
    "Amounts",
    "Breakdown",
    "Cost",
    "Ledger",
    "Totals",
    "cost_of",
    "totals",
]
