"""What acts at once, and what waits until a key is released."""

from kling_tui.tui.debounce import Debouncer
from tests.support.fake_timers import FakeScreen


class Debounced:
    """A Debouncer whose events are less than a second apart, with the number of its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.timers = FakeScreen()
        self.debouncer = Debouncer(
            self.timers.screen, self._act, 1.0, clock=lambda: self.timers.now
        )

    def _act(self) -> None:
        self.calls += 1


def test_first_event_acts_at_once_and_the_next_ones_do_not() -> None:
    """As long as events follow within the interval, nothing else happens."""
    debounced = Debounced()
    debounced.debouncer.trigger()
    assert debounced.calls == 1
    for _ in range(5):
        debounced.timers.now += 0.5
        debounced.debouncer.trigger()
        assert debounced.calls == 1
        assert len(debounced.timers.timers) == 1


def test_last_event_acts_once_after_the_interval() -> None:
    """However many events there were, there is one more call after the last of them."""
    debounced = Debounced()
    for _ in range(5):
        debounced.debouncer.trigger()
    (timer,) = debounced.timers.timers
    assert timer.seconds == 1.0
    timer.fire()
    assert debounced.calls == 2
    assert debounced.timers.timers == []


def test_event_after_the_interval_acts_at_once() -> None:
    """Single key presses are never delayed."""
    debounced = Debounced()
    for calls in (1, 2, 3):
        debounced.debouncer.trigger()
        assert debounced.calls == calls
        debounced.timers.now += 1.0
