"""Pictures in cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Size

from kling_tui.previews import Frame
from kling_tui.tui.video.half_blocks import (
    fit_size,
    frame_to_lines,
    keep_similar_cells,
    line_to_strip,
)

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
def test_a_picture_keeps_its_aspect_ratio(
    video: tuple[int, int], room: tuple[int, int], cells: tuple[int, int]
) -> None:
    """A cell is twice as high as it is wide."""
    assert fit_size(*video, Size(*room)) == Size(*cells)


@given(SIDES, SIDES, st.integers(1, 300), st.integers(1, 100))
def test_a_picture_has_at_least_one_cell_and_fits_its_room(
    width: int, height: int, columns: int, lines: int
) -> None:
    """Whatever the sizes are."""
    size = fit_size(width, height, Size(columns, lines))
    assert 1 <= size.width <= columns
    assert 1 <= size.height <= lines


def test_a_cell_shows_two_pixels() -> None:
    """A half block in the upper colour on the lower one; a blank where both are the same."""
    (line,) = frame_to_lines(frame(RED + RED + BLUE, BLUE + BLUE + BLUE))
    strip = line_to_strip(line)
    assert (strip.text, strip.cell_length) == ("▀▀ ", 3)
    styles = [segment.style for segment in strip if segment.style]
    colours = [
        (style.color and style.color.name, style.bgcolor and style.bgcolor.name) for style in styles
    ]
    assert colours == [("#ff0000", "#0000ff"), (None, "#0000ff")]


def test_cells_that_hardly_differ_are_kept() -> None:
    """One step of a quantized channel is kept, two are not."""
    (before,) = frame_to_lines(frame(GREY + GREY, GREY + GREY))
    one, two = (bytes(channel + step for channel in GREY) for step in (8, 16))
    (after,) = frame_to_lines(frame(one + two, GREY + GREY))
    assert before[0] != after[0]
    assert keep_similar_cells(before, after) == (before[0], after[1])
    assert keep_similar_cells(after, after) == after
