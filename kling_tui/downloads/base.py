"""What all of a download shares: how it can fail, how long it is tried, how far it is."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

_RATE_OVER = 5.0
"""Seconds over which the rate is taken."""
_LEAST_BETWEEN = 0.2
"""Seconds between two looks from which a rate can be told."""


class DownloadErrorKind(Enum):
    """What is to be done about a download that failed."""

    TRANSIENT = "ask again soon"
    LINK_EXPIRED = "ask the gateway for a fresh link"
    PERMANENT = "tell a person"
    LOCKED = "let the other process do it"
    INVALID_CONTENT = "tell a person, and keep nothing of what came"


class DownloadError(Exception):
    """A result could not be fetched; the words tell a person why and what to do.

    `after` is the number of seconds that the server asks to be left alone for, or None.
    """

    def __init__(
        self,
        message: str,
        kind: DownloadErrorKind = DownloadErrorKind.PERMANENT,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how often a server is tried, and how much is taken from it."""

    read_timeout: float = 30.0
    """Seconds in which something must come."""
    max_attempts: int = 5
    """Attempts in a row that bring nothing new."""
    first_delay: float = 1.0
    """Seconds before the second attempt; each later wait is twice as long."""
    max_bytes: int = 4 << 30
    """Of a file whose length the server does not tell."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is."""

    file: Path
    """Where it goes; a number is added where that name is taken by then."""
    received: int = 0
    """Bytes, those of an earlier run among them."""
    total: int | None = None
    """Bytes; None while the server has not told."""
    rate: float | None = None
    """Bytes a second of late."""
    problem: str = ""
    """Why nothing comes at present, while it is tried again."""
    waiting: bool = False
    """Whether others come first."""

    @property
    def fraction(self) -> float | None:
        """The part that is here, from 0 to 1."""
        return min(1.0, self.received / self.total) if self.total else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds left at the present rate."""
        if not self.total or not self.rate:
            return None
        return max(0.0, (self.total - self.received) / self.rate)


class Meter:
    """Tells at which rate a number grows, from when and how large it was seen to be."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` tells seconds."""
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()

    def rate(self, size: int) -> float | None:
        """Return bytes a second, now that there are `size`; None where too little was seen."""
        now = self._clock()
        if self._seen and size < self._seen[-1][1]:
            self._seen.clear()  # it started over
        if not self._seen or now - self._seen[-1][0] >= _LEAST_BETWEEN:
            self._seen.append((now, size))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _RATE_OVER:
            self._seen.popleft()
        since, before = self._seen[0]
        return (size - before) / (now - since) if now - since >= _LEAST_BETWEEN else None
