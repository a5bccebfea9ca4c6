"""Sends the terminal only the cells that differ from what it shows, where Textual sends regions.

This takes the place of one step of Textual's: the one in which an update of the compositor is
written. That step is private, so its parts are looked at first, and where they are not as
expected, Textual's own output is used.
"""

import logging
import re
from collections.abc import Iterator
from inspect import signature
from typing import Any

from rich.console import COLOR_SYSTEMS, RenderableType
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen
from textual.strip import Strip

from kling_tui.tui.diff_output.driver import CountingDriver, DiffDriver
from kling_tui.tui.diff_output.screen_buffer import ScreenBuffer

_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())  # without a log, nothing may reach the terminal
_CALLS = {
    (App, "_display"): "self screen renderable",
    (LayoutUpdate, "__init__"): "self strips region",
    (ChopsUpdate, "__init__"): "self chops spans chop_ends",
    (Strip, "render_ansi"): "style color_system",
    (LinuxDriver, "start_application_mode"): "self",
    (LinuxDriver, "write"): "self data",
    (LinuxDriver, "close"): "self",
}
"""The private parts of Textual that are called or taken the place of, with their parameters."""
_SCREEN = re.compile(r"screen|dumb")
"""Terminals that may erase to their own background, whatever colour is set: GNU screen does."""
_ARRIVES_WHOLE = 512
"""Characters of a frame that a terminal takes in at once, so that it need not be told to wait."""
_KNOWN = (LayoutUpdate, ChopsUpdate)
_ATTRIBUTES = ("_batch_count", "_closed", "_driver", "_running", "_sync_available")


def unexpected_parts(app: App[Any]) -> list[str]:
    """Name the parts of Textual that are not as this module expects them; none is fine."""
    return [*_unexpected_calls(), *(name for name in _ATTRIBUTES if not hasattr(app, name))]


def _unexpected_calls() -> Iterator[str]:
    for (owner, name), parameters in _CALLS.items():
        part = getattr(owner, name, None)
        if part is None or [*signature(part).parameters] != parameters.split():
            yield f"{owner.__name__}.{name}"


class DiffRenderingApp(App[None]):
    """An app that sends as little as it can, and none of it to a terminal that does not read."""

    def __init__(self, *, lean: bool, terminal: str) -> None:
        """Where not `lean`, or where Textual is not as expected, its own output is used.

        `terminal` is the terminal's type, as in $TERM.
        """
        super().__init__()
        self._copy = ScreenBuffer(erases_in_colour=bool(terminal) and not _SCREEN.match(terminal))
        unexpected = unexpected_parts(self) if lean else []
        if unexpected:
            _LOG.warning("stock output: Textual has changed: %s", ", ".join(unexpected))
        if self.driver_class is LinuxDriver:
            self.driver_class = DiffDriver if lean and not unexpected else CountingDriver

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Show an update of the compositor."""
        driver = self._driver
        open_ = self._running and not self._closed and not self._batch_count
        if isinstance(driver, DiffDriver) and open_ and isinstance(renderable, _KNOWN):
            if not driver.backlogged:
                driver.send(self._frame(renderable))
            self.post_display_hook()
        else:
            super()._display(screen, renderable)

    def _frame(self, update: LayoutUpdate | ChopsUpdate) -> str:
        """Return what shows an update, "" where it changes nothing."""
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        colors = COLOR_SYSTEMS[self.console.color_system or "truecolor"]
        changes = self._copy.diff(update, cursor, colors)
        if self._sync_available and len(changes) > _ARRIVES_WHOLE:
            return f"{SYNC_START}{changes}{SYNC_END}"
        return changes

    def on_resize(self) -> None:
        """Trust nothing that the terminal has moved about."""
        self.invalidate()

    def invalidate(self) -> None:
        """Paint all anew: something else has written on the terminal."""
        self._copy.clear()
        self.on_drained()

    def on_drained(self) -> None:
        """Paint what was left out: the terminal reads again."""
        if self._running and self.screen_stack:
            self.screen.refresh()
