"""Acts at once on a single key press, but on a held key only after it is released."""

from collections.abc import Callable
from time import monotonic

from textual.screen import Screen
from textual.timer import Timer


class Debouncer:
    """Acts at once on the first of several events, and once more after the last of them."""

    def __init__(
        self,
        screen: Screen[None],
        act: Callable[[], None],
        seconds: float,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Events less than `seconds` apart belong together; `clock` returns seconds."""
        self._screen = screen
        self._act = act
        self._seconds = seconds
        self._clock = clock
        self._last = -seconds
        self._timer: Timer | None = None

    def trigger(self) -> None:
        """Report an event."""
        before, self._last = self._last, self._clock()
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._last - before < self._seconds:
            self._timer = self._screen.set_timer(self._seconds, self._act)
        else:
            self._act()
