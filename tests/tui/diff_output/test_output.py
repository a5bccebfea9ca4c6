"""The diff renderer's output shows, cell for cell, the same as Textual's own output."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import Color, ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from kling_tui.tui.diff_output.screen_buffer import ScreenBuffer
from tests.support.emulator import Emulator, code_points, differences
from tests.support.images import no_images

pytestmark = pytest.mark.slow

SIZE = (20, 4)
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
    """Return a style whose attributes are set, or explicitly unset (which has no effect)."""
    return Style(color=colours[0], bgcolor=colours[1], link=link, **attributes)


STYLES = st.builds(
    a_style,
    st.dictionaries(st.sampled_from(_ATTRIBUTES), st.booleans(), max_size=3),
    st.none() | st.sampled_from(["https://cdn.test/a;b.mp4", "https://cdn.test/2"]),
    COLOURS,
    COLOURS,
)
FEW_STYLES = st.builds(
    # A new object each time, as a style caches its codes.
    lambda color, bold: Style(color=color, bgcolor="#101010", bold=bold),
    st.none() | st.just("#eeeeee"),
    st.booleans(),
)
BLANKS = st.builds(lambda count: " " * count, st.integers(0, 20))
NARROW_TEXTS = st.text(NARROW, max_size=8) | BLANKS
TEXTS = NARROW_TEXTS | st.lists(st.sampled_from([*NARROW, *WIDE, *JOINED]), max_size=8).map("".join)


def strips(texts: st.SearchStrategy[str], columns: int) -> st.SearchStrategy[Strip]:
    """Return any line of a widget with this number of columns."""
    styles = st.one_of(st.none(), FEW_STYLES, STYLES)
    segments = st.lists(st.tuples(texts, styles), max_size=3)
    return segments.map(
        lambda parts: Strip(Segment(*part) for part in parts).adjust_cell_length(columns)
    )


@dataclass
class Frame:
    """One update: the lines, each as one strip a widget, and the dirty regions (None: all)."""

    lines: list[list[Strip]]
    dirty: list[Region] | None

    def update(self) -> LayoutUpdate | ChopsUpdate:
        """Return what Textual's compositor would pass to the app."""
        ends = list(accumulate(strip.cell_length for strip in self.lines[0]))
        chops = [dict(zip([0, *ends], line, strict=False)) for line in self.lines]
        if self.dirty is None:
            whole = Region(0, 0, ends[-1], len(self.lines))
            return LayoutUpdate([line.values() for line in chops], whole)
        spans = list(Compositor._regions_to_spans(self.dirty))  # noqa: SLF001
        dirty_lines = {y for y, _, _ in spans}
        partial: Sequence[Any] = [
            line if y in dirty_lines else dict.fromkeys(line) for y, line in enumerate(chops)
        ]
        return ChopsUpdate(partial, spans, [ends for _ in chops])


@st.composite
def frame_sequences(draw: st.DrawFn) -> list[Frame]:
    """Return any sequence of updates of a screen of SIZE; the first covers the whole screen."""
    columns, height = SIZE
    regions = st.builds(
        lambda x, y, width, lines: Region(x, y, min(width, columns - x), min(lines, height - y)),
        st.integers(0, columns - 1), st.integers(0, height - 1),
        st.integers(1, columns), st.integers(1, height),
    )  # fmt: skip
    cuts = draw(st.sets(st.integers(1, columns - 1), max_size=2))
    widths = [end - start for start, end in pairwise(sorted({0, *cuts, columns}))]
    line = st.tuples(*(strips(TEXTS, width) for width in widths)).map(list)
    sequence: list[Frame] = []
    for number in range(draw(st.integers(2, 4))):
        lines = draw(st.lists(line, min_size=height, max_size=height))
        if sequence:  # most lines stay the same
            kept = draw(st.sets(st.integers(0, height - 1)))
            lines = [sequence[-1].lines[y] if y in kept else new for y, new in enumerate(lines)]
        dirty = draw(st.none() | st.lists(regions, min_size=1, max_size=3)) if number else None
        sequence.append(Frame(lines, dirty))
    return sequence


def textual_output(update: LayoutUpdate | ChopsUpdate, colors: str) -> str:
    """Return what Textual itself would send."""
    console = Console(color_system=colors, force_terminal=True)  # type: ignore[arg-type]
    return update.render_segments(console)


