"""Budgets as text and as JSON: gauges, and messages about a threshold that is reached."""

from datetime import date
from decimal import Decimal

from kling_tui.costs.budget import BudgetUse
from kling_tui.formatting import output, text
from kling_tui.formatting.cells import truncate, width
from kling_tui.formatting.spans import Span
from kling_tui.formatting.symbols import symbol

_GAUGE_CELLS = 8
_MAX_LABEL_WIDTH = 20
_NAMES = {"per_day": "day", "per_month": "month"}
_FULL, _REST = symbol("━"), symbol("─")


def gauge_spans(use: BudgetUse, name_width: int = 0) -> list[Span]:
    """Return how much of a budget is used: ``day budget ━━━━━━── 80%``.

    The name takes at least `name_width` cells.
    """
    style = "error" if use.is_exhausted else "warning" if use.warns else "plain"
    name = budget_name(use)
    full = min(_GAUGE_CELLS, int(use.share * _GAUGE_CELLS))
    return [
        (f"{name}{' ' * (name_width - width(name))} ", "muted"),
        (_FULL * full, style),
        (_REST * (_GAUGE_CELLS - full), "muted"),
        (f" {_percent(use.share)}", style),
    ]


def budget_name(use: BudgetUse) -> str:
    """Return the name of a budget: ``day budget``."""
    return f"{truncate(use.label, _MAX_LABEL_WIDTH) or _NAMES[use.setting]} budget"


def limit_span(use: BudgetUse) -> Span:
    """Return the limit, for after a gauge: ``of $10.00``."""
    return f" of {text.money(use.limit)}", "muted"


def _percent(share: Decimal) -> str:
    """Return a share in per cent, rounded down: only what is used up is 100%."""
    return f"{int(share * 100):,}%" if share.adjusted() < 6 else ">999,999%"


def use_description(use: BudgetUse) -> str:
    """Return the amounts: ``$8.40 of $10.00, $0.90 of it in flight``."""
    in_flight = f", {text.money(use.in_flight)} of it in flight" if use.in_flight else ""
    return f"{text.money(use.used)} of {text.money(use.limit)}{in_flight}"


def alert_text(use: BudgetUse, threshold: Decimal) -> tuple[str, str]:
    """Return title and message of a notification that a budget reached a threshold."""
    match use.setting:
        case "per_day":
            what = "today"
        case "per_month":
            month = date.fromisoformat(f"{use.period}-01")
            what = f"{text.month_name(month)} {month.year}"
        case _:
            what = use.label
    reached = "used up" if threshold >= 1 else f"{_percent(threshold)} used"
    return f"Budget for {what}: {reached}", use_description(use)


def use_as_json(use: BudgetUse) -> dict[str, object]:
    """Return a budget as `cost --json` and notify.command have it."""
    return {
        "budget": use.setting,
        "period": use.period or None,
        "label": use.label or None,
        "limit_usd": output.usd_string(use.limit),
        "used_usd": output.usd_string(use.used),
        "spent_usd": output.usd_string(use.spent),
        "in_flight_usd": output.usd_string(use.in_flight),
        "share": round(float(use.share), 4),
    }


def alert_as_json(use: BudgetUse, threshold: Decimal) -> dict[str, object]:
    """Return what notify.command gets when a budget reaches a threshold."""
    return {"event": "budget", "threshold": float(threshold), **use_as_json(use)}
