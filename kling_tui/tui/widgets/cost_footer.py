"""The two lines below the table: the costs of all jobs, and the state of gateway and jobs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from msgspec import Struct
from textual.content import Content

from kling_tui.costs import ZERO, Totals
from kling_tui.costs.budget import BudgetUse
from kling_tui.formatting import reasons, text
from kling_tui.formatting.budgets import gauge_spans, limit_span
from kling_tui.formatting.counts import count_spans
from kling_tui.formatting.spans import Span
from kling_tui.gateways import ErrorKind
from kling_tui.jobs import Source
from kling_tui.polling.endpoint_status import EndpointStatus, Health
from kling_tui.tui.widgets.responsive_text import ResponsiveText

_PROBLEM_STYLES = {
    Health.THROTTLED: "warning",
    Health.UNAUTHORIZED: "error",
    Health.UNREACHABLE: "error",
}
_REFUSALS = {
    ErrorKind.UNAUTHORIZED: "API key rejected",
    ErrorKind.NO_KEY: "API key missing",
    ErrorKind.NO_CREDIT: "account out of credit",
    ErrorKind.NO_ACCESS: "access denied",
}
_SEPARATOR = "  ·  "
_MAX_BUDGETS = 3
_ALL_ENDPOINTS = "gateway"
"""The name of an endpoint where all endpoints are in the same state."""


class FooterState(Struct, frozen=True):
    """What the footer shows, besides the totals of all jobs."""

    endpoint_statuses: Mapping[Source, EndpointStatus]
    hidden: int = 0
    """Jobs that the filter hides."""
    shown: Totals | None = None
    """The costs of the jobs that the filter shows; None without a filter."""
    paused: bool = False
    polled_elsewhere: bool = False
    """Whether other processes poll the sources of all unfinished jobs."""
    failing_elsewhere: frozenset[Source] = frozenset()
    """Sources that other processes poll, and of which the last poll of every job failed."""
    key_missing: bool = False
    """Whether there is no API key for any profile."""
    marked: int = 0
    marked_hidden: int = 0
    """Marked jobs that the filter hides."""
    unread: int = 0
    progress: str = ""
    """How far the jobs in flight are; "" if there are none."""
    notification_summary: str = ""
    """The notification channels that are on."""
    budgets: tuple[BudgetUse, ...] = ()


class CostFooter(ResponsiveText):
    """Shows totals of all jobs, and where there is a filter, of those that it shows."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"cost-footer--{style_class}"
        for style_class in ("plain", "muted", "money", "running", "queued", "succeeded", "failed",
                            "unknown", "warning", "error")
    }  # fmt: skip

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - as in Widget
        super().__init__(id=id)
        self._lines: tuple[list[list[Span]], list[list[Span]]] = ([], [])

    def show(self, totals: Totals, state: FooterState, now: datetime) -> None:
        """Show the totals; draws only when the text changes."""
        lines = (money_spans(totals, state.shown, state.budgets), state_spans(totals, state, now))
        if lines != self._lines:
            self._lines = lines
            self.draw()

    def draw(self) -> None:
        """Show as many parts of each line as fit."""
        self.update(Content("\n").join(map(self._fit_line, self._lines)), layout=False)

    def _fit_line(self, parts: list[list[Span]]) -> Content:
        """Join the parts that fit; the first one is truncated rather than left out."""
        line = Content()
        for spans in parts:
            part = Content.assemble(*((span, _style(name)) for span, name in spans))
            separator = Content.styled(_SEPARATOR, _style("muted")) if line else Content()
            if line.cell_length + separator.cell_length + part.cell_length <= self.size.width:
                line = Content.assemble(line, separator, part)
            elif not line:
                line = part.truncate(self.size.width, ellipsis=True)
        return line


def _style(style_class: str) -> str:
    return f".cost-footer--{style_class}"


def money_spans(
    totals: Totals, shown: Totals | None = None, budgets: Sequence[BudgetUse] = ()
) -> list[list[Span]]:
    """Return the parts of the first line, the most important first.

    `shown` are the totals of the jobs that a filter shows, which stand before those of all.
    """
    found = shown or Totals()

    def part(name: str, usd: Decimal, usd_found: Decimal, style: str = "plain") -> list[Span]:
        if shown is None:
            return [(f"{name} ", "muted"), (text.money(usd), style)]
        amounts = (text.money(usd_found), style), (f" of {text.money(usd)}", "muted")
        return [(f"{name} ", "muted"), *amounts]

    gauges = {use: [*gauge_spans(use), limit_span(use)] for use in budgets[:_MAX_BUDGETS]}
    parts = [
        *(gauge for use, gauge in gauges.items() if use.warns),
        part("spent", totals.spent, found.spent, "money"),
        part("in flight", totals.in_flight, found.in_flight),
        *(gauge for use, gauge in gauges.items() if not use.warns),
        part("failed", totals.failed, found.failed, "failed"),
        part("today", totals.today, found.today),
    ]
    parts += [
        part(kind, usd, found.by_kind.get(kind, ZERO))
        for kind, usd in sorted(totals.by_kind.items())
    ]
    if set(totals.by_profile) - {""}:
        parts += [
            part(text.profile_name(name), usd, found.by_profile.get(name, ZERO))
            for name, usd in sorted(totals.by_profile.items())
        ]
    batches = {name: usd for name, usd in totals.by_batch.items() if name}
    parts += [
        part(f"{name}/", usd, found.by_batch.get(name, ZERO))
        for name, usd in sorted(batches.items(), key=lambda item: (-item[1], item[0]))
    ]
    if totals.failed:
        parts.append([("failed jobs may not be billed", "muted")])
    if totals.unpriced:
        parts.append([(f"{text.count(totals.unpriced, 'job')} without a price", "muted")])
    return parts


