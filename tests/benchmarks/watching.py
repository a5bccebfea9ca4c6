"""What it costs to stay open: bytes on the line and the processor's time, a second."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from statistics import median

from tests.benchmarks.bench import Bench, Tracking, program
from tests.benchmarks.figures import Figure
from tests.benchmarks.line import Line, read_all

ROWS = 20
PEERS = {
    "htop": ("htop",),
    "btop": ("btop",),
    "watch -n1 date": ("watch", "-n1", "date"),
    "posting": ("posting",),
    "monitorify": ("monitorify",),
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
            "ours, stock output": stock.open(),
            "DataTable": stock.open(*program("stock_table", stock.jobs)),
            "hello": stock.open(*program("hello")),
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
    seconds = bench.either(15, 5)
    # All at once from the start: some programs never recover where nobody reads for a while.
    read_all(list(lines.values()), bench.either(30, 15))
    for _ in range(bench.either(5, 3)):
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
    name, unit = f"bytes/s, {ROWS} live rows ticking at 1 Hz", "B/s"
    ours = sent["ticking"]
    yield Figure(
        name=name,
        unit=unit,
        ours=ours,
        reference=sent["DataTable"],
        of="stock `DataTable`",
        most=300,
        most_times=1 / 50,
    )
    for peer in ("ours, stock output", *PEERS):
        if peer in sent:
            yield Figure(name=name, unit=unit, ours=ours, reference=sent[peer], of=peer)
    yield Figure(
        name="bytes/s, all jobs ended",
        unit=unit,
        ours=sent["ended"],
        reference=sent["hello"],
        of="minimal Textual app",
        most=0,
    )


def _cpu(used: dict[str, float]) -> Iterator[Figure]:
    unit = "% of a core"
    peers = [peer for peer in PEERS if peer in used and peer != "watch -n1 date"]
    for state, most, references in (
        ("ended", 0.3, ("htop", "hello")),
        ("ticking", 1.5, ("htop", "DataTable", "ours, stock output", *peers[1:])),
    ):
        words = "all jobs ended" if state == "ended" else f"{ROWS} live rows ticking at 1 Hz"
        for reference in references:
            bar = reference == "htop"
            yield Figure(
                name=f"CPU, {words}",
                unit=unit,
                ours=used[state],
                reference=used.get(reference),
                of=reference if reference in used else f"({reference} is not installed)",
                most=most if bar else None,
                most_times=1.0 if bar else None,
            )


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
    name = f"{CHANGING:,} changes a second over 10,000 rows"
    for kind, unit, rates in (("CPU", "% of a core", used), ("bytes/s", "B/s", sent)):
        yield Figure(
            name=f"{kind}, {name}",
            unit=unit,
            ours=rates["ours"],
            reference=rates["DataTable"],
            of="stock `DataTable`",
        )
