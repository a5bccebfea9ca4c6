"""The app as it is with NO_COLOR, which Textual reads when it is imported."""

from inspect import getfile

from kling_tui.tui.app import KlingApp
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.readable_app import NoColorFilter


class ColourlessApp(KlingApp):
    """Draws bold, underlined and reversed text only."""

    CSS_PATH = getfile(KlingApp).replace("app.py", "app.tcss")

    def __init__(self, dependencies: AppDependencies) -> None:
        super().__init__(dependencies)
        self.no_color = True
        self._filters[:] = [NoColorFilter()]
