"""How the benchmarks judge what they measure."""

import pytest

from tests.benchmarks.figures import BARS, HELLO, STOCK_TABLE, Figure, table

TICKING = "bytes/s, 20 jobs ticking"


@pytest.mark.parametrize(
    ("ours", "reference", "met"),
    [(200, 12_000, True), (300, 15_000, True), (301, 20_000, False), (200, 9_000, False)],
)
def test_a_bar_may_have_two_parts(ours: float, reference: float, *, met: bool) -> None:
    """Both what it is by itself and what it is beside the reference must be met."""
    assert Figure(TICKING, "B/s", ours, reference, STOCK_TABLE).met is met


@pytest.mark.parametrize(("ours", "met"), [(89, False), (90, True), (200, True)])
def test_more_may_be_better(ours: float, *, met: bool) -> None:
    """A rate must not be much below that of its reference."""
    assert Figure("polls/s, 64 at once", "/s", ours, 100, "bare httpx at its best").met is met


def test_a_bar_is_beside_one_reference() -> None:
    """The other references only show what is usual."""
    assert Figure(TICKING, "B/s", 500, 26, "watch -n1 date").met is None


@pytest.mark.parametrize(("ours", "met"), [(0.2, True), (0.4, False)])
def test_a_reference_may_be_missing(ours: float, *, met: bool) -> None:
    """What is not installed is said to be, and the rest of the bar holds."""
    figure = Figure("CPU, all jobs ended", "% of a core", ours, None, "htop")
    assert figure.met is met
    assert "not installed (htop)" in figure.cells


def test_a_reference_of_nothing() -> None:
    """Beside a program that sends nothing there is no ratio, but the bar holds."""
    figures = [Figure("bytes/s, all jobs ended", "B/s", sent, 0, HELLO) for sent in (0, 1)]
    assert [(figure.ratio, figure.met) for figure in figures] == [(None, True), (None, False)]


def test_the_table() -> None:
    """A line tells the figure, its reference, their ratio, the bar and whether it is met."""
    figure = Figure(TICKING, "B/s", 241.4, 14_190, STOCK_TABLE)
    head, _, line = table([figure]).splitlines()
    assert head == "| figure | ours | reference | ratio | bar | met? |"
    assert (
        line
        == f"| {TICKING} | 241 B/s | 14,190 B/s ({STOCK_TABLE}) | 1/59 | ≤ 1/50, ≤ 300 B/s | yes |"
    )


def test_every_bar_asks_for_something() -> None:
    """No bar is met by whatever is measured."""
    for bar in filter(None, BARS.values()):
        assert {bar.most, bar.most_times, bar.least_times} != {None}
