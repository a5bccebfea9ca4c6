"""The figures that are measured, their targets, and the table of results."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STOCK_TABLE = "stock `DataTable`"
STOCK_OUTPUT = "ours, stock output"
HELLO = "minimal Textual app"
TEN_JOBS = "10 jobs"
HUNDRED_JOBS = "100 jobs"
TEN_THOUSAND_JOBS = "10,000 jobs"
FIRST_SCREEN = "first screen"
BARE_HTTPX = "bare httpx at its best"
POLL_INTERVAL = "poll interval"
PAUSED = "paused"
FEW_POLLS = "after 10,000 polls"
HEADING = ("figure", "ours", "reference", "ratio", "target", "met?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Limits that a figure must keep, beside one of its references."""

    reference: str = ""
    """The name of that reference."""
    max: float | None = None
    """In the figure's unit."""
    max_ratio: float | None = None
    """The figure divided by the reference."""
    min_ratio: float | None = None
    """The same, for figures of which more is better."""


TARGETS: dict[str, tuple[Target, ...]] = {
    "output, 20 live jobs": (Target(reference=STOCK_TABLE, max=165, max_ratio=1 / 50),),
    "output, 20 ended jobs": (Target(reference=HELLO, max=0),),
    "CPU, 20 ended jobs": (Target(reference=HELLO, max_ratio=1.0),),
    "CPU, 20 live jobs": (
        Target(reference=HELLO, max_ratio=8),
        Target(reference=STOCK_TABLE, max_ratio=0.4),
    ),
    "CPU, 1,000 changes/s in 10,000 rows": (),
    "output, 1,000 changes/s in 10,000 rows": (),
    "output per cursor key, table only": (Target(reference=STOCK_TABLE, max=450),),
    "output per cursor key, table and detail": (Target(reference=STOCK_OUTPUT, max=870),),
    "output per cursor key, held down": (),
    "key latency, 10 jobs": (Target(reference=STOCK_TABLE, max_ratio=3),),
    "key latency, 10,000 jobs": (Target(reference=TEN_JOBS, max_ratio=1.5),),
    "CPU per cursor key": (Target(reference=STOCK_TABLE, max_ratio=2.5),),
    "output of the first screen": (Target(reference=STOCK_OUTPUT, max=10_000),),
    "output of a resize": (Target(reference=FIRST_SCREEN, max_ratio=1.2),),
    "output of opening the filter": (Target(max=1_200),),
    "output of leaving the enlarged detail": (Target(max=2_000),),
    # A round trip and 100 ms.
    "opening the filter: time to the answer over a slow line": (Target(max=250),),
    "leaving the enlarged detail: time to the answer over a slow line": (Target(max=250),),
    "opening the cost screen, 10,000 jobs": (Target(reference=HUNDRED_JOBS, max_ratio=1.5),),
    "opening the timeline, 10,000 jobs": (Target(reference=HUNDRED_JOBS, max_ratio=1.5),),
    "opening the clip wall, 10,000 jobs": (Target(reference=HUNDRED_JOBS, max_ratio=1.5),),
    "time to first paint, 10 jobs": (Target(reference=HELLO, max_ratio=1.5),),
    "time to first paint, 10,000 jobs, 10 live": (Target(reference=TEN_JOBS, max_ratio=1.2),),
    "time to first paint, 10,000 new jobs": (Target(reference=TEN_JOBS, max_ratio=1.5),),
    "memory, 10 jobs": (Target(reference=HELLO, max_ratio=1.7),),
    "memory, 10,000 jobs": (Target(reference=HELLO, max_ratio=2.2),),
    "memory after 100,000 polls (with --quick: 20,000)": (
        Target(reference=FEW_POLLS, max_ratio=1.05),
    ),
    "poll throughput, 64 in flight": (Target(reference=BARE_HTTPX, min_ratio=1.5),),
    "1,000 jobs polled every 10 s: longest delay": (Target(reference=POLL_INTERVAL, max=1.0),),
    "longest event loop stall, saving 10,000 jobs": (Target(reference=HELLO, max=50),),
    "longest event loop stall, 10,000 jobs, 1,000 live": (Target(reference=HELLO, max=16),),
    "longest event loop stall, the same during start": (Target(reference=HELLO, max=50),),
    "terminal not reading: longest event loop stall": (Target(reference=STOCK_OUTPUT, max=250),),
    "terminal not reading: time to save a job's end": (Target(max=1.0),),
    "terminal not reading: time to exit on SIGTERM": (Target(reference=STOCK_OUTPUT, max=3.0),),
    "event loop lag, 1,000 jobs, 100 live: p99": (Target(reference=HELLO, max=5.0),),
    "event loop lag, 1,000 jobs, 100 live: median": (),
    # The limit is what the program sends at most where it runs over SSH.
    "video over 1 Mbit/s: output": (Target(max=100_000),),
    "video over 1 Mbit/s: median key latency": (Target(reference=PAUSED, max=100),),
    "video over 1 Mbit/s: longest key latency": (Target(reference=PAUSED, max=100),),
    "`kling-tui --version`": (Target(reference="`python -c pass`", max_ratio=3.0),),
    "100,000 jobs, 1,000 live: time to first paint": (),
    "100,000 jobs, 1,000 live: key latency": (),
    "100,000 jobs, 1,000 live: memory": (),
    "100,000 jobs, 1,000 live: time to save": (),
}
"""All figures by name, with their targets; none beside the references that are only shown."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value, beside the same measure of a reference."""

    name: str
    unit: str
    value: float
    reference_value: float | None = None
    reference: str = ""
    """The name of the reference."""

    @property
    def target(self) -> Target | None:
        """The target, if it is set beside this reference."""
        targets = (each for each in TARGETS[self.name] if each.reference == self.reference)
        return next(targets, None)

    @property
    def ratio(self) -> float | None:
        """The value divided by the reference's."""
        return self.value / self.reference_value if self.reference_value else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met, as far as there is a ratio; None without a target."""
        if (target := self.target) is None:
            return None
        limits = [target.max is None or self.value <= target.max]
        if self.ratio is not None:
            limits.append(target.max_ratio is None or self.ratio <= target.max_ratio)
            limits.append(target.min_ratio is None or self.ratio >= target.min_ratio)
        return all(limits)

    @property
    def cells(self) -> tuple[str, ...]:
        """The figure's row of the table."""
        if self.reference_value is None:
            amount = "not installed"
        else:
            amount = format_amount(self.reference_value, self.unit)
        return (
            self.name,
            format_amount(self.value, self.unit),
            f"{amount} ({self.reference})" if self.reference else "",
            "" if self.ratio is None else format_ratio(self.ratio),
            _format_target(self.target, self.unit) if self.target else "",
            {True: "yes", False: "**no**", None: ""}[self.met],
        )


def markdown_table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    rows = [heading, ("---",) * len(heading), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _format_target(target: Target, unit: str) -> str:
    ratios = (("≤", target.max_ratio), ("≥", target.min_ratio))
    limits = [f"{sign} {format_ratio(ratio)}" for sign, ratio in ratios if ratio is not None]
    if target.max is not None:
        limits.append(f"≤ {format_amount(target.max, unit)}")
    return ", ".join(limits)


def format_amount(value: float, unit: str) -> str:
    """Return a value and its unit, with about three digits."""
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def format_ratio(ratio: float) -> str:
    """Return a ratio; a small one as a fraction, such as ``1/24``."""
    return f"1/{1 / ratio:.0f}" if 0 < ratio < 0.1 else f"{ratio:.2f}"
