"""Budgets: how much of each is used, and which thresholds are reached."""

from collections.abc import Container, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from kling_tui.costs.breakdown import Amounts, Breakdown
from kling_tui.costs.job_cost import ZERO
from kling_tui.costs.report import spent_in_month, spent_on
from kling_tui.jobs import batch_of

WARN_AT = Decimal("0.8")
_ALL = Decimal(1)
_NOTHING = Amounts()


class Budget(Struct, frozen=True):
    """What may be spent, in US dollars; 0 is no limit."""

    per_day: Decimal = ZERO
    per_month: Decimal = ZERO
    per_label: Decimal | Mapping[str, Decimal] = ZERO
    """For each label, or by label; a batch counts as one label."""
    warn_at: Decimal = WARN_AT
    """The share of a limit at which there is a warning, from 0 to 1."""

    def __bool__(self) -> bool:
        """Return whether there is a limit."""
        return bool(self.per_day or self.per_month or self.per_label)


class BudgetUse(Struct, frozen=True):
    """How much of one limit is used."""

    setting: str
    """"per_day", "per_month" or "per_label"."""
    period: str
    """The day or the month in ISO 8601; "" for a label, whose limit is for all times."""
    label: str
    """"" for a day or a month."""
    limit: Decimal
    spent: Decimal
    in_flight: Decimal
    """All jobs in flight count, as they are paid for when they succeed."""
    warn_at: Decimal

    @property
    def used(self) -> Decimal:
        """What is spent or in flight."""
        return self.spent + self.in_flight

    @property
    def share(self) -> Decimal:
        """The part of the limit that is used: more than 1 if it is exceeded."""
        return self.used / self.limit

    @property
    def warns(self) -> bool:
        """Whether the share for a warning is reached."""
        return self.share >= self.warn_at

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing is left."""
        return self.share >= _ALL

    @property
    def thresholds(self) -> tuple[Decimal, ...]:
        """The shares at which there is an alert, the lowest first."""
        return tuple(sorted({self.warn_at, _ALL}))

    @property
    def reached(self) -> tuple[Decimal, ...]:
        """The thresholds that are reached, the lowest first."""
        return tuple(threshold for threshold in self.thresholds if self.share >= threshold)


def budget_uses(
    budget: Budget, breakdown: Breakdown, now: datetime, also: Container[str] = ()
) -> tuple[BudgetUse, ...]:
    """Return the use of each limit: the day, the month, and labels, those used most first.

    Where there is one limit for every label, only labels that reach the warning are included, and
    those in `also`.
    """
    if not budget:
        return ()
    today = now.astimezone(breakdown.zone).date()
    labels = sorted(_label_uses(budget, breakdown, also), key=lambda use: (-use.share, use.label))
    return (*_period_uses(budget, breakdown, today), *labels)


def _period_uses(budget: Budget, breakdown: Breakdown, today: date) -> Iterator[BudgetUse]:
    by_day = breakdown.by_day()
    in_flight = sum((amounts.in_flight for amounts in by_day.values()), ZERO)
    periods = (
        ("per_day", today.isoformat(), budget.per_day, spent_on(by_day, today)),
        ("per_month", f"{today:%Y-%m}", budget.per_month, spent_in_month(by_day, today)),
    )
    for setting, period, limit, spent in periods:
        if limit:
            yield BudgetUse(setting, period, "", limit, spent, in_flight, budget.warn_at)


def _label_uses(budget: Budget, breakdown: Breakdown, also: Container[str]) -> Iterator[BudgetUse]:
    per_label = budget.per_label
    if not per_label:
        return
    labels, batches = breakdown.by_label(), breakdown.groups("batch")

    def use(label: str, limit: Decimal) -> BudgetUse:
        both = [group.get(label, _NOTHING) for group in (labels, batches)]
        spent, in_flight = (
            sum((getattr(each, name) for each in both), ZERO) for name in ("spent", "in_flight")
        )
        return BudgetUse("per_label", "", label, limit, spent, in_flight, budget.warn_at)

    if isinstance(per_label, Mapping):
        yield from (use(label, limit) for label, limit in per_label.items() if limit)
        return
    single = (label for label in labels if label and not batch_of(label))
    every = (use(label, per_label) for label in dict.fromkeys((*batches, *single)))
    yield from (each for each in every if each.warns or each.label in also)
