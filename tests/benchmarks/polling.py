"""How fast polls can go, and whether each of many jobs is polled when it is due."""

from collections.abc import Iterator
from itertools import pairwise

from tests.benchmarks.bench import Bench, FastGateway, program, run_to_end
from tests.benchmarks.figures import Figure
from tests.benchmarks.line import read_all

_IN_FLIGHT = 64
_BARE = (1, 2, 4, 8, 16)
"""In flight at once, of which the best is the reference."""
_JOBS, _TAKES, _EVERY = 1_000, 0.2, 10.0


def polls(bench: Bench) -> Iterator[Figure]:
    """Poll as fast as can be, 64 at once, and by bare httpx at its best."""
    seconds = bench.either(3, 1)

    def rate(way: str, in_flight: int) -> float:
        return float(run_to_end(program("polls", way, bench.gateway.url, in_flight, seconds)))

    ours, *bare = bench.medians(
        bench.either(4, 3),
        lambda: rate("ours", _IN_FLIGHT),
        *(lambda in_flight=in_flight: rate("bare", in_flight) for in_flight in _BARE),
    )
    yield Figure("polls/s, 64 at once", "/s", ours, max(bare), "bare httpx at its best")


def schedule(bench: Bench) -> Iterator[Figure]:
    """Watch a thousand jobs on a gateway that takes its time, and ask it how late polls came."""
    with (
        FastGateway(_TAKES) as slow,
        bench.tracking(
            _JOBS, _JOBS, url=slow.url, concurrency=_IN_FLIGHT, every=(_EVERY, _EVERY, 0.0)
        ) as jobs,
        jobs.open() as line,
    ):
        read_all([line], bench.either(45, 38))
        asked = slow.asked()
    times: dict[str, list[float]] = {}
    for at, job_id, _ in asked:
        times.setdefault(job_id, []).append(at)
    late = [
        after - before - _EVERY - _TAKES
        for each in times.values()
        for before, after in pairwise(each)
    ]
    missing = _JOBS - sum(len(each) > 1 for each in times.values())
    latest = max(late) if late and not missing else float("inf")
    yield Figure("1,000 live jobs every 10 s: latest poll", "s", latest, _EVERY, "cadence")
