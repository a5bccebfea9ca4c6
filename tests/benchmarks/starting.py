"""The cost of opening the app: time to first paint, output of the first screen, memory."""

import sys
import time
from collections.abc import Callable, Iterator

from tests.benchmarks.bench import (
    LABEL_PREFIX,
    OURS,
    Bench,
    TrackedJobs,
    program_command,
)
from tests.benchmarks.figures import HELLO, STOCK_OUTPUT, TEN_JOBS, Figure


def first_paint(bench: Bench) -> Iterator[Figure]:
    """Open the app with few jobs and with many, and a minimal app, in turn."""
    with (
        bench.track_jobs(10, 1) as few,
        bench.track_jobs(10_000, 10) as many,
        bench.track_jobs(10_000, 10_000) as new,
    ):

        def time_to(text: bytes, jobs: TrackedJobs, *command: str) -> Callable[[], float]:
            def measure() -> float:
                with jobs.open(*command) as process:
                    return process.read_until(text) * 1000

            measure()  # the first start compiles modules
            return measure

        minimal, ten, ten_thousand, all_new = bench.medians(
            bench.full_or_quick(9, 5),
            time_to(b"hello", few, *program_command("hello")),
            time_to(LABEL_PREFIX, few),
            time_to(LABEL_PREFIX, many),
            time_to(LABEL_PREFIX, new),
        )
    name = "time to first paint, {}".format
    yield Figure(name("10 jobs"), "ms", ten, minimal, HELLO)
    yield Figure(name("10,000 jobs, 10 live"), "ms", ten_thousand, ten, TEN_JOBS)
    yield Figure(name("10,000 new jobs"), "ms", all_new, ten, TEN_JOBS)


def first_screen(bench: Bench) -> Iterator[Figure]:
    """Count the bytes until the screen is complete."""
    with bench.track_jobs(10, 0) as jobs, bench.track_jobs(10, 0, output="stock") as stock_jobs:
        ours, stock, minimal = bench.medians(
            bench.full_or_quick(5, 3),
            lambda: float(_first_output(jobs)),
            lambda: float(_first_output(stock_jobs)),
            lambda: float(_first_output(jobs, *program_command("hello"))),
        )
    for reference, value in ((STOCK_OUTPUT, stock), (HELLO, minimal)):
        yield Figure("output of the first screen", "B", ours, value, reference)


def _first_output(jobs: TrackedJobs, *command: str) -> int:
    with jobs.open(*command) as process:
        process.read(5.0)
        process.read_until_quiet(1.5)
        return process.bytes_received


def memory(bench: Bench) -> Iterator[Figure]:
    """Measure the memory with few jobs and with many, a tenth of them live."""
    seconds = float(bench.full_or_quick(12, 6))
    with bench.track_jobs(10, 1) as few, bench.track_jobs(10_000, 1_000) as many:

        def memory_of(jobs: TrackedJobs, *command: str) -> float:
            with jobs.open(*command) as process:
                process.read_until_quiet(seconds, seconds)
                return process.memory_mib

        minimal, ten, ten_thousand = bench.medians(
            bench.full_or_quick(2, 1),
            lambda: memory_of(few, *program_command("hello")),
            lambda: memory_of(few),
            lambda: memory_of(many),
        )
    yield Figure("memory, 10 jobs", "MiB", ten, minimal, HELLO)
    yield Figure("memory, 10,000 jobs", "MiB", ten_thousand, minimal, HELLO)


def version(bench: Bench) -> Iterator[Figure]:
    """Time a command that only prints the version."""

    def time_of(*command: str) -> Callable[[], float]:
        def measure() -> float:
            started_at = time.perf_counter()
            bench.run(*command)
            return (time.perf_counter() - started_at) * 1000

        measure()  # the first start compiles modules
        return measure

    ours, python = bench.medians(
        bench.full_or_quick(25, 11),
        time_of(*OURS, "--version"),
        time_of(sys.executable, "-c", "pass"),
    )
    yield Figure("`kling-tui --version`", "ms", ours, python, "`python -c pass`")
