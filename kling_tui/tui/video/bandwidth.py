"""Limits the bytes per second that painting a video sends to the terminal."""

_MAX_BURST_SECONDS = 1 / 20
"""The tokens that can be saved up, as seconds of the rate: a key press waits as long."""
_MAX_CELLS = 1_500
"""Cells that are painted at once at any rate, because keys wait while they are painted."""
_INITIAL_BYTES_PER_CELL = 25.0
_SMOOTHING = 1 / 8
"""The weight of the latest sample in the moving average of bytes per cell."""
_MIN_FRAMES_PER_SECOND = 3
"""Whole frames per second that must be possible where every frame differs completely."""


class BandwidthBudget:
    """A token bucket: the tokens are bytes, converted to cells by what cells have cost so far."""

    def __init__(self, bytes_per_second: int, now: float, bytes_sent: int) -> None:
        """`now` is in seconds; `bytes_sent` is the terminal's counter at that time."""
        self._bytes_per_second = bytes_per_second
        self._tokens = 0.0
        self._bytes_per_cell = _INITIAL_BYTES_PER_CELL
        self._refilled_at = now
        self._bytes_sent = bytes_sent
        self._spent_cells = 0

    @property
    def max_picture_cells(self) -> int:
        """The size of a picture that can still move."""
        return int(self._bytes_per_second / (_INITIAL_BYTES_PER_CELL * _MIN_FRAMES_PER_SECOND))

    def refill(self, now: float, bytes_sent: int) -> int:
        """Add the tokens of the time since the last call; return how many cells may be painted."""
        cost = bytes_sent - self._bytes_sent
        if self._spent_cells and cost:
            sample = cost / self._spent_cells
            self._bytes_per_cell += (sample - self._bytes_per_cell) * _SMOOTHING
        tokens = self._tokens + (now - self._refilled_at) * self._bytes_per_second
        self._tokens = min(tokens, self._bytes_per_second * _MAX_BURST_SECONDS) - cost
        self._refilled_at, self._bytes_sent, self._spent_cells = now, bytes_sent, 0
        return max(0, min(_MAX_CELLS, int(self._tokens / self._bytes_per_cell)))

    def spend(self, cells: int) -> None:
        """Record how many cells are painted; their bytes are counted at the next refill."""
        self._spent_cells = cells
