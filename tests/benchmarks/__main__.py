"""Runs the benchmarks and prints one table: ``python -m tests.benchmarks [--quick] [NAME…]``."""

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version as version_of
from pathlib import Path

from tests.benchmarks.bench import Bench, GatewayProcess
from tests.benchmarks.figures import Figure, markdown_table
from tests.benchmarks.keys import keys
from tests.benchmarks.loops import lag, not_reading, saving
from tests.benchmarks.memory import many_polls
from tests.benchmarks.playing import playing
from tests.benchmarks.polling import schedule, throughput
from tests.benchmarks.pty_process import SIZE
from tests.benchmarks.starting import first_paint, first_screen, memory, version
from tests.benchmarks.watching import PEERS, changing, watching

BENCHMARKS: Mapping[str, Sequence[Callable[[Bench], Iterator[Figure]]]] = {
    "watching": (watching, changing),
    "keys": (keys,),
    "starting": (first_screen, first_paint, memory, version),
    "memory": (many_polls,),
    "playing": (playing,),
    "polling": (throughput, schedule),
    "loops": (saving, not_reading, lag),
}
"""By module."""


def main() -> int:
    """Run the benchmarks, and return 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter and fewer rounds")
    choices = ", ".join(BENCHMARKS)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"only some of: {choices}")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"{', '.join(unknown)}: expected some of {choices}")
    figures: list[Figure] = []
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, GatewayProcess() as gateway:
        bench = Bench(Path(folder), gateway, options.quick)
        for name in options.names or BENCHMARKS:
            for benchmark in BENCHMARKS[name]:
                print(f"{name}: {benchmark.__doc__}", file=sys.stderr)
                figures += benchmark(bench)
    print(markdown_table(figures))
    load = f"load {load_before:.1f} before and {os.getloadavg()[0]:.1f} after"
    print(f"\n{_environment()}; {load}.")
    if missing := [name for name, command in PEERS.items() if not shutil.which(command[0])]:
        print(f"Left out, because not installed: {', '.join(missing)}.")
    return 1 if any(figure.met is False for figure in figures) else 0


def _environment() -> str:
    columns, lines = SIZE
    return (
        f"{columns}×{lines} cells, true colour; Python {platform.python_version()}, "
        f"Textual {version_of('textual')}, httpx {version_of('httpx')}; {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    raise SystemExit(main())
