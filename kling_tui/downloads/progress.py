"""How far a download is, and how fast."""

from collections import deque
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

_WINDOW = 5.0
"""Seconds over which the rate is measured."""
_MIN_INTERVAL = 0.2
"""Seconds between two samples; a shorter time gives no rate."""


class Progress(Struct, frozen=True):
    """How far a download is."""

    file: Path
    """The target; a number is added to its name if that is taken at the end."""
    received: int = 0
    """Bytes, including those of an earlier run."""
    total: int | None = None
    """Bytes; None until the server has sent the length."""
    rate: float | None = None
    """Bytes per second over the last seconds."""
    problem: str = ""
    """Why the last attempt failed, while the next one is due."""
    waiting: bool = False
    """Whether it waits for its turn."""

    @property
    def fraction(self) -> float | None:
        """The part that was received, from 0 to 1."""
        return min(1.0, self.received / self.total) if self.total else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds left at the present rate."""
        if not self.total or not self.rate:
            return None
        return max(0.0, (self.total - self.received) / self.rate)


class Meter:
    """Measures the rate at which a file grows, over the last seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` returns seconds."""
        self._clock = clock
        self._samples: deque[tuple[float, int]] = deque()

    def rate(self, size: int) -> float | None:
        """Add a sample and return bytes per second; None while there are too few samples."""
        now = self._clock()
        if self._samples and size < self._samples[-1][1]:
            self._samples.clear()  # the download was restarted
        if not self._samples or now - self._samples[-1][0] >= _MIN_INTERVAL:
            self._samples.append((now, size))
        while len(self._samples) > 2 and now - self._samples[1][0] >= _WINDOW:
            self._samples.popleft()
        start, first_size = self._samples[0]
        return (size - first_size) / (now - start) if now - start >= _MIN_INTERVAL else None
