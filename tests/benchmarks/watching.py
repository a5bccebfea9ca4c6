"""What it costs to stay open: bytes on the line and the processor's time, a second."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from statistics import median

from tests.benchmarks.bench import Bench, Tracking, program
from tests.benchmarks.figures import HELLO, STOCK_OUTPUT, STOCK_TABLE, Figure
from tests.benchmarks.line import Line, read_all

ROWS = 20
WATCH = "watch -n1 date"
PEERS = {
    "htop": ("htop",),
    "btop": ("btop",),
    WATCH: ("watch", "-n1", "date"),
    "posting": ("posting",),
}
"""Programs that people keep open as well; those that are not installed are left out."""
CHANGING = 1000


def watching(bench: Bench) -> Iterator[Figure]:
    """Have all programs open at once, and see what each sends and uses in the same seconds."""
    with ExitStack() as stack:
        ticking = stack.enter_context(bench.tracking(ROWS, ROWS))
        ended = stack.enter_context(bench.tracking(ROWS, 0))
        stock = stack.enter_context(bench.tracking(ROWS, ROWS, output="stock"))
        lines = {
            "ticking": ticking.open(),
            "ended": ended.open(),
            STOCK_OUTPUT: stock.open(),
            STOCK_TABLE: stock.open(*program("stock_table", stock.jobs)),
            HELLO: stock.open(*program("hello")),
            **_peers(ticking),
        }
        for line in lines.values():
            stack.enter_context(line)
        sent, used = _rates(bench, lines)
    yield from _bytes(sent)
    yield from _cpu(used)


def _peers(tracking: Tracking) -> dict[str, Line]:
    return {
        name: tracking.open(*command) for name, command in PEERS.items() if shutil.which(command[0])
    }


def _rates(bench: Bench, lines: Mapping[str, Line]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the bytes a second and the percent of a core of each program: medians of rounds."""
    sent: dict[str, list[float]] = {name: [] for name in lines}
    used: dict[str, list[float]] = {name: [] for name in lines}
    seconds = bench.either(12, 5)
    # All at once from the start: some programs never recover where nobody reads for a while.
    read_all(list(lines.values()), bench.either(20, 12))
    for _ in range(3):
        before = {name: (line.received, line.cpu) for name, line in lines.items()}
        read_all(list(lines.values()), seconds)
        for name, (received, cpu) in before.items():
            sent[name].append((lines[name].received - received) / seconds)
            used[name].append((lines[name].cpu - cpu) / seconds * 100)
    for line in lines.values():
        line.require()
    return _medians(sent), _medians(used)


def _medians(taken: Mapping[str, list[float]]) -> dict[str, float]:
    return {name: median(values) for name, values in taken.items()}


def _bytes(sent: dict[str, float]) -> Iterator[Figure]:
    for of in (STOCK_TABLE, STOCK_OUTPUT, *PEERS):
        if of in sent:
            yield Figure("bytes/s, 20 jobs ticking", "B/s", sent["ticking"], sent[of], of)
    yield Figure("bytes/s, all jobs ended", "B/s", sent["ended"], sent[HELLO], HELLO)


def _cpu(used: dict[str, float]) -> Iterator[Figure]:
    unit = "% of a core"
    for of in ("htop", HELLO):
        yield Figure("CPU, all jobs ended", unit, used["ended"], used.get(of), of)
    for of in (STOCK_TABLE, STOCK_OUTPUT, *PEERS):
        # What watch uses is used by the programs that it starts.
        if of == "htop" or (of in used and of != WATCH):
            yield Figure("CPU, 20 jobs ticking", unit, used["ticking"], used.get(of), of)


def changing(bench: Bench) -> Iterator[Figure]:
    """See what a thousand changes a second over ten thousand rows cost."""
    with bench.tracking(10_000, CHANGING) as jobs:
        lines = {
            "ours": jobs.open(*program("changing", jobs.jobs)),
            "DataTable": jobs.open(*program("stock_table", jobs.jobs, 10_000, CHANGING)),
        }
        with ExitStack() as stack:
            for line in lines.values():
                stack.enter_context(line)
            sent, used = _rates(bench, lines)
    for kind, unit, rates in (("CPU", "% of a core", used), ("bytes/s", "B/s", sent)):
        name = f"{kind}, 1,000 changes/s in 10,000 rows"
        yield Figure(name, unit, rates["ours"], rates["DataTable"], STOCK_TABLE)
