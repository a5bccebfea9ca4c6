"""The app's screen is the same, cell for cell, with the diff renderer and with Textual's output."""

import asyncio
import subprocess
import sys
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
from kling_tui.tui.diff_output import DiffRenderingApp
from kling_tui.tui.diff_output.cells import screen_size
from kling_tui.tui.diff_output.driver import DiffDriver
from kling_tui.tui.diff_output.textual_internals import unexpected_parts
from tests.support.emulator import Cell, CellStyle, Emulator, differences
from tests.support.images import no_images
from tests.support.scenes import RunningApp, run_app

GARBAGE = Cell("#", CellStyle(foreground="31"))


class ComparingApp(KlingApp):
    """Draws each update with Textual's output and with the diff renderer; compares the screens."""

    CSS_PATH = getfile(KlingApp).replace("app.py", "app.tcss")

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.stock_emulator = Emulator(1, 1)
        self.diff_emulator = Emulator(1, 1)
        self.frames = 0

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, LayoutUpdate | ChopsUpdate) and not self._batch_count:
            size = screen_size(renderable)
            if size != (len(self.diff_emulator.cells[0]), len(self.diff_emulator.cells)):
                self.stock_emulator, self.diff_emulator = Emulator(*size), Emulator(*size)
            self.stock_emulator.feed(renderable.render_segments(self.console))
            self.diff_emulator.feed(self._frame(renderable))
            self.frames += 1
            assert differences(self.diff_emulator, self.stock_emulator) == []
        super()._display(screen, renderable)


KEYS = st.sampled_from(
    ["j", "k", "G", "g", "pagedown", "pageup", "enter", "escape", "slash", "s", "S", "a", "e", "i",
     "question_mark", "space", "x", "u", "r", "R", "tab", "ctrl+l", "ctrl+p", "down", "v", "漢"]
)  # fmt: skip
THEMES = st.sampled_from(["textual-light", "dracula", "ansi-dark", "textual-dark"])
SIZES = st.tuples(st.integers(20, 145), st.integers(6, 30))
SECONDS = st.integers(1, 90)
ACTIONS = st.lists(
    st.one_of(KEYS, KEYS, KEYS, KEYS, THEMES.map(lambda name: f"theme {name}"), SIZES, SECONDS),
    min_size=15,
    max_size=20,
)


async def perform(running: RunningApp, action: Any) -> None:
    """Press a key, change the theme or the window's size, or let seconds pass."""
    match action:
        case str() if action.startswith("theme "):
            running.app.theme = action.removeprefix("theme ")
        case str():
            await running.pilot.press(action)
        case int():
            running.clock.advance(action)
        case _:
            await running.pilot.resize_terminal(*action)
    await running.pilot.pause()


@pytest.mark.slow
@settings(max_examples=3)
@given(ACTIONS)
def test_each_frame_shows_the_same_cells_as_textual(actions: list[Any]) -> None:
    """Whatever keys are pressed, in any theme and size."""

    async def run() -> None:
        async with run_app((80, 24), app_class=ComparingApp) as running:
            for action in actions:
                await perform(running, action)
            assert isinstance(running.app, ComparingApp)
            assert running.app.frames > len(actions) // 4

    asyncio.run(run())


@pytest.mark.parametrize("cause", ["ctrl+l", "resize to the same size", "foreign output"])
async def test_an_overwritten_screen_is_redrawn_completely(cause: str) -> None:
    """Nothing of the screen buffer is trusted after these."""
    async with run_app((80, 24), app_class=ComparingApp) as running:
        app = running.app
        assert isinstance(app, ComparingApp)
        await running.svg()
        for emulator in (app.stock_emulator, app.diff_emulator):
            emulator.cells[3][:] = [GARBAGE] * 80
        redraw: dict[str, Callable[[], object]] = {
            "ctrl+l": app.action_redraw,
            "resize to the same size": app.on_resize,
            "foreign output": app.invalidate,
        }
        redraw[cause]()
        await running.until(lambda: GARBAGE not in app.diff_emulator.cells[3])
        assert differences(app.diff_emulator, app.stock_emulator) == []


async def test_a_refresh_without_changes_sends_nothing() -> None:
    """Not one byte."""
    async with run_app((80, 24), app_class=ComparingApp) as running:
        app = running.app
        assert isinstance(app, ComparingApp)
        await running.svg()
        compositor = app.screen._compositor  # noqa: SLF001 - the very part under test
        assert app._frame(compositor.render_full_update()) == ""  # noqa: SLF001


def test_the_installed_textual_has_all_expected_parts() -> None:
    """So the diff renderer is used."""
    assert unexpected_parts(App()) == []
    app = DiffRenderingApp(no_images(), diff_output=True, terminal_type="xterm")
    assert app.driver_class is DiffDriver


def test_another_textual_gets_stock_output() -> None:
    """Parts that are gone are named, and the app works without them."""
    code = """if True:
        import textual._compositor as compositor
        from textual.strip import Strip
        del compositor.LayoutUpdate, compositor.ChopsUpdate, Strip.render_ansi
        from kling_tui.tui.diff_output import DiffRenderingApp
        from kling_tui.tui.diff_output.textual_internals import unexpected_in_textual
        from tests.support.images import no_images
        app = DiffRenderingApp(no_images(), diff_output=True, terminal_type="xterm")
        print(*unexpected_in_textual(), app.driver_class.__name__)
    """
    ended = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == [
        "LayoutUpdate.__init__", "ChopsUpdate.__init__", "Strip.render_ansi", "CountingDriver",
    ]  # fmt: skip


def test_stock_output_replaces_nothing_of_textual() -> None:
    """With ``ui.output = "stock"``."""
    app = DiffRenderingApp(no_images(), diff_output=False, terminal_type="xterm")
    assert app.driver_class is not DiffDriver
