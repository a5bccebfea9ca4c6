"""The app as terminals with few colours show it."""

from pathlib import Path
from typing import Any

import kling_tui.tui.app
from kling_tui.tui.app import KlingApp
from kling_tui.tui.readable_app import NoColorFilter

_CSS = Path(kling_tui.tui.app.__file__).with_name("app.tcss")


class NoColourApp(KlingApp):
    """The app with NO_COLOR."""

    CSS_PATH = str(_CSS)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.no_color = True
        self._filters[:] = [NoColorFilter()]


class SixteenColourApp(KlingApp):
    """The app on a terminal with 16 colours."""

    CSS_PATH = str(_CSS)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._few_colours = True
        self.theme = "textual-light"  # any other, so that the colours are computed again
        self.theme = "textual-dark"