@pytest.mark.parametrize(
    "colors", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT, ColorSystem.STANDARD]
)
@settings(max_examples=40)
@given(sequence=frame_sequences(), back_colour_erase=st.booleans())
def test_each_update_shows_the_same_cells_as_textual(
    colors: ColorSystem, sequence: list[Frame], *, back_colour_erase: bool
) -> None:
    """Any text in any style, with any number of colours, on terminals with both ways to erase."""
    stock_emulator = Emulator(*SIZE, back_colour_erase=back_colour_erase)
    diff_emulator = Emulator(*SIZE, back_colour_erase=back_colour_erase)
    screen_buffer = ScreenBuffer(no_images(), back_colour_erase=back_colour_erase)
    color_system = {3: "truecolor", 2: "256", 1: "standard"}[colors]
    for frame in sequence:
        update = frame.update()
        stock_emulator.feed(textual_output(update, color_system))
        diff_emulator.feed(screen_buffer.diff(update, (3, 2), colors))
        assert differences(diff_emulator, stock_emulator) == []
        assert (diff_emulator.x, diff_emulator.y) == (3, 2)


LABELS = (
    "हिन्दी", "தமிழ் ok", "a क्षत्रिय b", "বাংলা ভাষা", "👍🏽 ok", "🇩🇪🇫🇷 flags",
    "👨\u200d👩\u200d👧 family", "e\u0301te\u0301", "❤\ufe0f heart", "中文字", "plain", "",
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(LABELS), st.integers(0, 99)), min_size=1, max_size=6))
def test_no_sign_is_lost_on_terminals_that_draw_texts_wider_than_textual(
    rows: list[tuple[str, int]],
) -> None:
    """As tmux does: all signs are shown, and the columns to the right stay in place."""
    columns = 60
    emulator = Emulator(columns, 1, split=code_points)
    screen_buffer = ScreenBuffer(no_images(), back_colour_erase=True)
    for label, number in rows:
        style = Style(bold=number % 2 == 0)
        parts = [Segment("│ new "), Segment(label, style), Segment(" " * (24 - cell_len(label)))]
        strip = Strip([*parts, Segment(f"  {number:2}  i2v")]).adjust_cell_length(columns - 1)
        update = LayoutUpdate([[strip, Strip([Segment("│")])]], Region(0, 0, columns, 1))
        emulator.feed(screen_buffer.diff(update, (0, 0), ColorSystem.TRUECOLOR))
        cells = [cell.text for cell in emulator.cells[0]]
        assert "".join(cells[6:30]).rstrip() == label
        assert "".join(cells[30:]).split() == [str(number), "i2v", "│"]
        assert cells[-1] == "│"


@pytest.mark.parametrize("back_colour_erase", [True, False])
def test_words_that_disappear_are_erased_together(*, back_colour_erase: bool) -> None:
    """With the blanks between them, where the terminal erases to their background."""
    style = Style(bgcolor="#101010")
    screen_buffer = ScreenBuffer(no_images(), back_colour_erase=back_colour_erase)
    emulator = Emulator(60, 1, back_colour_erase=back_colour_erase)
    outputs = []
    for text in "prompt  take the first image as the start", "":
        strip = Strip([Segment(f"│{text:58}│", style)])
        update = LayoutUpdate([[strip]], Region(0, 0, 60, 1))
        outputs.append(screen_buffer.diff(update, (0, 0), ColorSystem.TRUECOLOR))
        emulator.feed(outputs[-1])
    assert "".join(cell.text for cell in emulator.cells[0]) == f"│{'':58}│"
    assert (outputs[-1].count("\x1b[41X") == 1) == back_colour_erase
    assert len(outputs[-1]) < 100


@given(st.lists(st.text(NARROW + WIDE, max_size=10), min_size=2, max_size=5))
@example(["漢漢漢", "字字字"])
@example(["漢b", "字"])
@example(["漢b" + 20 * " " + "c", "字"])
def test_a_wide_character_may_replace_another_of_the_same_style(texts: list[str]) -> None:
    """Only the first of its two cells differs then."""
    style = Style(bgcolor="#101010")
    screen_buffer = ScreenBuffer(no_images(), back_colour_erase=True)
    emulator = Emulator(30, 1, back_colour_erase=True)
    for text in texts:
        strip = Strip([Segment(text, style)]).adjust_cell_length(30, style)
        update = LayoutUpdate([[strip]], Region(0, 0, 30, 1))
        emulator.feed(screen_buffer.diff(update, (0, 0), ColorSystem.TRUECOLOR))
        assert "".join(cell.text for cell in emulator.cells[0]).rstrip() == text.rstrip()
