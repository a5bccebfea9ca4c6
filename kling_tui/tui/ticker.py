"""Lets time pass on the screen, but only where that changes a word of it."""

from collections.abc import Callable, Iterable

from textual.screen import Screen
from textual.timer import Timer

EACH_SECOND = 1.0


class Ticker:
    """Calls back each second, or once when the words change next, or not at all."""

    def __init__(self, screen: Screen[None], tick: Callable[[], None]) -> None:
        """`tick` brings what `screen` shows up to date, and sets this anew."""
        self._screen = screen
        self._tick = tick
        self._each_second = screen.set_interval(EACH_SECOND, tick, pause=True)
        self._once: Timer | None = None

    def schedule(self, changes: Iterable[float | None]) -> None:
        """Tick when the first of some changes is due, all in seconds from now; None: never."""
        due = min((seconds for seconds in changes if seconds is not None), default=None)
        if self._once is not None:
            self._once.stop()
            self._once = None
        if due is not None and due <= EACH_SECOND:
            self._each_second.resume()
            return
        self._each_second.pause()
        if due is not None:
            self._once = self._screen.set_timer(due, self._tick)
