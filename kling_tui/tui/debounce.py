"""Answers a key at once, but a key that is held down only once it is let go."""

from collections.abc import Callable
from time import monotonic

from textual.screen import Screen
from textual.timer import Timer


class Debouncer:
    """Acts at once on the first of several events, and on the others when they have ended."""

    def __init__(self, screen: Screen[None], act: Callable[[], None], seconds: float) -> None:
        """`seconds` without an event are a lull."""
        self._screen = screen
        self._act = act
        self._seconds = seconds
        self._last = -seconds
        self._waiting: Timer | None = None

    def trigger(self) -> None:
        """Take note of an event."""
        before, self._last = self._last, monotonic()
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        if self._last - before < self._seconds:
            self._waiting = self._screen.set_timer(self._seconds, self._act)
        else:
            self._act()
