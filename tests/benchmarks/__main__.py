"""Runs the benchmarks and prints one table.

``python -m tests.benchmarks [--quick] [--compare COMMIT] [NAME…]``
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import wraps
from importlib.metadata import version as version_of
from pathlib import Path

from tests.benchmarks.bench import Bench, GatewayProcess
from tests.benchmarks.comparing import Benchmark, compare
from tests.benchmarks.figures import HEADING, Figure, markdown_table
from tests.benchmarks.huge import huge
from tests.benchmarks.keys import keys
from tests.benchmarks.layouts import layouts
from tests.benchmarks.loops import lag, not_reading, saving
from tests.benchmarks.memory import many_polls
from tests.benchmarks.playing import playing
from tests.benchmarks.polling import schedule, throughput
from tests.benchmarks.pty_process import SIZE
from tests.benchmarks.screens import screens
from tests.benchmarks.starting import first_paint, first_screen, memory, version
from tests.benchmarks.watching import PEERS, changing, watching

BENCHMARKS: Mapping[str, Sequence[Benchmark]] = {
    "watching": (watching, changing),
    "keys": (keys,),
    "starting": (first_screen, first_paint, memory, version),
    "memory": (many_polls,),
    "playing": (playing,),
    "polling": (throughput, schedule),
    "loops": (saving, not_reading, lag),
    "layouts": (layouts,),
    "screens": (screens,),
    "huge": (huge,),
}
"""By module."""
_NOT_QUICK = {"huge"}
"""What `--quick` leaves out, unless it is named."""
_COMPARISON = (
    "figure", "commit", "now", "ratio", "reference", "commit to reference", "now to reference",
)  # fmt: skip


def main() -> int:
    """Run the benchmarks, and return 1 if a target is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description="Run the benchmarks and print one table."
    )
    parser.add_argument("--quick", action="store_true", help="shorter and fewer rounds")
    parser.add_argument(
        "--compare", metavar="COMMIT", help="run each benchmark on a commit as well, in turn"
    )
    choices = ", ".join(BENCHMARKS)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"only some of: {choices}")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"{', '.join(unknown)}: expected some of {choices}")
    by_default = [name for name in BENCHMARKS if not options.quick or name not in _NOT_QUICK]
    benchmarks = [each for name in options.names or by_default for each in BENCHMARKS[name]]
    load_before = os.getloadavg()[0]
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, GatewayProcess() as gateway:
        bench = Bench(Path(folder), gateway, options.quick)
        if options.compare:
            comparisons = list(compare(bench, list(map(_announced, benchmarks)), options.compare))
            print(markdown_table(_COMPARISON, [each.cells for each in comparisons]))
        else:
            figures = [figure for each in benchmarks for figure in _announced(each)(bench)]
            print(markdown_table(HEADING, [figure.cells for figure in figures]))
    load = f"load {load_before:.1f} before and {os.getloadavg()[0]:.1f} after"
    print(f"\n{_environment()}; {load}.")
    if missing := [name for name, command in PEERS.items() if not shutil.which(command[0])]:
        print(f"Left out, because not installed: {', '.join(missing)}.")
    return 1 if any(figure.met is False for figure in figures) else 0


def _announced(benchmark: Benchmark) -> Benchmark:
    """Return a benchmark that says what it does when it begins."""

    @wraps(benchmark)
    def run(bench: Bench) -> Iterable[Figure]:
        print(benchmark.__doc__, file=sys.stderr)
        return benchmark(bench)

    return run


def _environment() -> str:
    columns, lines = SIZE
    return (
        f"{columns}×{lines} cells, true colour; Python {platform.python_version()}, "
        f"Textual {version_of('textual')}, httpx {version_of('httpx')}; {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    raise SystemExit(main())
