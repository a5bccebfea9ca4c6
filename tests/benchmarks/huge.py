"""What ten times as many jobs cost: 100,000 of them, beside 10,000."""

from collections.abc import Iterator
from statistics import median

from tests.benchmarks.bench import LABEL_PREFIX, Bench, TrackedJobs, program_command
from tests.benchmarks.figures import TEN_THOUSAND_JOBS, Figure

_LIVE = 1_000
_KEYS = 8
_QUIET = 0.15
"""Seconds without output after which the response to a key is complete; jobs tick each second."""
_SECONDS = 20.0
"""Seconds after which the app has read all jobs."""


def huge(bench: Bench) -> Iterator[Figure]:
    """Open the app with 100,000 jobs, press keys and save."""
    with bench.track_jobs(10_000, _LIVE) as many, bench.track_jobs(100_000, _LIVE) as huge_jobs:
        references, values = (_measure(bench, jobs) for jobs in (many, huge_jobs))
    for (name, unit), value, reference in zip(_MEASURES, values, references, strict=True):
        name = f"100,000 jobs, 1,000 live: {name}"
        yield Figure(name, unit, value, reference, TEN_THOUSAND_JOBS)


_MEASURES = (
    ("time to first paint", "ms"), ("key latency", "ms"), ("memory", "MiB"), ("time to save", "ms"),
)  # fmt: skip


def _measure(bench: Bench, jobs: TrackedJobs) -> tuple[float, ...]:
    """Return what is measured of the app with these jobs, in the order of `_MEASURES`."""
    with jobs.open() as process:
        first_paint = process.read_until(LABEL_PREFIX) * 1000
        process.read_until_quiet(_SECONDS, _SECONDS)
        latencies = [process.press_and_wait(b"j", _QUIET).seconds for _ in range(_KEYS)]
        memory = process.memory_mib
    saving = bench.run(*program_command("saving", jobs.job_file, 1), environment=jobs.environment)
    return first_paint, median(latencies) * 1000, memory, float(saving)
