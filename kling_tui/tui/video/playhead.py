"""Where in a clip a person is."""


class Playhead:
    """A place in a clip, which moves on with the time while it plays; all is in seconds."""

    def __init__(self) -> None:
        self._at = 0.0
        self._since: float | None = None

    @property
    def playing(self) -> bool:
        """Whether it moves."""
        return self._since is not None

    def position(self, now: float) -> float:
        """Return where it is."""
        return self._at if self._since is None else self._at + now - self._since

    def play(self, now: float) -> None:
        """Move on from here."""
        self._since = now

    def pause_at(self, position: float) -> None:
        """Stand still at a place."""
        self._at, self._since = position, None
