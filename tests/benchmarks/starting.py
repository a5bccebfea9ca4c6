"""What it costs to open: the time to the first paint, the bytes of the first screen, memory."""

import sys
import time
from collections.abc import Callable, Iterator

from tests.benchmarks.bench import NAMED, OURS, Bench, Tracking, program, run_to_end
from tests.benchmarks.figures import HELLO, STOCK_OUTPUT, Figure


def starting(bench: Bench) -> Iterator[Figure]:
    """Open the app with few jobs and with many, and a minimal app, turn by turn."""
    hello = program("hello")
    with bench.tracking(10, 1) as few, bench.tracking(10_000, 1_000) as many:

        def paint(tracking: Tracking, word: bytes, *command: str) -> Callable[[], float]:
            def measure() -> float:
                with tracking.open(*command) as line:
                    return line.until(word) * 1000

            measure()  # what Python compiles once is not to be told
            return measure

        least, ten, thousands = bench.medians(
            bench.either(9, 5),
            paint(few, b"hello", *hello),
            paint(few, NAMED),
            paint(many, NAMED),
        )
    yield Figure("first paint, 10 jobs", "ms", ten, least, HELLO)
    yield Figure("first paint, 10,000 jobs", "ms", thousands, ten, "with 10")


def first_screen(bench: Bench) -> Iterator[Figure]:
    """Count the bytes until the screen stands still."""
    with bench.tracking(10, 0) as lean, bench.tracking(10, 0, output="stock") as stock:
        ours, by_stock, least = bench.medians(
            bench.either(5, 3),
            lambda: float(_settled(lean)),
            lambda: float(_settled(stock)),
            lambda: float(_settled(lean, *program("hello"))),
        )
    for of, reference in ((STOCK_OUTPUT, by_stock), (HELLO, least)):
        yield Figure("bytes of the first screen", "B", ours, reference, of)


def _settled(tracking: Tracking, *command: str) -> int:
    with tracking.open(*command) as line:
        line.read(5.0)
        line.settle(1.5)
        return line.received


def memory(bench: Bench) -> Iterator[Figure]:
    """See how much memory few jobs and many take, a tenth of them live."""
    seconds = bench.either(12, 6)
    with bench.tracking(10, 1) as few, bench.tracking(10_000, 1_000) as many:

        def share(tracking: Tracking, *command: str) -> float:
            with tracking.open(*command) as line:
                line.settle(float(seconds), seconds)
                return line.memory

        least, ten, thousands = bench.medians(
            bench.either(2, 1),
            lambda: share(few, *program("hello")),
            lambda: share(few),
            lambda: share(many),
        )
    yield Figure("memory, 10 jobs", "MiB", ten, least, HELLO)
    yield Figure("memory, 10,000 jobs", "MiB", thousands, ten, "with 10")


def version(bench: Bench) -> Iterator[Figure]:
    """Ask for the version."""

    def timed(*command: str) -> Callable[[], float]:
        def measure() -> float:
            began = time.perf_counter()
            run_to_end(command)
            return (time.perf_counter() - began) * 1000

        measure()
        return measure

    ours, least = bench.medians(
        bench.either(25, 11),
        timed(*OURS, "--version"),
        timed(sys.executable, "-c", "pass"),
    )
    yield Figure("`kling-tui --version`", "ms", ours, least, "`python -c pass`")
