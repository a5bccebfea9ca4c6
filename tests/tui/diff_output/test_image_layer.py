"""An image is shown exactly while all of its cells are on the screen, and leaves no remains.

Each picture has a colour of its own, so that a terminal without images shows by its cells what of
it is on the screen.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import Color, ColorSystem
from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.widgets import Label

from kling_tui.previews import Frame, IndexedImage
from kling_tui.tui.diff_output import DiffRenderingApp
from kling_tui.tui.diff_output.cells import screen_size
from kling_tui.tui.diff_output.image_layer import ImageLayer
from kling_tui.tui.diff_output.screen_buffer import ScreenBuffer
from kling_tui.tui.diff_output.sgr import IMAGE_KEY
from kling_tui.tui.graphics.detection import Detection, Protocol
from kling_tui.tui.graphics.image import StillImage
from kling_tui.tui.graphics.still import encode
from kling_tui.tui.terminal import Terminal
from kling_tui.tui.video.picture import Picture
from tests.support.emulator import Emulator, differences
from tests.support.image_emulator import ImageEmulator
from tests.support.image_plane import ImagePlane

PROTOCOLS: list[Protocol] = ["kitty", "sixel", "iterm2"]
COLOURS = [(248, 0, 0), (0, 248, 0), (0, 0, 248), (248, 248, 0)]
CELL = (2, 4)
"""Width and height of a cell in pixels."""
WIDTH, HEIGHT = 12, 4
"""Columns and lines of a picture."""


def image_layer(protocol: Protocol, bytes_per_second: int = 100_000) -> ImageLayer:
    """Return the layer of a terminal with a protocol."""
    layer = ImageLayer(Detection(protocol, Terminal(type="xterm")), lambda: bytes_per_second)
    layer.detection.start(CELL)
    return layer


def still(layer: ImageLayer, colour: tuple[int, ...]) -> StillImage:
    """Return an image of one colour."""
    assert layer.graphics
    width, height = WIDTH * CELL[0], HEIGHT * CELL[1]
    image = IndexedImage(width, height, bytes(colour), bytes(width * height))
    return StillImage(WIDTH, HEIGHT, encode(image, 1, (WIDTH, HEIGHT), layer.graphics))


class CoveringScreen(ModalScreen[None]):
    """A dialog in the middle."""

    CSS = "CoveringScreen { align: center middle; } CoveringScreen Label { background: #444444; }"

    def compose(self) -> ComposeResult:
        """Show a line."""
        yield Label("a dialog")


class PicturesApp(DiffRenderingApp):
    """Scrolls pictures, some with an image, on an emulated terminal that is compared with stock."""

    CSS = """
    Screen { layers: below above; }
    VerticalScroll { layer: below; }
    Picture { height: 6; }
    #toast { layer: above; display: none; background: #444444; }
    """

    def __init__(self, layer: ImageLayer) -> None:
        super().__init__(layer, diff_output=True, terminal_type="xterm")
        self.stock = Emulator(1, 1)
        self.terminal = ImageEmulator(1, 1, ImagePlane(CELL))
        self.bytes_sent = 0
        self.pictures = [Picture(id=f"picture-{number}") for number in range(len(COLOURS))]
        self.toast = Label("a toast", id="toast")
        self.image_ids = [0] * len(COLOURS)

    def compose(self) -> ComposeResult:
        """Show the pictures below each other."""
        yield VerticalScroll(*self.pictures)
        yield self.toast

    def show_picture(self, number: int, *, with_image: bool = True) -> None:
        """Show a picture, in pixels if possible."""
        colour = COLOURS[number]
        frame = Frame(0.0, None, WIDTH, 2 * HEIGHT, bytes(colour) * WIDTH * 2 * HEIGHT)
        self.images.remove(self.image_ids[number])
        image = still(self.images, colour) if with_image else None
        self.image_ids[number] = self.images.add(image) if image else 0
        self.pictures[number].show(frame, self.image_ids[number])

    def on_mount(self) -> None:
        """Show all."""
        for number in range(len(COLOURS)):
            self.show_picture(number)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, LayoutUpdate | ChopsUpdate) and not self._batch_count:
            columns, lines = screen_size(renderable)
            if (columns, lines) != (len(self.terminal.cells[0]), len(self.terminal.cells)):
                self.terminal.images.clear_cells()
                self.terminal = ImageEmulator(columns, lines, self.terminal.images)
                self.stock = Emulator(columns, lines)
            self.stock.feed(renderable.render_segments(self.console))
            frame = self._frame(renderable)
            self.bytes_sent += len(frame)
            self.terminal.feed(frame)
            self.check()
        super()._display(screen, renderable)

    def check(self) -> None:
        """Fail unless each image is shown exactly while all of its cells are on the screen."""
        shown = self.terminal.images.shown
        assert all(image.whole for image in shown), "remains of an image"
        expected = {number for number in range(len(COLOURS)) if self._is_whole(number)}
        numbers = {_number(image.image.pixels[0]) for image in shown}
        assert numbers < expected if self.images.postponed else numbers == expected
        for y, x, mine, theirs in differences(self.terminal, self.stock):
            assert self.terminal.images.covers(y, x), (y, x, mine, theirs)
        for image in shown:
            colours = {self._colour(y, x) for y, x in image.cells}
            assert colours == {_background(COLOURS[_number(image.image.pixels[0])])}

    def _is_whole(self, number: int) -> bool:
        """Whether a terminal without images shows all cells of a picture that has an image."""
        colour = _background(COLOURS[number])
        cells = [
            (y, x)
            for y, line in enumerate(self.stock.cells)
            for x in range(len(line))
            if self._colour(y, x) == colour
        ]
        below = max((y for y, _ in cells), default=0) + 1
        is_whole = len(cells) == WIDTH * HEIGHT and below < len(self.stock.cells)
        covered = isinstance(self.screen, ModalScreen)  # it is drawn as a dimmed background
        return is_whole and not covered and bool(self.image_ids[number])

    def _colour(self, y: int, x: int) -> str:
        return self.stock.cells[y][x].style.background


def _background(colour: tuple[int, ...]) -> str:
    """Return a colour as the emulator has it, and half blocks quantize it."""
    return ";".join(map(str, (2, *(value & 0xF8 | value >> 5 for value in colour))))


def _number(pixel: tuple[int, ...]) -> int:
    """Return which picture a pixel is of."""
    return min(
        range(len(COLOURS)),
        key=lambda number: sum(abs(a - b) for a, b in zip(COLOURS[number], pixel, strict=True)),
    )


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("scroll"), st.integers(0, 20)),
        st.tuples(st.just("toast"), st.tuples(st.integers(0, 30), st.integers(0, 12))),
        st.tuples(st.just("no toast"), st.none()),
        st.tuples(st.just("dialog"), st.none()),
        st.tuples(st.just("resize"), st.tuples(st.integers(8, 40), st.integers(3, 16))),
        st.tuples(st.just("picture"), st.integers(0, 3)),
        st.tuples(st.just("blocks"), st.integers(0, 3)),
        st.tuples(st.just("redraw"), st.none()),
    ),
    min_size=6,
    max_size=12,
)


async def perform(app: PicturesApp, pilot: Any, action: str, argument: Any) -> None:
    """Do something that covers, uncovers, moves or replaces images."""
    match action:
        case "scroll":
            app.query_one(VerticalScroll).scroll_to(y=argument, animate=False)
        case "toast":
            app.toast.styles.offset = argument
            app.toast.display = True
        case "no toast":
            app.toast.display = False
        case "dialog":
            if isinstance(app.screen, CoveringScreen):
                app.pop_screen()
            else:
                app.push_screen(CoveringScreen())
        case "resize":
            await pilot.resize_terminal(*argument)
        case "picture" | "blocks":
            app.show_picture(argument, with_image=action == "picture")
        case "redraw":
            app.invalidate()
            app.screen.refresh(layout=True)
    await pilot.pause()


@pytest.mark.slow
@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=8, deadline=None)
@given(actions=ACTIONS)
def test_an_image_is_shown_exactly_while_all_of_its_cells_are_on_the_screen(
    protocol: Protocol, actions: list[tuple[str, Any]]
) -> None:
    """Whatever is scrolled, covered, uncovered, resized, replaced or drawn again."""

    async def run() -> None:
        app = PicturesApp(image_layer(protocol))
        async with app.run_test(size=(40, 16)) as pilot:
            await pilot.pause()
            assert len(app.terminal.images.shown) == 2, "so many fit on the screen"
            for action, argument in actions:
                await perform(app, pilot, action, argument)
            app.check()

    asyncio.run(run())


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_nothing_is_sent_while_nothing_changes(protocol: Protocol) -> None:
    """An image is not sent again when other cells are, or are drawn again as they were."""
    app = PicturesApp(image_layer(protocol))
    async with app.run_test(size=(40, 16)) as pilot:
        await pilot.pause()
        sent, received = app.bytes_sent, app.terminal.images.received
        app.screen.refresh(layout=True)
        await pilot.pause()
        assert app.bytes_sent == sent
        await perform(app, pilot, "toast", (30, 13))
        assert app.terminal.images.received == received
        assert app.bytes_sent - sent < 200


async def test_kitty_gets_an_image_once_and_forgets_it_when_it_is_replaced() -> None:
    """A dialog or a scrolled line only removes its placement."""
    app = PicturesApp(image_layer("kitty"))
    async with app.run_test(size=(40, 16)) as pilot:
        await pilot.pause()
        received = app.terminal.images.received
        for _ in range(3):
            await perform(app, pilot, "scroll", 1)
            await perform(app, pilot, "scroll", 0)
            await perform(app, pilot, "dialog", None)
            await perform(app, pilot, "dialog", None)
        assert app.terminal.images.received == received
        await perform(app, pilot, "picture", 0)
        assert app.terminal.images.received == received + 1
        assert app.terminal.images.stored == 2


async def test_an_image_that_was_hidden_while_another_was_deleted_returns() -> None:
    """The terminal, kitty 0.26, forgets it together with that."""
    app = PicturesApp(image_layer("kitty"))
    async with app.run_test(size=(40, 16)) as pilot:
        await pilot.pause()
        await perform(app, pilot, "scroll", 3)
        await perform(app, pilot, "picture", 1)
        await perform(app, pilot, "scroll", 0)
        assert len(app.terminal.images.shown) == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_frame_has_only_as_many_new_images_as_the_line_can_take(
    protocol: Protocol,
) -> None:
    """The others follow in later frames, and none while the line is busy."""
    app = PicturesApp(image_layer(protocol, 4))
    async with app.run_test(size=(40, 30)) as pilot:
        await pilot.pause()
        app.images.resting = True
        app.invalidate()
        await pilot.pause()
        assert (app.terminal.images.shown, app.images.postponed) == ([], True)
        app.images.resting = False
        for count in range(1, len(COLOURS) + 1):
            app.screen.refresh(layout=True)
            await pilot.pause()
            assert len(app.terminal.images.shown) == count
            assert app.images.postponed == (count < len(COLOURS))


async def test_a_picture_that_begins_to_move_has_no_image() -> None:
    """The image would hide it."""
    app = PicturesApp(image_layer("kitty"))
    async with app.run_test(size=(40, 16)) as pilot:
        await pilot.pause()
        frame = Frame(0.0, None, WIDTH, 2 * HEIGHT, bytes(COLOURS[0]) * WIDTH * 2 * HEIGHT)
        app.image_ids[0] = 0
        app.pictures[0].set_target(frame, exact=True)
        await pilot.pause()
        assert len(app.terminal.images.shown) == 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_nothing_is_left_when_the_app_leaves_the_screen(protocol: Protocol) -> None:
    """Neither on the screen nor in the terminal's memory."""
    app = PicturesApp(image_layer(protocol))
    async with app.run_test(size=(40, 16)) as pilot:
        await pilot.pause()
        left = app.images.leave()
        if protocol == "kitty":
            app.terminal.feed(left)
            assert (app.terminal.images.shown, app.terminal.images.stored) == ([], 0)
        else:
            assert left == "\x1b[m\x1b[2J"
        assert app.images.leave() == "", "once is enough"


def test_a_text_that_may_reach_into_an_image_covers_it() -> None:
    """Terminals disagree about how wide it is."""
    layer = image_layer("sixel")
    buffer = ScreenBuffer(layer, back_colour_erase=True)
    terminal = ImageEmulator(20, 6, ImagePlane(CELL))
    cells = Style(
        bgcolor=Color.from_rgb(*COLOURS[0]),
        meta={IMAGE_KEY: layer.add(still(layer, COLOURS[0]))},
    )
    for text, shown in (("plain", 1), ("👍🏽👍🏽👍🏽", 0), ("plain", 1)):
        left = Strip([Segment(text)]).adjust_cell_length(8)
        picture = [Strip([Segment(" " * WIDTH, cells)]) for _ in range(HEIGHT)]
        lines: list[Iterable[Strip]] = [[left, strip] for strip in picture]
        lines += [[Strip.blank(20)], [Strip.blank(20)]]
        update = LayoutUpdate(lines, Region(0, 0, 20, 6))
        output = buffer.diff(update, (0, 0), ColorSystem.TRUECOLOR)
        terminal.feed(output)
        assert len(terminal.images.shown) == shown
