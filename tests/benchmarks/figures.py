"""A figure, what it is measured by, and the table of them."""

from collections.abc import Iterable
from dataclasses import dataclass

HEADING = ("figure", "ours", "reference", "ratio", "bar", "met?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One thing that was measured, beside the same thing of a reference."""

    name: str
    unit: str
    ours: float
    reference: float | None = None
    of: str = ""
    """What the reference is."""
    most: float | None = None
    """The bar, in the figure's unit."""
    most_times: float | None = None
    """The bar, as a part or a multiple of the reference."""
    least_times: float | None = None
    """The bar where more is better."""

    @property
    def ratio(self) -> float | None:
        """Ours by the reference's."""
        return self.ours / self.reference if self.reference else None

    @property
    def met(self) -> bool | None:
        """Whether every bar is met; None where there is none."""
        ratio = self.ratio
        kept = [
            None if self.most is None else self.ours <= self.most,
            None if None in (ratio, self.most_times) else ratio <= self.most_times,  # type: ignore[operator]
            None if None in (ratio, self.least_times) else ratio >= self.least_times,  # type: ignore[operator]
        ]
        told = [each for each in kept if each is not None]
        return all(told) if told else None

    @property
    def bar(self) -> str:
        """The bars in words."""
        bars = []
        if self.most_times is not None:
            bars.append(f"≤ {_times(self.most_times)}")
        if self.least_times is not None:
            bars.append(f"≥ {_times(self.least_times)}")
        if self.most is not None:
            bars.append(f"≤ {_amount(self.most, self.unit)}")
        return ", ".join(bars)

    @property
    def cells(self) -> tuple[str, ...]:
        """The figure's line of the table."""
        reference = "" if self.reference is None else _amount(self.reference, self.unit)
        ratio = "" if self.ratio is None else _times(self.ratio)
        met = {True: "yes", False: "**no**", None: ""}[self.met]
        ours = _amount(self.ours, self.unit)
        return self.name, ours, f"{reference} {self.of}".strip(), ratio, self.bar, met


def table(figures: Iterable[Figure]) -> str:
    """Return figures as a table in Markdown."""
    rows = [HEADING, ("---",) * len(HEADING), *(figure.cells for figure in figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _amount(value: float, unit: str) -> str:
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def _times(ratio: float) -> str:
    return f"1/{1 / ratio:.0f}" if 0 < ratio < 0.1 else f"{ratio:.2f}"
