"""What a key press costs: the bytes that answer it, and the time until they have come."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from tests.benchmarks.bench import Bench, program
from tests.benchmarks.figures import Figure
from tests.benchmarks.line import Line

_QUIET = 0.15
_DOWN, _UP = b"j", b"k"
_ARROWS = {_DOWN: b"\x1b[B", _UP: b"\x1b[A"}
_WAY = 8
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
            "ours, stock output": stock.open(),
            "DataTable": stock.open(*program("stock_table", stock.jobs)),
        }
        for line in lines.values():
            stack.enter_context(line)
            line.settle(2.0, 5.0)
        sent: dict[str, list[int]] = {name: [] for name in lines}
        taken: dict[str, list[float]] = {name: [] for name in lines}
        for number in range(bench.either(40, 16)):
            key = _DOWN if number % (2 * _WAY) < _WAY else _UP
            for name, line in lines.items():
                received, seconds = _press(line, _ARROWS[key] if name == "DataTable" else key)
                sent[name].append(received)
                taken[name].append(seconds)
    bytes_ = {name: median(values) for name, values in sent.items()}
    times = {name: median(values) * 1000 for name, values in taken.items()}
    for ours, name in (("table alone", "table alone"), ("10", "and another job's detail")):
        yield Figure(
            name=f"bytes for one cursor key, {name}",
            unit="B",
            ours=bytes_[ours],
            reference=bytes_["DataTable"],
            of="stock `DataTable`",
            most=450,
        )
    yield Figure(
        name="bytes for one cursor key, and another job's detail",
        unit="B",
        ours=bytes_["10"],
        reference=bytes_["ours, stock output"],
        of="ours, stock output",
    )
    yield Figure(
        name="key to paint, 10,000 jobs",
        unit="ms",
        ours=times["10,000"],
        reference=times["10"],
        of="with 10",
        most_times=1.5,
    )
    yield Figure(
        name="key to paint, 10 jobs",
        unit="ms",
        ours=times["10"],
        reference=times["DataTable"],
        of="stock `DataTable`",
    )


def _press(line: Line, key: bytes) -> tuple[int, float]:
    """Return how many bytes answer a key, and after how many seconds the last of them came."""
    line.settle(_QUIET)
    before, pressed_at = line.received, time.monotonic()
    line.press(key)
    if not line.read(1.0):
        raise TimeoutError("a key was not answered")
    line.settle(_QUIET)
    return line.received - before, line.heard_at - pressed_at
