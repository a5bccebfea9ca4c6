"""The figures that are measured, their targets, and the table of results."""

from collections.abc import Iterable
from dataclasses import dataclass

STOCK_TABLE = "stock `DataTable`"
STOCK_OUTPUT = "ours, stock output"
HELLO = "minimal Textual app"
TEN_JOBS = "10 jobs"
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


TARGETS: dict[str, Target | None] = {
    "output, 20 live jobs": Target(reference=STOCK_TABLE, max=300, max_ratio=1 / 50),
    "output, 20 ended jobs": Target(reference=HELLO, max=0),
    "CPU, 20 ended jobs": Target(reference="htop", max=0.3, max_ratio=1.0),
    "CPU, 20 live jobs": Target(reference="htop", max=1.5, max_ratio=1.0),
    "CPU, 1,000 changes/s in 10,000 rows": None,
    "output, 1,000 changes/s in 10,000 rows": None,
    "output per cursor key, table only": Target(reference=STOCK_TABLE, max=450),
    "output per cursor key, table and detail": Target(reference=STOCK_OUTPUT, max=450),
    "output per cursor key, held down": None,
    "key latency, 10 jobs": None,
    "key latency, 10,000 jobs": Target(reference=TEN_JOBS, max_ratio=1.5),
    "output of the first screen": Target(reference=STOCK_OUTPUT, max=10_000),
    "time to first paint, 10 jobs": Target(reference=HELLO, max_ratio=1.3),
    "time to first paint, 10,000 jobs": Target(reference=TEN_JOBS, max_ratio=2.0),
    "memory, 10 jobs": None,
    "memory, 10,000 jobs": Target(reference=TEN_JOBS, max_ratio=2.0),
    "memory after 100,000 polls (with --quick: 20,000)": Target(
        reference=FEW_POLLS, max_ratio=1.05
    ),
    "poll throughput, 64 in flight": Target(reference=BARE_HTTPX, min_ratio=1.5),
    "1,000 jobs polled every 10 s: longest delay": Target(reference=POLL_INTERVAL, max=1.0),
    "longest event loop stall, saving 10,000 jobs": Target(reference=HELLO, max=50),
    "longest event loop stall, 10,000 jobs, 1,000 live": Target(reference=HELLO, max=50),
    "terminal not reading: longest event loop stall": Target(reference=STOCK_OUTPUT, max=250),
    "terminal not reading: time to save a job's end": Target(max=1.0),
    "terminal not reading: time to exit on SIGTERM": Target(reference=STOCK_OUTPUT, max=3.0),
    "event loop lag, 1,000 jobs, 100 live: p99": Target(reference=HELLO, max=5.0),
    "event loop lag, 1,000 jobs, 100 live: median": None,
    # The limit is what the program sends at most where it runs over SSH.
    "video over 1 Mbit/s: output": Target(max=100_000),
    "video over 1 Mbit/s: median key latency": Target(reference=PAUSED, max=100),
    "video over 1 Mbit/s: longest key latency": Target(reference=PAUSED, max=100),
    "`kling-tui --version`": Target(reference="`python -c pass`", max_ratio=3.0),
}
"""All figures by name, with their targets."""


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
        target = TARGETS[self.name]
        return target if target and target.reference == self.reference else None

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
            amount = _format_amount(self.reference_value, self.unit)
        return (
            self.name,
            _format_amount(self.value, self.unit),
            f"{amount} ({self.reference})" if self.reference else "",
            "" if self.ratio is None else _format_ratio(self.ratio),
            _format_target(self.target, self.unit) if self.target else "",
            {True: "yes", False: "**no**", None: ""}[self.met],
        )


def markdown_table(figures: Iterable[Figure]) -> str:
    """Return figures as a table in Markdown."""
    rows = [HEADING, ("---",) * len(HEADING), *(figure.cells for figure in figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _format_target(target: Target, unit: str) -> str:
    ratios = (("≤", target.max_ratio), ("≥", target.min_ratio))
    limits = [f"{sign} {_format_ratio(ratio)}" for sign, ratio in ratios if ratio is not None]
    if target.max is not None:
        limits.append(f"≤ {_format_amount(target.max, unit)}")
    return ", ".join(limits)


def _format_amount(value: float, unit: str) -> str:
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def _format_ratio(ratio: float) -> str:
    return f"1/{1 / ratio:.0f}" if 0 < ratio < 0.1 else f"{ratio:.2f}"
