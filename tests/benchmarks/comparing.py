"""Compares this code with that of a commit: every benchmark runs on both in turn."""

import io
import subprocess
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import Figure, format_amount, format_ratio

ROOT = Path(__file__).parents[2]
_ROUNDS = 2
"""In the second round the commit comes last, so that a slow minute is not counted to one only."""
Benchmark = Callable[[Bench], Iterable[Figure]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of both."""

    before: Figure
    """Of the commit."""
    now: Figure

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        before, now = self.before, self.now
        ratio = format_ratio(now.value / before.value) if before.value else ""
        references = [
            "" if figure.ratio is None else format_ratio(figure.ratio) for figure in (before, now)
        ]
        amounts = [format_amount(figure.value, figure.unit) for figure in (before, now)]
        return (now.name, *amounts, ratio, now.reference, *references)


@contextmanager
def extracted(commit: str, folder: Path) -> Iterator[Path]:
    """Extract the files of a commit; exits with a message if there is no such commit."""
    command = ("git", "archive", "--end-of-options", commit)
    git = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)  # noqa: S603
    if git.returncode:
        raise SystemExit(git.stderr.decode())
    with tarfile.open(fileobj=io.BytesIO(git.stdout)) as files:
        files.extractall(folder, filter="data")
    yield folder


def compare(bench: Bench, benchmarks: Sequence[Benchmark], commit: str) -> Iterator[Comparison]:
    """Run benchmarks on a commit and on this code; yields the means of their figures."""
    with extracted(commit, bench.folder / "commit") as folder:
        benches = [replace(bench, code=folder), replace(bench, code=ROOT)]
        for benchmark in benchmarks:
            rounds: list[list[list[Figure]]] = [[], []]
            for number in range(_ROUNDS):
                for index in (0, 1) if number % 2 == 0 else (1, 0):
                    rounds[index].append(list(benchmark(benches[index])))
            before, now = (_means(figures) for figures in rounds)
            yield from map(Comparison, before, now)


def _means(rounds: Sequence[Sequence[Figure]]) -> Iterator[Figure]:
    """Return each figure with the means of its values."""
    for figures in zip(*rounds, strict=True):
        references = [figure.reference_value for figure in figures]
        known = [value for value in references if value is not None]
        yield replace(
            figures[0],
            value=mean(figure.value for figure in figures),
            reference_value=mean(known) if known else None,
        )
