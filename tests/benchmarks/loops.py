"""How late the event loop is: while jobs are watched, saved, and while nobody reads the line."""

import os
import signal
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles

from tests.benchmarks.bench import Bench, Tracking, program, run_to_end
from tests.benchmarks.figures import HELLO, STOCK_OUTPUT, Figure
from tests.benchmarks.line import Line, read_all


def _samples(file: Path, since: float = 0.0) -> list[float]:
    """Return by how many milliseconds the loop was late, as `sampled` wrote it down."""
    raw = file.read_bytes()
    pairs = struct.iter_unpack("dd", raw[: len(raw) // 16 * 16])
    return [late * 1000 for at, late in pairs if at >= since]


def _open_sampled(tracking: Tracking, file: Path) -> Line:
    return tracking.open(*program("sampled", file, "kling_tui", *tracking.command))


def lag(bench: Bench) -> Iterator[Figure]:
    """Watch a thousand jobs of which a hundred are live, and nothing beside it."""
    ours, hello = bench.folder / "lag", bench.folder / "lag-hello"
    with (
        bench.tracking(1_000, 100) as jobs,
        _open_sampled(jobs, ours) as line,
        jobs.open(*program("sampled", hello, f"{program('hello')[2]}")) as least,
    ):
        read_all([line, least], bench.either(10, 6))
        since = time.monotonic()
        read_all([line, least], bench.either(40, 10))
    mine, reference = (quantiles(_samples(file, since), n=100) for file in (ours, hello))
    for name, index in (("p99", -1), ("median", 49)):
        named = f"loop's lag, 1,000 jobs, 100 live: {name}"
        yield Figure(named, "ms", mine[index], reference[index], HELLO)


def saving(bench: Bench) -> Iterator[Figure]:
    """Save ten thousand jobs, all of which have changed, and watch as many for a while."""
    hello = bench.folder / "saving-hello"
    with bench.tracking(10_000, 1_000) as jobs:
        store, app = bench.folder / "saving-store", bench.folder / "saving-app"
        command = program("sampled", store, program("saving")[2], jobs.jobs, bench.either(5, 2))
        run_to_end(command, jobs.environment)
        with (
            _open_sampled(jobs, app) as line,
            jobs.open(*program("sampled", hello, program("hello")[2])) as least,
        ):
            read_all([line, least], bench.either(20, 12))
            since = time.monotonic()
            read_all([line, least], bench.either(45, 15))
    # The loop of `saving` begins by loading and changing jobs on it, which is not what is asked.
    reference = max(_samples(hello, since))
    yield Figure("stall, saving 10,000 jobs", "ms", max(_samples(store)[1:]), reference, HELLO)
    polled = max(_samples(app, since))
    yield Figure("stall, 10,000 jobs, 1,000 of them live", "ms", polled, reference, HELLO)


def stalled(bench: Bench) -> Iterator[Figure]:
    """Stop reading, let a job end meanwhile, and tell the program to end."""
    seconds = bench.either(40, 10)
    with ExitStack() as stack:
        found = {}
        for output in ("lean", "stock"):
            jobs = stack.enter_context(bench.tracking(20, 20, output=output, every=(1.0, 2.0, 0.2)))
            file = bench.folder / f"stalled-{output}"
            found[output] = jobs, file, stack.enter_context(_open_sampled(jobs, file))
        read_all([line for _, _, line in found.values()], 4)
        since = time.monotonic()
        time.sleep(seconds - 5)
        ended_at = time.monotonic()
        bench.gateway.end(found["lean"][0].live[0])
        saved = _seconds_until(lambda: found["lean"][0].has_ended(found["lean"][0].live[0]))
        told_at = min(at for at, job_id, ended in bench.gateway.asked() if ended and at > ended_at)
        time.sleep(max(0.0, since + seconds - time.monotonic()))
        gaps = {output: max(_samples(file, since)) for output, (_, file, _) in found.items()}
        for output, (_, file, _) in found.items():
            last = struct.unpack("dd", file.read_bytes()[-16:])[0]
            gaps[output] = max(gaps[output], (time.monotonic() - last) * 1000)
        left = {}
        for output, (_, _, line) in found.items():
            os.kill(line.pid, signal.SIGTERM)
            left[output] = _seconds_until(line.exited)
    words = "terminal that stops reading"
    yield Figure(f"{words}: stall", "ms", gaps["lean"], gaps["stock"], STOCK_OUTPUT)
    yield Figure(f"{words}: an end is saved", "s", saved - (told_at - ended_at))
    yield Figure(f"{words}: SIGTERM ends it", "s", left["lean"], left["stock"], STOCK_OUTPUT)


def _seconds_until(holds: Callable[[], bool], most: float = 20.0) -> float:
    """Return after how many seconds something holds, the `most` if it does not by then."""
    began = time.monotonic()
    while time.monotonic() - began < most and not holds():
        time.sleep(0.01)
    return time.monotonic() - began
