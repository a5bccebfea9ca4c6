"""Refreshes the screen as time passes, but only when that changes a text on it."""

from collections.abc import Callable, Iterable

from textual.screen import Screen
from textual.timer import Timer

INTERVAL = 1.0
"""Seconds between two ticks while a text changes all the time."""


class Ticker:
    """Calls back every second, or once when a text changes next, or not at all."""

    def __init__(self, screen: Screen[None], tick: Callable[[], None]) -> None:
        """`tick` refreshes `screen`, and then calls `schedule`."""
        self._screen = screen
        self._tick = tick
        self._interval = screen.set_interval(INTERVAL, tick, pause=True)
        self._timer: Timer | None = None

    def schedule(self, changes: Iterable[float | None]) -> None:
        """Tick at the first of some changes, in seconds from now; None is never."""
        due = min((seconds for seconds in changes if seconds is not None), default=None)
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if due is not None and due <= INTERVAL:
            self._interval.resume()
            return
        self._interval.pause()
        if due is not None:
            self._timer = self._screen.set_timer(due, self._tick)
