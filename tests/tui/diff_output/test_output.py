"""What the terminal shows by the lean output is, cell for cell, what it shows by Textual's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import Color, ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from kling_tui.tui.diff_output.screen_buffer import ScreenBuffer
from tests.support.emulator import Emulator, differing

SIZE = (20, 4)
any_screens = settings(max_examples=40)
_ATTRIBUTES = (
    "bold", "dim", "italic", "underline", "blink", "blink2", "reverse", "conceal", "strike",
    "underline2", "frame", "encircle", "overline",
)  # fmt: skip
NARROW = "ab  ─●é▌"
WIDE = "漢字ｗ한"
JOINED = ("e\u0301", "👩‍🚀", "❤️", "🏳️‍🌈", "👍🏽", "🇩🇪", "👨‍👩‍👧", "ก็")
COLOURS = st.none() | st.sampled_from(
    [
        Color.parse(name)
        for name in ("default", "red", "bright_blue", "color(99)", "#123456", "#fedcba")
    ]
)


def a_style(attributes: dict[str, Any], link: str | None, *colours: Color | None) -> Style:
    """Return a style with attributes that are switched on or, to no effect, off."""
    return Style(color=colours[0], bgcolor=colours[1], link=link, **attributes)


PENS = st.builds(
    a_style,
    st.dictionaries(st.sampled_from(_ATTRIBUTES), st.booleans(), max_size=3),
    st.none() | st.sampled_from(["https://cdn.test/a;b.mp4", "https://cdn.test/2"]),
    COLOURS,
    COLOURS,
)
FEW_PENS = st.builds(
    # Made anew each time, for a style remembers its codes.
    lambda color, bold: Style(color=color, bgcolor="#101010", bold=bold),
    st.none() | st.just("#eeeeee"),
    st.booleans(),
)
NARROW_WORDS = st.text(NARROW, max_size=8) | st.builds(lambda n: " " * n, st.integers(0, 20))
WORDS = NARROW_WORDS | st.lists(st.sampled_from([*NARROW, *WIDE, *JOINED]), max_size=8).map("".join)


def strips_of(words: st.SearchStrategy[str], columns: int) -> st.SearchStrategy[Strip]:
    """Return any line of a widget of so many columns."""
    pens = st.one_of(st.none(), FEW_PENS, PENS)
    segments = st.lists(st.tuples(words, pens), max_size=3)
    return segments.map(
        lambda given: Strip(Segment(*each) for each in given).adjust_cell_length(columns)
    )


@dataclass
class Frame:
    """One update: the lines of the whole screen, by widgets from the left, and what is dirty."""

    lines: list[list[Strip]]
    dirty: list[Region] | None

    def update(self) -> LayoutUpdate | ChopsUpdate:
        """Return what Textual's compositor would hand on."""
        ends = list(accumulate(strip.cell_length for strip in self.lines[0]))
        chops = [dict(zip([0, *ends], line, strict=False)) for line in self.lines]
        if self.dirty is None:
            whole = Region(0, 0, ends[-1], len(self.lines))
            return LayoutUpdate([line.values() for line in chops], whole)
        spans = list(Compositor._regions_to_spans(self.dirty))  # noqa: SLF001
        drawn = {y for y, _, _ in spans}
        partly: Sequence[Any] = [
            line if y in drawn else dict.fromkeys(line) for y, line in enumerate(chops)
        ]
        return ChopsUpdate(partly, spans, [ends for _ in chops])


@st.composite
def frames(draw: st.DrawFn, words: st.SearchStrategy[str] = WORDS) -> list[Frame]:
    """Return any run of updates of a screen that keeps its size, the first of them whole."""
    columns, height = SIZE
    regions = st.builds(
        lambda x, y, width, lines: Region(x, y, min(width, columns - x), min(lines, height - y)),
        st.integers(0, columns - 1), st.integers(0, height - 1),
        st.integers(1, columns), st.integers(1, height),
    )  # fmt: skip
    cuts = draw(st.sets(st.integers(1, columns - 1), max_size=2))
    widths = [end - start for start, end in pairwise(sorted({0, *cuts, columns}))]
    line = st.tuples(*(strips_of(words, width) for width in widths)).map(list)
    drawn: list[Frame] = []
    for number in range(draw(st.integers(2, 4))):
        lines = draw(st.lists(line, min_size=height, max_size=height))
        if drawn:  # most of a screen stays as it was
            kept = draw(st.sets(st.integers(0, height - 1)))
            lines = [drawn[-1].lines[y] if y in kept else new for y, new in enumerate(lines)]
        dirty = draw(st.none() | st.lists(regions, min_size=1, max_size=3)) if number else None
        drawn.append(Frame(lines, dirty))
    return drawn


def by_textual(update: LayoutUpdate | ChopsUpdate, colors: str) -> str:
    """Return what Textual's own output sends."""
    console = Console(color_system=colors, force_terminal=True)  # type: ignore[arg-type]
    return update.render_segments(console)


@pytest.mark.parametrize(
    "colors", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT, ColorSystem.STANDARD]
)
@any_screens
@given(run=frames(), erases_in_colour=st.booleans())
def test_every_cell_is_as_by_textual(
    colors: ColorSystem, run: list[Frame], *, erases_in_colour: bool
) -> None:
    """Any text in any style, with any number of colours, on terminals of both ways to erase."""
    stock = Emulator(*SIZE, erases_in_colour=erases_in_colour)
    lean = Emulator(*SIZE, erases_in_colour=erases_in_colour)
    copy = ScreenBuffer(erases_in_colour=erases_in_colour)
    name = {3: "truecolor", 2: "256", 1: "standard"}[colors]
    for frame in run:
        update = frame.update()
        stock.feed(by_textual(update, name))
        lean.feed(copy.diff(update, (3, 2), colors))
        assert differing(lean, stock) == []
        assert (lean.x, lean.y) == (3, 2)
