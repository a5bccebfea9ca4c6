"""How fast polls can be, and whether each of many jobs is polled when it is due."""

from collections.abc import Iterator
from itertools import pairwise

from tests.benchmarks.bench import Bench, GatewayProcess, program_command
from tests.benchmarks.figures import BARE_HTTPX, POLL_INTERVAL, Figure
from tests.benchmarks.pty_process import read_all

_IN_FLIGHT = 64
_BARE_IN_FLIGHT = (1, 2, 4, 8, 16)
"""The best of these is the reference."""
_JOBS = 1_000
_INTERVAL = 10.0
_DELAY = 0.2
"""Seconds that the gateway takes for a reply."""


def throughput(bench: Bench) -> Iterator[Figure]:
    """Poll as fast as possible: 64 polls in flight, beside bare httpx."""
    seconds = bench.full_or_quick(3, 1)

    def rate(client: str, in_flight: int) -> float:
        command = program_command("poll_rate", client, bench.gateway.url, in_flight, seconds)
        return float(bench.run(*command))

    ours, *bare = bench.medians(
        bench.full_or_quick(4, 3),
        lambda: rate("ours", _IN_FLIGHT),
        *(lambda in_flight=in_flight: rate("bare", in_flight) for in_flight in _BARE_IN_FLIGHT),
    )
    yield Figure("poll throughput, 64 in flight", "/s", ours, max(bare), BARE_HTTPX)


def schedule(bench: Bench) -> Iterator[Figure]:
    """Watch a thousand jobs on a gateway that replies slowly, and see how late polls come."""
    with (
        GatewayProcess(_DELAY) as slow_gateway,
        bench.track_jobs(
            _JOBS,
            _JOBS,
            url=slow_gateway.url,
            concurrency=_IN_FLIGHT,
            schedule=(_INTERVAL, _INTERVAL, 0.0),
        ) as jobs,
        jobs.open() as app,
    ):
        read_all([app], bench.full_or_quick(45, 38))
        polls = slow_gateway.polls()
    polled_at: dict[str, list[float]] = {}
    for at, job_id, _ in polls:
        polled_at.setdefault(job_id, []).append(at)
    delays = [
        after - before - _INTERVAL - _DELAY
        for times in polled_at.values()
        for before, after in pairwise(times)
    ]
    every_job_twice = sum(len(times) > 1 for times in polled_at.values()) == _JOBS
    longest = max(delays) if every_job_twice else float("inf")
    name = "1,000 jobs polled every 10 s: longest delay"
    yield Figure(name, "s", longest, _INTERVAL, POLL_INTERVAL)
