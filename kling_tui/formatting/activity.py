"""The jobs in flight together: how far they are, and small charts of the last minutes."""

import math
from collections.abc import Sequence

from kling_tui.formatting import text
from kling_tui.formatting.symbols import HAS_UTF8
from kling_tui.timeline.run import Progress

_UTF8_LEVELS = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS = "_.:-=+*#"
_MINUTE = 60
_COARSE_FROM = 600
"""Seconds from which on the time left is rounded up to five minutes."""


def sparkline(values: Sequence[int], *, utf8: bool = HAS_UTF8) -> str:
    """Return a chart with one character for each value, the lowest for 0."""
    levels = _UTF8_LEVELS if utf8 else _ASCII_LEVELS
    highest = max(values, default=0)
    return "".join(
        levels[math.ceil(value / highest * (len(levels) - 1)) if highest else 0] for value in values
    )


def charts(in_flight: Sequence[int], ends: Sequence[int], *, utf8: bool = HAS_UTF8) -> list[str]:
    """Return the charts of jobs in flight and of ends per minute, each with its highest value."""
    return [
        f"{name} {sparkline(values, utf8=utf8)} max {max(values, default=0):,}"
        for name, values in (("in flight", in_flight), ("ended/min", ends))
    ]


def overall_progress(progress: Progress) -> str:
    """Return how far the jobs are: ``12 of 38 done, 1 failed, about 3 min left``."""
    parts = [f"{progress.done:,} of {progress.total:,} done"]
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    if progress.seconds_left is not None:
        parts.append(_time_left(progress.seconds_left))
    return ", ".join(parts)


def _time_left(seconds: float) -> str:
    """Return about how much time is left, in steps of minutes, so that it rarely changes."""
    if seconds < _MINUTE:
        return "less than a minute left"
    step = _MINUTE if seconds <= _COARSE_FROM else 5 * _MINUTE
    return f"about {text.duration(math.ceil(seconds / step) * step)} left"
