"""The output of changes of the layout: another size, the filter, the enlarged detail."""

from collections.abc import Iterator

from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import FIRST_SCREEN, Figure
from tests.benchmarks.pty_process import SIZE, Response

_QUIET = 0.5
"""Seconds without output after which a change is complete."""
_OTHER_SIZE = (110, 36)
_ROUND_TRIP = 0.15
_BYTES_PER_SECOND = 256_000 / 8
"""A slow line: a round trip in seconds, and its rate."""
_FILTER, _ENLARGE, _BACK = b"/", b"\r", b"\x1b"


def layouts(bench: Bench) -> Iterator[Figure]:
    """Resize the terminal, open the filter, and enlarge the detail and leave it."""
    with bench.track_jobs(10, 0) as jobs, jobs.open() as process:
        process.read_until_quiet(1.5, 6.0)
        first_screen = process.bytes_received

        process.respond(lambda: process.resize(*_OTHER_SIZE), _QUIET)
        resized = process.respond(lambda: process.resize(*SIZE), _QUIET)
        filter_opened = process.press_and_wait(_FILTER, _QUIET)
        process.press_and_wait(_BACK, _QUIET)
        process.press_and_wait(_ENLARGE, _QUIET)
        left = process.press_and_wait(_BACK, _QUIET)
    yield Figure("output of a resize", "B", resized.bytes, first_screen, FIRST_SCREEN)
    yield Figure("output of opening the filter", "B", filter_opened.bytes)
    yield Figure("output of leaving the enlarged detail", "B", left.bytes)
    name = "{}: time to the answer over a slow line".format
    yield Figure(name("opening the filter"), "ms", _slow_line_ms(filter_opened))
    yield Figure(name("leaving the enlarged detail"), "ms", _slow_line_ms(left))


def _slow_line_ms(response: Response) -> float:
    """Return after how many milliseconds all of a response is there, if no packet is lost.

    It is as if nothing were sent before the last byte is written, so the true time is shorter.
    """
    return (_ROUND_TRIP + response.seconds + response.bytes / _BYTES_PER_SECOND) * 1000
