"""Formats what a second of kept video costs: JSON for scripts, and aligned plain text."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from kling_tui.costs.kept import KeptCost, kept_cost, kept_costs_by
from kling_tui.formatting import text
from kling_tui.formatting.ansi import Style, uncolored
from kling_tui.formatting.columns import Span
from kling_tui.formatting.output import align_columns, usd_string
from kling_tui.jobs import Job

_GROUPINGS = ("kind", "label")
_TITLES = ("PER KEPT SECOND", "KEPT", "REJECTED", "UNCOUNTED", "SPENT", "SECONDS", "PER SECOND")


def kept_costs_as_json(jobs: Collection[Job]) -> dict[str, Any]:
    """Return the figures of all jobs and of each group, in the schema of docs/json.md.

    The object is empty while no job is reviewed.
    """
    overall = kept_cost(jobs)
    if not overall.reviewed:
        return {}
    groups = {
        f"by_{by}": {name: _as_json(sums) for name, sums in kept_costs_by(jobs, by).items()}
        for by in _GROUPINGS
    }
    return {"per_kept_second": {"all": _as_json(overall), **groups}}


def _as_json(sums: KeptCost) -> dict[str, Any]:
    per_second = sums.per_second
    return {
        "kept_jobs": sums.kept,
        "rejected_jobs": sums.rejected,
        "uncounted_jobs": sums.uncounted,
        "reviewed_usd": usd_string(sums.spent),
        "kept_seconds": float(sums.seconds),
        "usd_per_kept_second": None if per_second is None else usd_string(per_second),
    }


def kept_cost_lines(jobs: Collection[Job], style: Style = uncolored) -> list[str]:
    """Return a table of the same; nothing while no job is reviewed."""
    overall = kept_cost(jobs)
    if not overall.reviewed:
        return []
    rows = [[(title, "muted") for title in _TITLES], _row("all", overall)]
    for by in _GROUPINGS:
        rows.append([(f"by {by}", "muted"), *[("", "muted")] * (len(_TITLES) - 1)])
        groups = kept_costs_by(jobs, by).items()
        rows += (_row(f"  {name or '(none)'}", sums) for name, sums in groups)
    return ["", *align_columns(rows, style, right=range(1, len(_TITLES)))]


def _row(name: str, sums: KeptCost) -> list[Span]:
    cells = (
        name,
        str(sums.kept),
        str(sums.rejected),
        str(sums.uncounted or ""),
        text.money(sums.spent),
        text.seconds(float(sums.seconds)),
        usd_per_second(sums.per_second),
    )
    return [(cell, "plain") for cell in cells]


def usd_per_second(value: Decimal | None) -> str:
    """Return US dollars with a tenth of a cent: ``$0.068``; a dash where it is not known."""
    return text.MISSING if value is None else f"${value:,.3f}"
