"""Runs the benchmarks and prints one table: ``python -m tests.benchmarks [--quick] [NAME…]``."""

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version as version_of
from pathlib import Path

from tests.benchmarks.bench import Bench, FastGateway
from tests.benchmarks.figures import Figure, table
from tests.benchmarks.keys import keys
from tests.benchmarks.line import SIZE
from tests.benchmarks.loops import lag, saving, stalled
from tests.benchmarks.playing import playing
from tests.benchmarks.polling import polls, schedule
from tests.benchmarks.starting import first_screen, memory, starting, version
from tests.benchmarks.watching import PEERS, changing, watching

MEASURES: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    "watching": watching,
    "changing": changing,
    "keys": keys,
    "first-screen": first_screen,
    "starting": starting,
    "memory": memory,
    "playing": playing,
    "polls": polls,
    "cadence": schedule,
    "saving": saving,
    "stalled": stalled,
    "lag": lag,
    "version": version,
}


def main() -> int:
    """Measure, and return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter and fewer rounds")
    known = ", ".join(MEASURES)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"only some of: {known}")
    options = parser.parse_args()
    if unknown := set(options.names) - set(MEASURES):
        parser.error(f"{', '.join(unknown)}: expected some of {known}")
    figures: list[Figure] = []
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, FastGateway() as gateway:
        bench = Bench(Path(folder), gateway, options.quick)
        for name in options.names or MEASURES:
            print(f"{name}: {MEASURES[name].__doc__}", file=sys.stderr)
            figures += MEASURES[name](bench)
    print(table(figures))
    print(f"\n{_where()}; load {before:.1f} before and {os.getloadavg()[0]:.1f} after.")
    if missing := [name for name, command in PEERS.items() if not shutil.which(command[0])]:
        print(f"Left out, because not installed: {', '.join(missing)}.")
    return 1 if any(figure.met is False for figure in figures) else 0


def _where() -> str:
    columns, lines = SIZE
    return (
        f"{columns}×{lines} cells, true colour; Python {platform.python_version()}, "
        f"Textual {version_of('textual')}, httpx {version_of('httpx')}; {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    raise SystemExit(main())
