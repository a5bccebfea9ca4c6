"""Timers that fire when a test says so."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from textual.screen import Screen


@dataclass
class FakeScreen:
    """Stands in for a screen where only its timers are needed; also a clock."""

    now: float = 1000.0
    """In seconds."""
    interval_runs: bool = False
    timers: list["FakeTimer"] = field(default_factory=list)
    """The timers that have neither fired nor been stopped."""

    @property
    def screen(self) -> Screen[None]:
        """The fake, typed as what the code under test expects."""
        return cast("Screen[None]", self)

    def set_interval(
        self, seconds: float, callback: Callable[[], None], *, pause: bool
    ) -> "FakeInterval":
        """Create a timer that fires every second."""
        assert seconds == 1.0
        assert callable(callback)
        self.interval_runs = not pause
        return FakeInterval(self)

    def set_timer(self, seconds: float, callback: Callable[[], None]) -> "FakeTimer":
        """Create a timer that fires once."""
        timer = FakeTimer(self, seconds, callback)
        self.timers.append(timer)
        return timer


@dataclass
class FakeInterval:
    """A timer that fires again and again."""

    owner: FakeScreen

    def pause(self) -> None:
        """Stop firing for now."""
        self.owner.interval_runs = False

    def resume(self) -> None:
        """Fire again."""
        self.owner.interval_runs = True


@dataclass
class FakeTimer:
    """A timer that fires once."""

    owner: FakeScreen
    seconds: float
    callback: Callable[[], None]

    def stop(self) -> None:
        """Never fire."""
        if self in self.owner.timers:
            self.owner.timers.remove(self)

    def fire(self) -> None:
        """Let the time pass, and call back."""
        self.owner.now += self.seconds
        self.stop()
        self.callback()
