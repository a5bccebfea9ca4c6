"""Pictures in cells, and how much of one the line bears."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Size

from kling_tui.previews import Frame
from kling_tui.tui.video.bandwidth import BandwidthBudget
from kling_tui.tui.video.half_blocks import (
    fit_size,
    frame_to_lines,
    keep_similar_cells,
    render_line,
)
from kling_tui.tui.video.playhead import Playhead

RED, BLUE, GREY = b"\xff\x00\x00", b"\x00\x00\xff", b"\x84\x84\x84"
SIDES = st.integers(1, 10_000)


def frame(*rows: bytes) -> Frame:
    """Return a frame of rows of pixels."""
    return Frame(0.0, None, len(rows[0]) // 3, len(rows), b"".join(rows))


@pytest.mark.parametrize(
    ("video", "room", "cells"),
    [
        ((1280, 720), (120, 40), (120, 34)),
        ((1280, 720), (200, 20), (71, 20)),
        ((720, 1280), (120, 40), (45, 40)),
        ((1000, 1), (40, 10), (40, 1)),
        ((1, 1000), (40, 10), (1, 10)),
    ],
)
def test_fitted(video: tuple[int, int], room: tuple[int, int], cells: tuple[int, int]) -> None:
    """A cell is twice as high as it is wide."""
    assert fit_size(*video, Size(*room)) == Size(*cells)


@given(SIDES, SIDES, st.integers(1, 300), st.integers(1, 100))
def test_whatever_fits(width: int, height: int, columns: int, lines: int) -> None:
    """The picture has a cell at least, and never more than there is room for."""
    size = fit_size(width, height, Size(columns, lines))
    assert 1 <= size.width <= columns
    assert 1 <= size.height <= lines


def test_two_pixels_a_cell() -> None:
    """The upper pixel is the block, the lower one its ground; where both are alike, none is."""
    (line,) = frame_to_lines(frame(RED + RED + BLUE, BLUE + BLUE + BLUE))
    strip = render_line(line)
    assert (strip.text, strip.cell_length) == ("▀▀ ", 3)
    looks = [
        (each.style.color and each.style.color.name, each.style.bgcolor and each.style.bgcolor.name)
        for each in strip
        if each.style
    ]
    assert looks == [("#ff0000", "#0000ff"), (None, "#0000ff")]


def test_what_hardly_differs_stays() -> None:
    """One step of a shade is left as it is, two are not."""
    (before,) = frame_to_lines(frame(GREY + GREY, GREY + GREY))
    one, two = (bytes(shade + step for shade in GREY) for step in (8, 16))
    (after,) = frame_to_lines(frame(one + two, GREY + GREY))
    assert before[0] != after[0]
    assert keep_similar_cells(before, after) == (before[0], after[1])
    assert keep_similar_cells(after, after) == after


def test_the_line_is_never_asked_for_more() -> None:
    """Over a minute in which much is wanted, no more is sent than was allowed."""
    rate, sent, now = 100_000, 5_000, 7.0
    allowance = BandwidthBudget(rate, now, sent)
    for number in range(1_800):
        now += 1 / 30
        cells = allowance.refill(now, sent)
        assert cells * 40 <= rate / 5
        if cells:
            allowance.spend(cells + 60)  # a line that was begun is painted to its end
            sent += (cells + 60) * (20 + number % 30)
    assert 0.9 * rate * 60 < sent < rate * 60 + rate / 5


def test_pauses_earn_nothing() -> None:
    """After a rest no more is sent at once than ever."""
    allowance = BandwidthBudget(100_000, 0.0, 0)
    assert allowance.refill(3600.0, 0) * 25 <= 10_000


def test_a_playhead() -> None:
    """It moves with the time while it plays, and stays where it is stopped."""
    playhead = Playhead()
    assert (playhead.playing, playhead.position(100.0)) == (False, 0.0)
    playhead.play(100.0)
    assert (playhead.playing, playhead.position(101.5)) == (True, 1.5)
    playhead.pause_at(1.25)
    assert (playhead.playing, playhead.position(200.0)) == (False, 1.25)
    playhead.play(300.0)
    assert playhead.position(301.0) == 2.25
