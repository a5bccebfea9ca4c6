"""The base class of the app, which replaces the private step in which Textual writes updates.

Where the private parts of Textual are not as expected, Textual's own output is used.
"""

import logging
import re
import signal
from functools import partial
from time import monotonic

from rich.console import COLOR_SYSTEMS, RenderableType
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen
from textual.signal import Signal
from textual.timer import Timer

from kling_tui.tui.diff_output.driver import CountingDriver, DiffDriver
from kling_tui.tui.diff_output.image_layer import MAX_SECONDS, ImageLayer
from kling_tui.tui.diff_output.screen_buffer import ScreenBuffer
from kling_tui.tui.diff_output.textual_internals import (
    ChopsUpdate,
    LayoutUpdate,
    unexpected_parts,
)
from kling_tui.tui.graphics.detection import Graphics
from kling_tui.tui.graphics.replies import TerminalReply

_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())  # without a log file, nothing may reach the terminal
_NO_BACK_COLOUR_ERASE = re.compile(r"screen|dumb")
"""Terminal types that may erase to their default background: GNU screen does."""
_MIN_SYNCHRONIZED = 512
"""Characters from which on a frame is sent as a synchronized update (mode 2026)."""
_SYNC_START, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
_UPDATE_TYPES = (LayoutUpdate, ChopsUpdate)
_SETTLE_SECONDS = 0.05
"""Seconds without a change of its size after which the terminal is drawn again."""
_MAX_SETTLE_SECONDS = 0.25
"""Seconds after which it is drawn although its size keeps changing."""


class DiffRenderingApp(App[None]):
    """An app that sends only changed cells, and drops frames while the terminal does not read."""

    def __init__(self, images: ImageLayer, *, diff_output: bool, terminal_type: str) -> None:
        """`diff_output` False selects Textual's own output; `terminal_type` is as in $TERM."""
        super().__init__()
        self.images = images
        self.graphics_signal: Signal[Graphics | None] = Signal(self, "graphics")
        """Published when the terminal has said whether and how it shows images."""
        self._screen_buffer = ScreenBuffer(
            images,
            back_colour_erase=bool(terminal_type)
            and not _NO_BACK_COLOUR_ERASE.match(terminal_type),
        )
        unexpected = unexpected_parts(self) if diff_output else []
        if unexpected:
            _LOG.warning("stock output: Textual has changed: %s", ", ".join(unexpected))
        if self.driver_class is LinuxDriver:
            self.driver_class = DiffDriver if diff_output and not unexpected else CountingDriver
        self._drawn = False
        self._settle_timer: Timer | None = None
        """Runs while the size of the terminal is changing; no frame is sent then."""
        self._resizing_since = 0.0

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Write an update of the compositor."""
        driver = self._driver
        is_open = self._running and not self._closed and not self._batch_count
        if isinstance(driver, DiffDriver) and is_open and isinstance(renderable, _UPDATE_TYPES):
            if not driver.backlogged and self._settle_timer is None:
                self._drawn = True
                driver.write_frame(self._frame(renderable))
                self._rest_after_images()
            self.post_display_hook()
        else:
            super()._display(screen, renderable)

    def _rest_after_images(self) -> None:
        """After a frame with images, send no more of them for as long as these may take."""
        if self.images.sent:
            self.images.resting, self.images.sent = True, False
            self.set_timer(MAX_SECONDS, self._send_postponed)

    def _send_postponed(self) -> None:
        self.images.resting = False
        if self.images.postponed:
            self.on_drained()

    def _frame(self, update: LayoutUpdate | ChopsUpdate) -> str:
        """Return the escape sequence for an update, "" where no cell changes."""
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        colors = COLOR_SYSTEMS[self.console.color_system or "truecolor"]
        changes = self._screen_buffer.diff(update, cursor, colors)
        if self._sync_available and len(changes) > _MIN_SYNCHRONIZED:
            return f"{_SYNC_START}{changes}{_SYNC_END}"
        return changes

    def on_resize(self) -> None:
        """Redraw the whole screen, once its size has settled: terminals reflow its content."""
        if not self._drawn:
            self.invalidate()
            return
        now = monotonic()
        if self._settle_timer is None:
            self._resizing_since = now
        else:
            self._settle_timer.stop()
        if (left := self._resizing_since + _MAX_SETTLE_SECONDS - now) > 0:
            self._settle_timer = self.set_timer(min(_SETTLE_SECONDS, left), self._settled)
        else:
            self._settled()

    def _settled(self) -> None:
        self._settle_timer = None
        self._screen_buffer.clear()
        self.screen.refresh(layout=True)
        if isinstance(self._driver, DiffDriver):
            self._driver.query_cell_size()

    def on_terminal_reply(self, reply: TerminalReply) -> None:
        """Note what the terminal supports; the last reply of each query says what it is."""
        self.images.detection.take(reply)
        if reply.attributes is not None:
            self.graphics_signal.publish(self.images.graphics)

    def invalidate(self) -> None:
        """Redraw the whole screen: something else has written to the terminal."""
        self._screen_buffer.clear()
        self.on_drained()

    def terminal_lost(self) -> None:
        """End: the terminal can no longer be read. Called in any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(partial(self.exit, return_code=128 + signal.SIGHUP))

    def on_drained(self) -> None:
        """Draw what was dropped: the terminal reads again."""
        if self._running and self.screen_stack:
            self.screen.refresh()
