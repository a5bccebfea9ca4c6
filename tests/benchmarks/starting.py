"""What it costs to open: the time to the first paint, the bytes of the first screen, memory."""

import sys
import time
from collections.abc import Callable, Iterator

from tests.benchmarks.bench import NAMED, OURS, Bench, Tracking, program, run_to_end
from tests.benchmarks.figures import Figure


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
            bench.either(11, 5),
            paint(few, b"hello", *hello),
            paint(few, NAMED),
            paint(many, NAMED),
        )
    yield Figure(
        name="first paint, 10 jobs",
        unit="ms",
        ours=ten,
        reference=least,
        of="minimal Textual app",
        most_times=1.3,
    )
    yield Figure(
        name="first paint, 10,000 jobs",
        unit="ms",
        ours=thousands,
        reference=ten,
        of="with 10",
        most_times=2.0,
    )


def first_screen(bench: Bench) -> Iterator[Figure]:
    """Count the bytes until the screen stands still."""
    with bench.tracking(10, 0) as lean, bench.tracking(10, 0, output="stock") as stock:
        commands: dict[str, tuple[Tracking, tuple[str, ...]]] = {
            "ours": (lean, ()),
            "ours, stock output": (stock, ()),
            "minimal Textual app": (lean, program("hello")),
        }
        sent = dict(
            zip(
                commands,
                bench.medians(
                    bench.either(5, 3),
                    *(
                        lambda of=tracking, command=command: float(_settled(of, *command))
                        for tracking, command in commands.values()
                    ),
                ),
                strict=True,
            )
        )
    for reference in list(commands)[1:]:
        yield Figure(
            name="bytes from start to a settled first screen",
            unit="B",
            ours=sent["ours"],
            reference=sent[reference],
            of=reference,
            most=10_000 if reference == "ours, stock output" else None,
        )


def _settled(tracking: Tracking, *command: str) -> int:
    with tracking.open(*command) as line:
        line.read(5.0)
        line.settle(1.5)
        return line.received


def memory(bench: Bench) -> Iterator[Figure]:
    """See how much memory few jobs and many take, a tenth of them live."""
    seconds = bench.either(15, 6)
    with bench.tracking(10, 1) as few, bench.tracking(10_000, 1_000) as many:

        def share(tracking: Tracking, *command: str) -> float:
            with tracking.open(*command) as line:
                line.settle(float(seconds), seconds)
                return line.memory

        least, ten, thousands = bench.medians(
            bench.either(3, 1),
            lambda: share(few, *program("hello")),
            lambda: share(few),
            lambda: share(many),
        )
    yield Figure(
        name="memory, 10,000 jobs",
        unit="MiB",
        ours=thousands,
        reference=ten,
        of="with 10",
        most_times=2.0,
    )
    yield Figure(
        name="memory, 10 jobs",
        unit="MiB",
        ours=ten,
        reference=least,
        of="minimal Textual app",
    )


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
    yield Figure(
        name="`kling-tui --version`",
        unit="ms",
        ours=ours,
        reference=least,
        of="`python -c pass`",
        most_times=3.0,
    )
