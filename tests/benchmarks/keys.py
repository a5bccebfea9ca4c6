"""What a key press costs: the bytes that answer it, and the time until they have come."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from tests.benchmarks.bench import Bench, program
from tests.benchmarks.figures import STOCK_OUTPUT, STOCK_TABLE, Figure
from tests.benchmarks.line import Line, read_all

_QUIET = 0.15
_DOWN, _UP = b"j", b"k"
_ARROWS = {_DOWN: b"\x1b[B", _UP: b"\x1b[A"}
_WAY = 8
_HELD = 1 / 30
"""Seconds between two keys that come from one that is held down."""
_LOW = 17
"""Lines of a terminal in which the table stands alone."""


def keys(bench: Bench) -> Iterator[Figure]:
    """Move the cursor over few jobs and over many, turn by turn."""
    with ExitStack() as stack:
        few = stack.enter_context(bench.tracking(10, 0))
        many = stack.enter_context(bench.tracking(10_000, 0))
        stock = stack.enter_context(bench.tracking(10, 0, output="stock"))
        lines = {
            "10": few.open(),
            "table alone": few.open(lines=_LOW),
            "10,000": many.open(),
            STOCK_OUTPUT: stock.open(),
            STOCK_TABLE: stock.open(*program("stock_table", stock.jobs)),
        }
        for line in lines.values():
            stack.enter_context(line)
            line.settle(2.0, 5.0)
        sent: dict[str, list[int]] = {name: [] for name in lines}
        taken: dict[str, list[float]] = {name: [] for name in lines}
        for number in range(bench.either(24, 16)):
            key = _DOWN if number % (2 * _WAY) < _WAY else _UP
            for name, line in lines.items():
                received, seconds = _press(line, _ARROWS[key] if name == STOCK_TABLE else key)
                sent[name].append(received)
                taken[name].append(seconds)
        held = {name: _hold(lines[name], bench.either(6, 2)) for name in ("10", STOCK_OUTPUT)}
    bytes_ = {name: median(values) for name, values in sent.items()}
    times = {name: median(values) * 1000 for name, values in taken.items()}
    alone, detail = (
        f"bytes for a cursor key, {what}" for what in ("table alone", "with the detail")
    )
    yield Figure(alone, "B", bytes_["table alone"], bytes_[STOCK_TABLE], STOCK_TABLE)
    yield Figure(detail, "B", bytes_["10"], bytes_[STOCK_OUTPUT], STOCK_OUTPUT)
    name = "bytes for a cursor key, held down"
    yield Figure(name, "B", held["10"], held[STOCK_OUTPUT], STOCK_OUTPUT)
    yield Figure("key to paint, 10 jobs", "ms", times["10"], times[STOCK_TABLE], STOCK_TABLE)
    yield Figure("key to paint, 10,000 jobs", "ms", times["10,000"], times["10"], "with 10")


def _press(line: Line, key: bytes) -> tuple[int, float]:
    """Return how many bytes answer a key, and after how many seconds the last of them came."""
    line.settle(_QUIET)
    before, pressed_at = line.received, time.monotonic()
    line.press(key)
    if not line.read(1.0):
        raise TimeoutError("a key was not answered")
    line.settle(_QUIET)
    return line.received - before, line.heard_at - pressed_at


def _hold(line: Line, times: int) -> float:
    """Return the bytes for a key, where each is held until the cursor is at the other end."""
    line.settle(_QUIET)
    before = line.received
    for key in (_DOWN, _UP) * times:
        for _ in range(_WAY):
            line.press(key)
            read_all([line], _HELD)
        line.settle(_QUIET)
    return (line.received - before) / (2 * times * _WAY)
