"""The position in a clip."""


class Playhead:
    """A position that advances with time while it plays. All values are seconds."""

    def __init__(self) -> None:
        self._position = 0.0
        self._playing_since: float | None = None

    @property
    def playing(self) -> bool:
        """Whether the position advances."""
        return self._playing_since is not None

    def position(self, now: float) -> float:
        """Return the position at the time `now`."""
        if self._playing_since is None:
            return self._position
        return self._position + now - self._playing_since

    def play(self, now: float) -> None:
        """Advance from the current position on."""
        self._playing_since = now

    def pause_at(self, position: float) -> None:
        """Stop at a position."""
        self._position, self._playing_since = position, None
