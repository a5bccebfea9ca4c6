"""The key figures of a cost report, as text and as JSON: a new one is a line in `KEY_FIGURES`."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from kling_tui.costs import Amounts
from kling_tui.costs.report import CostReport
from kling_tui.formatting import output, text
from kling_tui.formatting.spans import Span

_Value = Decimal | int | None


class KeyFigure(NamedTuple):
    """A figure about all jobs of a report."""

    name: str
    """What it is called on the screen."""
    field: str
    """Its name in JSON."""
    value: Callable[[CostReport], _Value]
    show: Callable[[Any], str]
    """Returns the text of a value that is not None."""
    to_json: Callable[[Any], object]
    style: str = "plain"


def rate(usd: Decimal) -> str:
    """Return dollars for a second, to a hundredth of a cent: ``$0.0712``."""
    return f"${usd:,.4f}" if usd.adjusted() <= text.MAX_DOLLAR_DIGITS else f"${usd:.2E}"


def percent(share: Decimal) -> str:
    """Return a share as ``8%``, with one decimal below ten."""
    value = share * 100
    return f"{value:.1f}%" if 0 < value < 10 else f"{value:.0f}%"


def _unpriced(jobs: int) -> str:
    return text.count(jobs, "job")


def _same(value: int) -> int:
    return value


KEY_FIGURES = (
    KeyFigure("jobs", "jobs", lambda report: report.total.jobs, "{:,}".format, _same),
    KeyFigure("spent", "spent_usd", lambda report: report.total.spent, text.money,
              output.usd_string, "succeeded"),
    KeyFigure("in flight", "in_flight_usd", lambda report: report.total.in_flight, text.money,
              output.usd_string, "running"),
    KeyFigure("failed", "failed_usd", lambda report: report.total.failed, text.money,
              output.usd_string, "failed"),
    KeyFigure("unpriced", "unpriced_jobs", lambda report: report.total.unpriced, _unpriced, _same),
    KeyFigure("today", "today_usd", lambda report: report.spent_today, text.money,
              output.usd_string),
    KeyFigure("forecast today", "forecast_today_usd", lambda report: report.forecast.today,
              text.money, output.usd_string),
    KeyFigure("this month", "month_usd", lambda report: report.spent_month, text.money,
              output.usd_string),
    KeyFigure("forecast this month", "forecast_month_usd", lambda report: report.forecast.month,
              text.money, output.usd_string),
    KeyFigure("per finished second", "usd_per_second", lambda report: report.total.per_second,
              rate, output.usd_string),
    KeyFigure("per kept second", "usd_per_kept_second", lambda report: report.total.per_kept_second,
              rate, output.usd_string),
    KeyFigure("failure rate", "failure_rate", lambda report: report.total.failure_rate,
              percent, float),
)  # fmt: skip


def figures_as_json(report: CostReport) -> dict[str, object]:
    """Return the key figures; None for what is not known."""
    values = ((figure, figure.value(report)) for figure in KEY_FIGURES)
    return {
        figure.field: None if value is None else figure.to_json(value) for figure, value in values
    }


def figure_parts(report: CostReport) -> list[list[Span]]:
    """Return the name and the value of each key figure."""
    parts: list[list[Span]] = []
    for figure in KEY_FIGURES:
        value = figure.value(report)
        shown = text.MISSING if value is None else figure.show(value)
        parts.append([(f"{figure.name} ", "muted"), (shown, figure.style if value else "plain")])
    return parts


def amounts_as_json(amounts: Amounts) -> dict[str, int | str | None]:
    """Return the costs of a group."""
    per_second = amounts.per_kept_second
    return {
        "jobs": amounts.jobs,
        "spent_usd": output.usd_string(amounts.spent),
        "in_flight_usd": output.usd_string(amounts.in_flight),
        "failed_usd": output.usd_string(amounts.failed),
        "unpriced_jobs": amounts.unpriced,
        "kept_jobs": amounts.kept_jobs,
        "rejected_jobs": amounts.rejected_jobs,
        "usd_per_kept_second": None if per_second is None else output.usd_string(per_second),
    }


def describe(name: str, amounts: Amounts) -> str:
    """Return all that is known of a group: ``i2v: 12 jobs, spent $3.50, failed $0.35``."""
    parts = [text.count(amounts.jobs, "job")]
    sums = (("spent", amounts.spent), ("in flight", amounts.in_flight), ("failed", amounts.failed))
    parts += [f"{what} {text.money(usd)}" for what, usd in sums if usd]
    if amounts.unpriced:
        parts.append(f"{amounts.unpriced:,} unpriced")
    if (per_second := amounts.per_second) is not None:
        parts.append(f"{rate(per_second)} per second")
    if amounts.kept_jobs or amounts.rejected_jobs:
        parts.append(f"{amounts.kept_jobs:,} kept, {amounts.rejected_jobs:,} rejected")
    if (per_kept_second := amounts.per_kept_second) is not None:
        parts.append(f"{rate(per_kept_second)} per kept second")
    if failure_rate := amounts.failure_rate:
        parts.append(f"{percent(failure_rate)} failed")
    return f"{name}: {', '.join(parts)}"
