"""The memory of an app that polls for long."""

from collections.abc import Iterator

from tests.benchmarks.bench import Bench, GatewayProcess
from tests.benchmarks.figures import FEW_POLLS, Figure
from tests.benchmarks.pty_process import PtyProcess, read_all

_JOBS = 200
_FEW = 10_000
_INTERVAL = 0.1
"""Seconds; the app polls as fast as it can."""


def many_polls(bench: Bench) -> Iterator[Figure]:
    """Poll 100,000 times, while every reply differs from the one before."""
    many = bench.full_or_quick(100_000, 20_000)
    with (
        GatewayProcess(changing=True) as gateway,
        bench.track_jobs(
            _JOBS, _JOBS, url=gateway.url, schedule=(_INTERVAL, _INTERVAL, 0.2)
        ) as jobs,
        jobs.open() as app,
    ):
        early, late = (_rss_after(polls, gateway, app) for polls in (_FEW, many))
    yield Figure("memory after 100,000 polls (with --quick: 20,000)", "MiB", late, early, FEW_POLLS)


def _rss_after(polls: int, gateway: GatewayProcess, app: PtyProcess) -> float:
    """Return the resident set size after so many polls, in MiB."""
    while gateway.poll_count() < polls:
        app.check_running()
        read_all([app], 1.0)
    return app.rss_mib
