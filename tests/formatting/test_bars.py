"""Bars made of characters."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.formatting.bars import (
    ASCII_FILLS,
    UTF8_FILLS,
    Fills,
    Part,
    end_of_axis,
    horizontal_bar,
    vertical_bar,
)

STYLES = ("succeeded", "running", "failed")
AMOUNTS = st.lists(st.decimals(0, 1000, places=2), min_size=3, max_size=3)


def parts(*amounts: object) -> list[Part]:
    """Return spent, in flight and failed."""
    return list(zip(map(Decimal, map(str, amounts)), STYLES, strict=True))


def drawn(spans: Sequence[tuple[str, str]]) -> str:
    """Return the text of a bar."""
    return "".join(text for text, _ in spans)


@pytest.mark.parametrize(
    ("amounts", "bar"),
    [
        ((10, 0, 0), "██████████"),
        ((5, 0, 0), "█████"),
        (("5.5", 0, 0), "█████▌"),
        (("0.01", 0, 0), "▏"),
        ((0, 0, 0), ""),
        ((5, 3, 2), "█████▒▒▒░░"),
        ((9, "0.01", "0.01"), "████████▒░"),
        ((0, 0, 4), "░░░░"),
    ],
)
def test_horizontal_bars(amounts: tuple[object, ...], bar: str) -> None:
    """Eighths of a cell where only one part is seen; each part that is not nothing is seen."""
    assert drawn(horizontal_bar(parts(*amounts), Decimal(10), 10, UTF8_FILLS)) == bar


def test_ascii_bars_have_whole_cells() -> None:
    """An amount too small for one is seen all the same."""
    assert drawn(horizontal_bar(parts(5, 3, 2), Decimal(10), 10, ASCII_FILLS)) == "#####===.."
    assert drawn(horizontal_bar(parts("0.01", 0, 0), Decimal(10), 10, ASCII_FILLS)) == "#"
    assert drawn(vertical_bar(parts("0.01", 0, 0), Decimal(10), 10, ASCII_FILLS)) == "#"


def test_vertical_bars_grow_by_eighths() -> None:
    """The cells are given from below."""
    assert drawn(vertical_bar(parts("2.5", 0, 0), Decimal(10), 10, UTF8_FILLS)) == "██▄"
    assert drawn(vertical_bar(parts(2, 1, 1), Decimal(10), 10, UTF8_FILLS)) == "██▒░"


@settings(max_examples=200)
@given(AMOUNTS, st.integers(3, 40), st.sampled_from([UTF8_FILLS, ASCII_FILLS]))
def test_no_bar_is_longer_than_its_cells(amounts: list[Decimal], cells: int, fill: Fills) -> None:
    """And every part that is not nothing is seen, in its style, without another's fill."""
    maximum = sum(amounts) or Decimal(1)
    for draw in (horizontal_bar, vertical_bar):
        spans = draw(parts(*amounts), maximum, cells, fill)
        assert len(drawn(spans)) <= cells
        assert {style for _, style in spans} == {
            style for amount, style in parts(*amounts) if amount
        }
        for text, style in spans:
            others = {fill.of(other) for other in STYLES if other != style}
            assert not others & set(text)


def test_parts_differ_without_colours() -> None:
    """Each has a fill of its own."""
    for fill in (UTF8_FILLS, ASCII_FILLS):
        assert len(set(map(fill.of, STYLES))) == len(STYLES)
    assert "".join(ASCII_FILLS.by_style.values()).isascii()


@pytest.mark.parametrize(
    ("maximum", "end"),
    [
        ("0", "1"),
        ("0.35", "0.4"),
        ("1", "1"),
        ("1.01", "1.2"),
        ("12.15", "16"),
        ("1.7", "2"),
        ("7", "8"),
        ("9.5", "10"),
        ("99", "100"),
    ],
)
def test_an_axis_ends_at_a_round_number(maximum: str, end: str) -> None:
    """At the highest bar, or a little above it."""
    assert end_of_axis(Decimal(maximum)) == Decimal(end)
