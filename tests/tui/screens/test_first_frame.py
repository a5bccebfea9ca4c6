"""The first frame of the app."""

from inspect import getfile
from typing import Any

import pytest
from rich.console import RenderableType
from textual.css.scalar import Scalar
from textual.screen import Screen

from kling_tui.tui.app import KlingApp
from tests.support.scenes import run_app

pytestmark = pytest.mark.slow


class FrameRecordingApp(KlingApp):
    """Records the classes of the screen at each frame."""

    CSS_PATH = getfile(KlingApp).replace("app.py", "app.tcss")

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.frames: list[frozenset[str]] = []

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        self.frames.append(frozenset(screen.classes))
        super()._display(screen, renderable)


@pytest.mark.parametrize(
    ("size", "classes"),
    [
        ((120, 40), {"-narrow", "-tall"}),
        ((150, 16), {"-wide", "-short"}),
        ((40, 10), {"-narrow", "-low"}),
    ],
)
async def test_it_has_the_layout_of_the_terminals_size(
    size: tuple[int, int], classes: set[str]
) -> None:
    """It is not drawn in another layout first."""
    async with run_app(size, app_class=FrameRecordingApp) as running:
        app = running.app
        assert isinstance(app, FrameRecordingApp)
        await running.until(lambda: len(app.frames) > 0)
        assert set(app.frames) == {frozenset(classes)}


async def test_styles_of_other_screens_are_read_when_the_first_of_them_opens() -> None:
    """The start takes less time, and a dialog has its styles from its first frame on."""
    async with run_app() as running:
        assert "SortScreen" not in running.app.stylesheet.rules_map
        await running.pilot.press("s")
        assert running.app.screen.query_one("#dialog").styles.max_width == Scalar.parse("50")