def state_spans(totals: Totals, state: FooterState, now: datetime) -> list[list[Span]]:
    """Return the parts of the second line, the most important first."""
    parts: list[list[Span]] = []
    if state.marked:
        hidden = f" ({state.marked_hidden} hidden)" if state.marked_hidden else ""
        parts.append([(f"{state.marked} marked{hidden}", "warning")])
    if state.unread:
        parts.append([(f"{state.unread:,} unread", "plain")])
    if state.paused:
        parts.append([("‖ paused", "warning")])
    if state.key_missing:
        parts.append([("API key missing", "error"), (" (ctrl+p: API key)", "muted")])
    parts += _polling_spans(totals, state, now)
    if state.hidden:
        parts.append([(f"{state.hidden} hidden by the filter", "warning")])
    parts.append(count_spans(totals))
    if failures := reasons.counts(totals.failures):
        parts.append([(f"failed: {failures}", "failed")])
    if state.progress:
        parts.append([(state.progress, "plain")])
    if state.notification_summary:
        parts.append([(f"notify: {state.notification_summary}", "muted")])
    return parts


def _polling_spans(totals: Totals, state: FooterState, now: datetime) -> list[list[Span]]:
    """Return who polls, and how that goes."""
    if state.polled_elsewhere:
        parts: list[list[Span]] = [[("another kling-tui is polling", "succeeded")]]
    else:
        parts = _endpoint_spans(_known_statuses(state), now)
    if state.failing_elsewhere:
        parts.append([(_failing_message(state.failing_elsewhere, totals), "error")])
    return parts


def _known_statuses(state: FooterState) -> dict[Source, EndpointStatus]:
    """Return the statuses, without those that only say that the key is missing."""
    return {
        source: status
        for source, status in state.endpoint_statuses.items()
        if not (state.key_missing and status.refusal is ErrorKind.NO_KEY)
    }


def _endpoint_spans(
    endpoint_statuses: Mapping[Source, EndpointStatus], now: datetime
) -> list[list[Span]]:
    """Return one part where all endpoints are fine, else one for each that is not.

    A profile whose endpoints are all in the same state has one part.
    """
    statuses = endpoint_statuses.values()
    if not any(status.health in _PROBLEM_STYLES for status in statuses):
        healthy = any(status.health is Health.HEALTHY for status in statuses)
        return [[("gateway OK", "succeeded") if healthy else ("gateway idle", "muted")]]
    named: dict[str, EndpointStatus] = {}
    profiles = {source.profile for source in endpoint_statuses}
    for source, name in zip(endpoint_statuses, text.by_source_name(endpoint_statuses), strict=True):
        states_in_profile = {
            (status.health, status.refusal)
            for other, status in endpoint_statuses.items()
            if other.profile == source.profile
        }
        if len(states_in_profile) == 1:
            name = text.profile_name(source.profile) if len(profiles) > 1 else _ALL_ENDPOINTS
        named.setdefault(name, endpoint_statuses[source])
    return [
        [(_endpoint_message(name, status, now), _PROBLEM_STYLES[status.health])]
        for name, status in named.items()
        if status.health in _PROBLEM_STYLES
    ]


def _failing_message(failing: Collection[Source], totals: Totals) -> str:
    """Return whose polls fail that other processes make; they do not share more about that."""
    if all(source in failing for source, count in totals.live.items() if count):
        return "all polls fail"
    names = text.by_source_name(dict.fromkeys(sorted(failing)))
    return f"all polls of {', '.join(names)} fail"


def _endpoint_message(name: str, status: EndpointStatus, now: datetime) -> str:
    match status.health:
        case Health.THROTTLED:
            times = f"{status.slowdown:.1g}× " if status.slowdown >= 1.5 else ""
            message = f"{name} rate-limited (429), polling {times}slower"
        case Health.UNAUTHORIZED:
            refusal = _REFUSALS[status.refusal or ErrorKind.UNAUTHORIZED]
            message = refusal if name == _ALL_ENDPOINTS else f"{name} {refusal}"
        case _:
            message = f"{name} unreachable for {text.age(status.since, now)}"
    if status.until and status.until > now:
        message += f", retry at {text.time_of_day(status.until)}"
    return message


def seconds_until_change(endpoint_statuses: Mapping[Source, EndpointStatus]) -> float | None:
    """Return after how many seconds the text about the gateway may change; None: never."""
    statuses = endpoint_statuses.values()
    return 1.0 if any(status.health in _PROBLEM_STYLES for status in statuses) else None
