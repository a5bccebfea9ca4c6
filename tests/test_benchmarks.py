"""How figures of the benchmarks are judged and shown."""

from itertools import chain

import pytest

from tests.benchmarks.comparing import Comparison
from tests.benchmarks.figures import (
    BARE_HTTPX,
    HEADING,
    HELLO,
    STOCK_TABLE,
    TARGETS,
    Figure,
    markdown_table,
)

OUTPUT = "output, 20 live jobs"


@pytest.mark.parametrize(
    ("value", "reference", "met"),
    [(160, 12_000, True), (165, 9_000, True), (166, 20_000, False), (160, 7_000, False)],
)
def test_both_limits_of_a_target_must_be_met(value: float, reference: float, *, met: bool) -> None:
    """One limits the value, the other its ratio to the reference."""
    assert Figure(OUTPUT, "B/s", value, reference, STOCK_TABLE).met is met


@pytest.mark.parametrize(("value", "met"), [(149, False), (150, True), (200, True)])
def test_min_ratio(value: float, *, met: bool) -> None:
    """A rate must be a multiple of that of its reference."""
    assert Figure("poll throughput, 64 in flight", "/s", value, 100, BARE_HTTPX).met is met


def test_a_target_applies_beside_its_own_reference_only() -> None:
    """Beside other references there is nothing to meet."""
    assert Figure(OUTPUT, "B/s", 500, 26, "watch -n1 date").met is None


@pytest.mark.parametrize(("value", "met"), [(0.9, True), (1.1, False)])
def test_without_the_reference_the_absolute_limit_holds(value: float, *, met: bool) -> None:
    """A target without a reference limits the value alone."""
    assert Figure("terminal not reading: time to save a job's end", "s", value).met is met


def test_a_reference_that_is_not_installed_is_named() -> None:
    """The table shows what is missing."""
    figure = Figure("CPU, 20 ended jobs", "% of a core", 0.2, None, "htop")
    assert figure.met is None
    assert "not installed (htop)" in figure.cells


def test_there_is_no_ratio_to_a_reference_of_zero() -> None:
    """The absolute limit holds."""
    figures = [Figure("output, 20 ended jobs", "B/s", sent, 0, HELLO) for sent in (0, 1)]
    assert [(figure.ratio, figure.met) for figure in figures] == [(None, True), (None, False)]


def test_markdown_table() -> None:
    """A row is the figure, its reference, their ratio, the target and whether it is met."""
    figure = Figure(OUTPUT, "B/s", 241.4, 14_190, STOCK_TABLE)
    head, _, row = markdown_table(HEADING, [figure.cells]).splitlines()
    assert head == "| figure | ours | reference | ratio | target | met? |"
    cells = (
        OUTPUT,
        "241 B/s",
        f"14,190 B/s ({STOCK_TABLE})",
        "1/59",
        "≤ 1/50, ≤ 165 B/s",
        "**no**",
    )
    assert row == f"| {' | '.join(cells)} |"


def test_a_comparison_shows_both_values_and_both_ratios_to_the_reference() -> None:
    """So that one sees whether the machine was slower in one of the runs."""
    before, now = (
        Figure(OUTPUT, "B/s", value, reference, STOCK_TABLE)
        for value, reference in ((200, 10_000), (150, 12_000))
    )
    ratios = ("0.75", STOCK_TABLE, "1/50", "1/80")
    assert Comparison(before, now).cells == (OUTPUT, "200 B/s", "150 B/s", *ratios)


def test_every_target_has_a_limit() -> None:
    """No target is met by every value."""
    for target in chain.from_iterable(TARGETS.values()):
        assert {target.max, target.max_ratio, target.min_ratio} != {None}
