"""The cost of staying open: output and CPU time per second."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from statistics import median

from tests.benchmarks.bench import Bench, TrackedJobs, program_command
from tests.benchmarks.figures import HELLO, STOCK_OUTPUT, STOCK_TABLE, Figure
from tests.benchmarks.pty_process import PtyProcess, read_all

JOBS = 20
WATCH = "watch -n1 date"
PEERS = {
    "htop": ("htop",),
    "btop": ("btop",),
    WATCH: ("watch", "-n1", "date"),
    "posting": ("posting",),
}
"""Other programs that stay open in terminals; those that are not installed are left out."""
CHANGES_PER_SECOND = 1000


def watching(bench: Bench) -> Iterator[Figure]:
    """Have all programs open at once, and measure them over the same seconds."""
    with ExitStack() as stack:
        live = stack.enter_context(bench.track_jobs(JOBS, JOBS))
        ended = stack.enter_context(bench.track_jobs(JOBS, 0))
        stock = stack.enter_context(bench.track_jobs(JOBS, JOBS, output="stock"))
        processes = {
            "live": live.open(),
            "ended": ended.open(),
            STOCK_OUTPUT: stock.open(),
            STOCK_TABLE: stock.open(*program_command("stock_table", stock.job_file)),
            HELLO: stock.open(*program_command("hello")),
            **_open_peers(live),
        }
        for process in processes.values():
            stack.enter_context(process)
        output, cpu = _rates(bench, processes)
    yield from _output_figures(output)
    yield from _cpu_figures(cpu)


def _open_peers(jobs: TrackedJobs) -> dict[str, PtyProcess]:
    return {
        name: jobs.open(*command) for name, command in PEERS.items() if shutil.which(command[0])
    }


def _rates(
    bench: Bench, processes: Mapping[str, PtyProcess]
) -> tuple[dict[str, float], dict[str, float]]:
    """Return B/s of output and % of a core of each program: medians of three rounds."""
    output: dict[str, list[float]] = {name: [] for name in processes}
    cpu: dict[str, list[float]] = {name: [] for name in processes}
    seconds = bench.full_or_quick(12, 5)
    # All are read from the start: some programs never recover from a full terminal.
    read_all(list(processes.values()), bench.full_or_quick(20, 12))
    for _ in range(3):
        before = {
            name: (process.bytes_received, process.cpu_seconds)
            for name, process in processes.items()
        }
        read_all(list(processes.values()), seconds)
        for name, (bytes_before, cpu_before) in before.items():
            process = processes[name]
            output[name].append((process.bytes_received - bytes_before) / seconds)
            cpu[name].append((process.cpu_seconds - cpu_before) / seconds * 100)
    for process in processes.values():
        process.check_running()
    return _medians(output), _medians(cpu)


def _medians(rounds: Mapping[str, list[float]]) -> dict[str, float]:
    return {name: median(values) for name, values in rounds.items()}


def _output_figures(output: dict[str, float]) -> Iterator[Figure]:
    for name in (STOCK_TABLE, STOCK_OUTPUT, *PEERS):
        if name in output:
            yield Figure("output, 20 live jobs", "B/s", output["live"], output[name], name)
    yield Figure("output, 20 ended jobs", "B/s", output["ended"], output[HELLO], HELLO)


def _cpu_figures(cpu: dict[str, float]) -> Iterator[Figure]:
    unit = "% of a core"
    for name in ("htop", HELLO):
        yield Figure("CPU, 20 ended jobs", unit, cpu["ended"], cpu.get(name), name)
    for name in (HELLO, STOCK_TABLE, STOCK_OUTPUT, *PEERS):
        # watch is left out: its CPU time is that of the programs that it starts.
        if name == "htop" or (name in cpu and name != WATCH):
            yield Figure("CPU, 20 live jobs", unit, cpu["live"], cpu.get(name), name)


def changing(bench: Bench) -> Iterator[Figure]:
    """Measure a thousand changes a second over ten thousand rows."""
    with bench.track_jobs(10_000, CHANGES_PER_SECOND) as jobs:
        stock_table = program_command("stock_table", jobs.job_file, 10_000, CHANGES_PER_SECOND)
        processes = {
            "ours": jobs.open(*program_command("changing", jobs.job_file)),
            STOCK_TABLE: jobs.open(*stock_table),
        }
        with ExitStack() as stack:
            for process in processes.values():
                stack.enter_context(process)
            output, cpu = _rates(bench, processes)
    for measure, unit, rates in (("CPU", "% of a core", cpu), ("output", "B/s", output)):
        name = f"{measure}, 1,000 changes/s in 10,000 rows"
        yield Figure(name, unit, rates["ours"], rates[STOCK_TABLE], STOCK_TABLE)
