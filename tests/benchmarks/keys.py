"""The cost of a key press: its output, the time until that is complete, and its CPU time."""

from collections.abc import Iterator
from contextlib import ExitStack
from operator import itemgetter
from statistics import median

from tests.benchmarks.bench import Bench, program_command
from tests.benchmarks.figures import STOCK_OUTPUT, STOCK_TABLE, TEN_JOBS, Figure
from tests.benchmarks.pty_process import PtyProcess, Response, read_all

_QUIET = 0.15
"""Seconds without output after which the response to a key is complete."""
_DOWN, _UP = b"j", b"k"
_ARROWS = {_DOWN: b"\x1b[B", _UP: b"\x1b[A"}
"""The same keys for the stock table, which has no vi keys."""
_MOVES = 8
"""Key presses in one direction."""
_REPEAT_INTERVAL = 1 / 30
"""Seconds between the repetitions of a key that is held down."""
_LINES_FOR_TABLE_ONLY = 17
"""Lines of a terminal in which there is no room for the detail pane."""


def keys(bench: Bench) -> Iterator[Figure]:
    """Move the cursor over few jobs and over many, in turn."""
    with ExitStack() as stack:
        few = stack.enter_context(bench.track_jobs(10, 0))
        many = stack.enter_context(bench.track_jobs(10_000, 0))
        stock = stack.enter_context(bench.track_jobs(10, 0, output="stock"))
        processes = {
            "10": few.open(),
            "table only": few.open(lines=_LINES_FOR_TABLE_ONLY),
            "10,000": many.open(),
            STOCK_OUTPUT: stock.open(),
            STOCK_TABLE: stock.open(*program_command("stock_table", stock.job_file)),
        }
        for process in processes.values():
            stack.enter_context(process)
            process.read_until_quiet(2.0, 5.0)
        responses: dict[str, list[Response]] = {name: [] for name in processes}
        for number in range(bench.full_or_quick(24, 16)):
            key = _DOWN if number % (2 * _MOVES) < _MOVES else _UP
            for name, process in processes.items():
                sent = _ARROWS[key] if name == STOCK_TABLE else key
                responses[name].append(process.press_and_wait(sent, _QUIET))
        repeats = bench.full_or_quick(6, 2)
        held = {name: _hold(processes[name], repeats) for name in ("10", STOCK_OUTPUT)}
    # Medians leave out the keys during which the clock of the stock table ticked.
    output, latency, cpu = (
        {name: median(map(itemgetter(index), each)) for name, each in responses.items()}
        for index in range(3)
    )
    yield from _output_figures(output, held)
    yield from _latency_figures({name: seconds * 1000 for name, seconds in latency.items()})
    name = "CPU per cursor key"
    yield Figure(name, "ms", cpu["10"] * 1000, cpu[STOCK_TABLE] * 1000, STOCK_TABLE)


def _output_figures(pressed: dict[str, float], held: dict[str, float]) -> Iterator[Figure]:
    name = "output per cursor key, {}".format
    table, ten = pressed["table only"], pressed["10"]
    yield Figure(name("table only"), "B", table, pressed[STOCK_TABLE], STOCK_TABLE)
    yield Figure(name("table and detail"), "B", ten, pressed[STOCK_OUTPUT], STOCK_OUTPUT)
    yield Figure(name("held down"), "B", held["10"], held[STOCK_OUTPUT], STOCK_OUTPUT)


def _latency_figures(milliseconds: dict[str, float]) -> Iterator[Figure]:
    ten, stock = milliseconds["10"], milliseconds[STOCK_TABLE]
    yield Figure("key latency, 10 jobs", "ms", ten, stock, STOCK_TABLE)
    yield Figure("key latency, 10,000 jobs", "ms", milliseconds["10,000"], ten, TEN_JOBS)


def _hold(process: PtyProcess, repeats: int) -> float:
    """Hold the keys down in turn until the cursor is at the other end; returns bytes per key."""
    process.read_until_quiet(_QUIET)
    bytes_before = process.bytes_received
    for key in (_DOWN, _UP) * repeats:
        for _ in range(_MOVES):
            process.press(key)
            read_all([process], _REPEAT_INTERVAL)
        process.read_until_quiet(_QUIET)
    return (process.bytes_received - bytes_before) / (2 * repeats * _MOVES)
