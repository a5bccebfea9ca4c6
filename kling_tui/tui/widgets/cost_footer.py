"""The two lines below the table: what it all costs, and how the gateway answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual.content import Content
from textual.style import Style

from kling_tui.costs import Totals
from kling_tui.formatting import text
from kling_tui.formatting.columns import Span
from kling_tui.jobs import Source, Status
from kling_tui.polling.endpoint_status import EndpointStatus, Health
from kling_tui.tui.widgets.fitted_text import ResponsiveText

_LOOKS = {Health.THROTTLED: "warning", Health.UNAUTHORIZED: "error", Health.UNREACHABLE: "error"}
_APART = "  ·  "


@dataclass(frozen=True, slots=True)
class FooterState:
    """What the footer says, beside the totals."""

    endpoint_statuses: Mapping[Source, EndpointStatus]
    hidden: int = 0
    """Jobs that the filter hides."""
    paused: bool = False
    polled_elsewhere: bool = False
    """Whether other processes poll the sources of all unfinished jobs."""
    marked: int = 0
    marked_hidden: int = 0
    """Those of the marked jobs that the filter hides."""
    notification_summary: str = ""
    """How ends are told."""


class CostFooter(ResponsiveText):
    """Shows totals of all jobs, the hidden ones too."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"cost-footer--{look}"
        for look in ("plain", "muted", "money", "running", "queued", "succeeded", "failed",
                     "unknown", "warning", "error")
    }  # fmt: skip

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - as in Widget
        super().__init__(id=id)
        self._shown: tuple[list[list[Span]], list[list[Span]]] = ([], [])

    def show(self, totals: Totals, tally: FooterState, now: datetime) -> None:
        """Show the totals; draws only when the text differs from what is on screen."""
        shown = (money_spans(totals), state_spans(totals, tally, now))
        if shown != self._shown:
            self._shown = shown
            self.draw()

    def draw(self) -> None:
        """Put together what fits."""
        lines = [self._line(parts) for parts in self._shown]
        self.update(Content("\n").join(lines), layout=False)

    def _line(self, parts: list[list[Span]]) -> Content:
        """Join the parts that fit, the first ones first."""
        line = Content()
        for part in parts:
            piece = Content.assemble(*((words, self._style(look)) for words, look in part))
            apart = Content.styled(_APART, self._style("muted")) if line else Content()
            if line.cell_length + apart.cell_length + piece.cell_length <= self.size.width:
                line = Content.assemble(line, apart, piece)
            elif not line:
                line = piece.truncate(self.size.width, ellipsis=True)
        return line

    def _style(self, look: str) -> Style:
        return self.get_visual_style(f"cost-footer--{look}", partial=True)


def money_spans(totals: Totals) -> list[list[Span]]:
    """Return what was spent, in the order in which a narrow screen keeps it."""
    parts: list[list[Span]] = [
        [("spent ", "muted"), (text.money(totals.spent), "money")],
        [("in flight ", "muted"), (text.money(totals.in_flight), "plain")],
        [("failed ", "muted"), (text.money(totals.failed), "failed")],
        [("today ", "muted"), (text.money(totals.today), "plain")],
    ]
    parts += [
        [(f"{kind} ", "muted"), (text.money(usd), "plain")]
        for kind, usd in sorted(totals.by_kind.items())
    ]
    if set(totals.by_profile) - {""}:
        parts += [
            [(f"{text.profile_name(name)} ", "muted"), (text.money(usd), "plain")]
            for name, usd in sorted(totals.by_profile.items())
        ]
    if totals.failed:
        parts.append([("failed jobs may not be billed", "muted")])
    if totals.unpriced:
        parts.append([(f"{text.count(totals.unpriced, 'job')} without a price", "muted")])
    return parts


def state_spans(totals: Totals, tally: FooterState, now: datetime) -> list[list[Span]]:
    """Return how the gateway answers and how many jobs are in each state, faults first."""
    parts: list[list[Span]] = []
    if tally.marked:
        hidden = f" ({tally.marked_hidden} hidden)" if tally.marked_hidden else ""
        parts.append([(f"{tally.marked} marked{hidden}", "warning")])
    if tally.paused:
        parts.append([("‖ paused", "warning")])
    if tally.polled_elsewhere:
        parts.append([("another kling-tui asks the gateway", "succeeded")])
    else:
        parts += _conditions(tally.endpoint_statuses, now)
    if tally.hidden:
        parts.append([(f"{tally.hidden} hidden by the filter", "warning")])
    parts.append(counts(totals))
    if tally.notification_summary:
        parts.append([(f"notify: {tally.notification_summary}", "muted")])
    return parts


def counts(totals: Totals) -> list[Span]:
    """Return how many jobs are in each state, those with none left out."""
    running = totals.counts[Status.RUNNING] + totals.counts[Status.QUEUED] - totals.in_queue
    numbers = (
        (running, "running", "running"),
        (totals.in_queue, "queued", "queued"),
        (totals.counts[Status.UNKNOWN], "unknown", "unknown"),
        (totals.counts[Status.SUCCEEDED], "done", "succeeded"),
        (totals.counts[Status.FAILED], "failed", "failed"),
    )
    spans: list[Span] = []
    for number, word, look in numbers:
        if number:
            spans += [(", " if spans else "", "muted"), (f"{number:,} {word}", look)]
    return spans or [("no jobs", "muted")]


def _conditions(conditions: Mapping[Source, EndpointStatus], now: datetime) -> list[list[Span]]:
    """Return one part where all answers are alike, else one for each that does not answer.

    Where all of a profile answer alike, they share one.
    """
    if not any(each.health in _LOOKS for each in conditions.values()):
        answers = any(each.health is Health.HEALTHY for each in conditions.values())
        words = "gateway answers" if answers else "gateway not asked yet"
        return [[(words, "succeeded" if answers else "muted")]]
    parts: dict[str, EndpointStatus] = {}
    profiles = {source.profile for source in conditions}
    for source, name in zip(conditions, text.by_source_name(conditions), strict=True):
        own = {each.health for of, each in conditions.items() if of.profile == source.profile}
        if len(own) == 1:
            name = text.profile_name(source.profile) if len(profiles) > 1 else "gateway"
        parts.setdefault(name, conditions[source])
    return [
        [(f"{name} {_condition(each, now)}", _LOOKS[each.health])]
        for name, each in parts.items()
        if each.health in _LOOKS
    ]


def seconds_until_change(conditions: Mapping[Source, EndpointStatus]) -> float | None:
    """Return after how many seconds the words on the gateway may change by themselves."""
    return 1.0 if any(each.health in _LOOKS for each in conditions.values()) else None


def _condition(condition: EndpointStatus, now: datetime) -> str:
    match condition.health:
        case Health.THROTTLED:
            times = f"{condition.slowdown:.1g}× " if condition.slowdown >= 1.5 else ""
            words = f"slowed, asked {times}less often"
        case Health.UNAUTHORIZED:
            words = "refused"
        case _:
            words = f"away for {text.age(condition.since, now)}"
    if condition.until and condition.until > now:
        words += f", asked again at {text.time_of_day(condition.until)}"
    return words
