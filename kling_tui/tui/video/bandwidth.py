"""How much of a moving picture the terminal's line bears."""

_AT_ONCE = 1 / 20
"""Seconds of the line that may be taken up at once, which is how long a key then waits."""
_MOST = 1_500
"""Cells that are painted at once on any line, since keys wait while they are."""
_CELL = 25.0
"""Bytes that a cell is taken to cost while none has been sent."""
_CHANGE = 1 / 8
"""By how much of the difference the next cells' cost changes what a cell is taken to cost."""
_PICTURES = 3
"""Whole pictures a second that are to be had even where each of them is new."""


class BandwidthBudget:
    """Tells how many cells may be painted now, by what those before have cost."""

    def __init__(self, rate: int, now: float, sent: int) -> None:
        """`rate` is in bytes a second, `now` in seconds, `sent` in bytes so far."""
        self._rate = rate
        self._left = 0.0
        self._cell = _CELL
        self._at = now
        self._sent = sent
        self._painted = 0

    @property
    def max_picture_cells(self) -> int:
        """The cells that a picture had better not exceed."""
        return int(self._rate / (_CELL * _PICTURES))

    def refill(self, now: float, sent: int) -> int:
        """Return how many cells may be painted now; what more is painted is waited for later."""
        spent = sent - self._sent
        if self._painted and spent:
            self._cell += (spent / self._painted - self._cell) * _CHANGE
        earned = self._left + (now - self._at) * self._rate
        self._left = min(earned, self._rate * _AT_ONCE) - spent
        self._at, self._sent, self._painted = now, sent, 0
        return max(0, min(_MOST, int(self._left / self._cell)))

    def spend(self, cells: int) -> None:
        """Note how many cells are painted now."""
        self._painted = cells
