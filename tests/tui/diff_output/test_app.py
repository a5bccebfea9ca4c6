"""The app itself, drawn by both outputs at once, whatever a person does with it."""

import asyncio
from collections.abc import Callable
from inspect import getfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.screen import Screen

from kling_tui.tui.app import KlingApp
from kling_tui.tui.diff_output import DiffRenderingApp, unexpected_parts
from kling_tui.tui.diff_output.cells import size_of
from kling_tui.tui.diff_output.driver import DiffDriver
from tests.support.emulator import Emulator, Look, Square, differing
from tests.support.scenes import RunningApp, run_app

GARBAGE = Square("#", Look(foreground="31"))


class DrawnTwice(KlingApp):
    """Draws each update by Textual's output and by the lean one, and compares the screens."""

    CSS_PATH = getfile(KlingApp).replace("app.py", "app.tcss")

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.stock = Emulator(1, 1)
        self.lean = Emulator(1, 1)
        self.frames = 0

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, LayoutUpdate | ChopsUpdate) and not self._batch_count:
            size = size_of(renderable)
            if size != (len(self.lean.squares[0]), len(self.lean.squares)):
                self.stock, self.lean = Emulator(*size), Emulator(*size)
            self.stock.feed(renderable.render_segments(self.console))
            self.lean.feed(self._frame(renderable))
            self.frames += 1
            assert differing(self.lean, self.stock) == []
        super()._display(screen, renderable)


KEYS = st.sampled_from(
    ["j", "k", "G", "g", "pagedown", "pageup", "enter", "escape", "slash", "s", "S", "a", "e", "i",
     "question_mark", "space", "x", "u", "r", "R", "tab", "ctrl+l", "ctrl+p", "down", "v", "漢"]
)  # fmt: skip
THEMES = st.sampled_from(["textual-light", "dracula", "ansi-dark", "textual-dark"])
SIZES = st.tuples(st.integers(20, 145), st.integers(6, 30))
DEEDS = st.lists(st.one_of(KEYS, KEYS, KEYS, KEYS, THEMES.map(lambda name: f"theme {name}"), SIZES,
                           st.integers(1, 90)), min_size=15, max_size=20)  # fmt: skip


async def do(stage: RunningApp, deed: Any) -> None:
    """Press a key, change the theme or the window's size, or let seconds pass."""
    match deed:
        case str() if deed.startswith("theme "):
            stage.app.theme = deed.removeprefix("theme ")
        case str():
            await stage.pilot.press(deed)
        case int():
            stage.clock.advance(deed)
        case _:
            await stage.pilot.resize_terminal(*deed)
    await stage.pilot.pause()


@settings(max_examples=3)
@given(DEEDS)
def test_every_cell_is_as_by_textual(deeds: list[Any]) -> None:
    """Whatever keys are pressed, in any theme and size, each frame is as by Textual."""

    async def play() -> None:
        async with run_app((80, 24), app_class=DrawnTwice) as stage:
            for deed in deeds:
                await do(stage, deed)
            assert isinstance(stage.app, DrawnTwice)
            assert stage.app.frames > len(deeds) // 4

    asyncio.run(play())


@pytest.mark.parametrize("output", ["ctrl+l", "size", "foreign"])
async def test_a_screen_that_was_written_over_is_drawn_anew(output: str) -> None:
    """After ctrl+l, a resize to the same size, or a foreign write, nothing is taken for known."""
    async with run_app((80, 24), app_class=DrawnTwice) as stage:
        app = stage.app
        assert isinstance(app, DrawnTwice)
        await stage.svg()
        for emulator in (app.stock, app.lean):
            emulator.squares[3][:] = [GARBAGE] * 80
        disturb: dict[str, Callable[[], object]] = {
            "ctrl+l": app.action_redraw, "size": app.on_resize, "foreign": app.invalidate,
        }  # fmt: skip
        disturb[output]()
        await stage.until(lambda: GARBAGE not in app.lean.squares[3])
        assert differing(app.lean, app.stock) == []


async def test_what_changes_nothing_sends_nothing() -> None:
    """A screen that is refreshed as it is costs not one byte."""
    async with run_app((80, 24), app_class=DrawnTwice) as stage:
        app = stage.app
        assert isinstance(app, DrawnTwice)
        await stage.svg()
        compositor = app.screen._compositor  # noqa: SLF001 - the very part under test
        assert app._frame(compositor.render_full_update()) == ""  # noqa: SLF001


def test_textual_is_as_expected() -> None:
    """The pinned version has all the parts that the lean output needs."""
    assert unexpected_parts(App()) == []
    assert DiffRenderingApp(lean=True, terminal="xterm").driver_class is DiffDriver


def test_stock_output_on_request() -> None:
    """With ``ui.output = "stock"``, nothing of Textual's output is replaced."""
    assert DiffRenderingApp(lean=False, terminal="xterm").driver_class is not DiffDriver
