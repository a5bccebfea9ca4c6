"""What is measured, what it must show, and the table of what it shows."""

from collections.abc import Iterable
from dataclasses import dataclass

STOCK_TABLE = "stock `DataTable`"
STOCK_OUTPUT = "ours, stock output"
HELLO = "minimal Textual app"
HEADING = ("figure", "ours", "reference", "ratio", "bar", "met?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What a figure must show beside one of its references."""

    of: str = ""
    """That reference."""
    most: float | None = None
    """In the figure's unit."""
    most_times: float | None = None
    """As a part or a multiple of the reference."""
    least_times: float | None = None
    """The same where more is better."""


BARS: dict[str, Bar | None] = {
    "bytes/s, 20 jobs ticking": Bar(of=STOCK_TABLE, most=300, most_times=1 / 50),
    "bytes/s, all jobs ended": Bar(of=HELLO, most=0),
    "CPU, all jobs ended": Bar(of="htop", most=0.3, most_times=1.0),
    "CPU, 20 jobs ticking": Bar(of="htop", most=1.5, most_times=1.0),
    "CPU, 1,000 changes/s in 10,000 rows": None,
    "bytes/s, 1,000 changes/s in 10,000 rows": None,
    "bytes for a cursor key, table alone": Bar(of=STOCK_TABLE, most=450),
    "bytes for a cursor key, with the detail": Bar(of=STOCK_OUTPUT, most=450),
    "bytes for a cursor key, held down": None,
    "key to paint, 10 jobs": None,
    "key to paint, 10,000 jobs": Bar(of="with 10", most_times=1.5),
    "bytes of the first screen": Bar(of=STOCK_OUTPUT, most=10_000),
    "first paint, 10 jobs": Bar(of=HELLO, most_times=1.3),
    "first paint, 10,000 jobs": Bar(of="with 10", most_times=2.0),
    "memory, 10 jobs": None,
    "memory, 10,000 jobs": Bar(of="with 10", most_times=2.0),
    "polls/s, 64 at once": Bar(of="bare httpx at its best", least_times=0.9),
    "1,000 live jobs every 10 s: latest poll": Bar(of="cadence", most=1.0),
    "stall, saving 10,000 jobs": Bar(of=HELLO, most=50),
    "stall, 10,000 jobs, 1,000 of them live": Bar(of=HELLO, most=50),
    "terminal that stops reading: stall": Bar(of=STOCK_OUTPUT, most=250),
    "terminal that stops reading: an end is saved": Bar(most=1.0),
    "terminal that stops reading: SIGTERM ends it": Bar(of=STOCK_OUTPUT, most=3.0),
    "loop's lag, 1,000 jobs, 100 live: p99": Bar(of=HELLO, most=5.0),
    "loop's lag, 1,000 jobs, 100 live: median": None,
    # What the program sends at most where it runs over SSH.
    "playing over 1 Mbit/s": Bar(most=100_000),
    "playing over 1 Mbit/s, key to answer: median": Bar(of="while it is paused", most=100),
    "playing over 1 Mbit/s, key to answer: worst": Bar(of="while it is paused", most=100),
    "`kling-tui --version`": Bar(of="`python -c pass`", most_times=3.0),
}
"""All figures by name, and the bar of each that has one."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured, beside the same thing of a reference."""

    name: str
    unit: str
    ours: float
    reference: float | None = None
    of: str = ""
    """What the reference is."""

    @property
    def bar(self) -> Bar | None:
        """The bar, where it is beside this reference."""
        bar = BARS[self.name]
        return bar if bar and bar.of == self.of else None

    @property
    def ratio(self) -> float | None:
        """Ours by the reference's."""
        return self.ours / self.reference if self.reference else None

    @property
    def met(self) -> bool | None:
        """Whether the bar is met as far as it can be told; None where there is none."""
        if (bar := self.bar) is None:
            return None
        kept = [bar.most is None or self.ours <= bar.most]
        if self.ratio is not None:
            kept.append(bar.most_times is None or self.ratio <= bar.most_times)
            kept.append(bar.least_times is None or self.ratio >= bar.least_times)
        return all(kept)

    @property
    def cells(self) -> tuple[str, ...]:
        """The figure's line of the table."""
        amount = "not installed" if self.reference is None else _amount(self.reference, self.unit)
        return (
            self.name,
            _amount(self.ours, self.unit),
            f"{amount} ({self.of})" if self.of else "",
            "" if self.ratio is None else _times(self.ratio),
            _words(self.bar, self.unit) if self.bar else "",
            {True: "yes", False: "**no**", None: ""}[self.met],
        )


def table(figures: Iterable[Figure]) -> str:
    """Return figures as a table in Markdown."""
    rows = [HEADING, ("---",) * len(HEADING), *(figure.cells for figure in figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _words(bar: Bar, unit: str) -> str:
    """Return a bar in words."""
    times = (("≤", bar.most_times), ("≥", bar.least_times))
    words = [f"{sign} {_times(value)}" for sign, value in times if value is not None]
    if bar.most is not None:
        words.append(f"≤ {_amount(bar.most, unit)}")
    return ", ".join(words)


def _amount(value: float, unit: str) -> str:
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def _times(ratio: float) -> str:
    return f"1/{1 / ratio:.0f}" if 0 < ratio < 0.1 else f"{ratio:.2f}"
