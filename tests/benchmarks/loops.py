"""How late event loops are: while jobs are watched or saved, or when the terminal is not read."""

import math
import os
import signal
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from tests.benchmarks.bench import Bench, TrackedJobs, program_command
from tests.benchmarks.figures import HELLO, STOCK_OUTPUT, Figure
from tests.benchmarks.pty_process import PtyProcess, read_all

_SAMPLE = struct.Struct("dd")


@dataclass
class SampledApp:
    """The app on a terminal, with its event loop sampled by `programs.lag_sampler`."""

    jobs: TrackedJobs
    samples: Path
    process: PtyProcess


def _open_sampled(jobs: TrackedJobs, samples: Path) -> PtyProcess:
    return jobs.open(*program_command("lag_sampler", samples, "kling_tui", *jobs.arguments))


def _open_sampled_hello(jobs: TrackedJobs, samples: Path) -> PtyProcess:
    return jobs.open(*program_command("lag_sampler", samples, program_command("hello")[2]))


def _lags(samples: Path, since: float = 0.0, until: float = math.inf) -> list[float]:
    """Return the lags in milliseconds that were sampled between two monotonic seconds."""
    content = samples.read_bytes()
    pairs = _SAMPLE.iter_unpack(content[: len(content) // _SAMPLE.size * _SAMPLE.size])
    return [lag * 1000 for at, lag in pairs if since <= at < until]


def lag(bench: Bench) -> Iterator[Figure]:
    """Watch a thousand jobs of which a hundred are live."""
    ours, hello = bench.folder / "lag", bench.folder / "lag-hello"
    with (
        bench.track_jobs(1_000, 100) as jobs,
        _open_sampled(jobs, ours) as app,
        _open_sampled_hello(jobs, hello) as minimal,
    ):
        read_all([app, minimal], bench.full_or_quick(10, 6))
        since = time.monotonic()
        read_all([app, minimal], bench.full_or_quick(40, 10))
    ours_percentiles, hello_percentiles = (
        quantiles(_lags(samples, since), n=100) for samples in (ours, hello)
    )
    for statistic, index in (("p99", -1), ("median", 49)):
        name = f"event loop lag, 1,000 jobs, 100 live: {statistic}"
        yield Figure(name, "ms", ours_percentiles[index], hello_percentiles[index], HELLO)


def saving(bench: Bench) -> Iterator[Figure]:
    """Save ten thousand changed jobs, and watch as many."""
    store, ours, hello = (bench.folder / f"saving-{name}" for name in ("store", "app", "hello"))
    with bench.track_jobs(10_000, 1_000) as jobs:
        module = program_command("saving")[2]
        rounds = bench.full_or_quick(5, 2)
        bench.run(
            *program_command("lag_sampler", store, module, jobs.job_file, rounds),
            environment=jobs.environment,
        )
        with _open_sampled(jobs, ours) as app, _open_sampled_hello(jobs, hello) as minimal:
            read_all([app, minimal], bench.full_or_quick(20, 12))
            since = time.monotonic()
            read_all([app, minimal], bench.full_or_quick(45, 15))
    reference = max(_lags(hello, since))
    # The first sample covers the loading and changing of jobs, which is not measured.
    longest = max(_lags(store)[1:])
    yield Figure("longest event loop stall, saving 10,000 jobs", "ms", longest, reference, HELLO)
    name = "longest event loop stall, 10,000 jobs, 1,000 live"
    yield Figure(name, "ms", max(_lags(ours, since)), reference, HELLO)
    name = "longest event loop stall, the same during start"
    yield Figure(name, "ms", max(_lags(ours, until=since)), max(_lags(hello, until=since)), HELLO)


def not_reading(bench: Bench) -> Iterator[Figure]:
    """Stop reading the terminal, let a job end, and send SIGTERM."""
    seconds = bench.full_or_quick(40, 10)
    with ExitStack() as stack:
        lean, stock = (_open_unread(bench, stack, output) for output in ("lean", "stock"))
        read_all([lean.process, stock.process], 4)
        since = time.monotonic()
        time.sleep(seconds - 5)
        saved_after = _end_job(bench, lean.jobs)
        time.sleep(max(0.0, since + seconds - time.monotonic()))
        stall, stock_stall = (_longest_stall(app.samples, since) for app in (lean, stock))
        exit_time, stock_exit_time = (_seconds_to_exit(app.process) for app in (lean, stock))
    name = "terminal not reading: {}".format
    yield Figure(name("longest event loop stall"), "ms", stall, stock_stall, STOCK_OUTPUT)
    yield Figure(name("time to save a job's end"), "s", saved_after)
    yield Figure(name("time to exit on SIGTERM"), "s", exit_time, stock_exit_time, STOCK_OUTPUT)


def _open_unread(bench: Bench, stack: ExitStack, output: str) -> SampledApp:
    jobs = stack.enter_context(bench.track_jobs(20, 20, output=output, schedule=(1.0, 2.0, 0.2)))
    samples = bench.folder / f"not-reading-{output}"
    return SampledApp(jobs, samples, stack.enter_context(_open_sampled(jobs, samples)))


def _end_job(bench: Bench, jobs: TrackedJobs) -> float:
    """End a job; returns the seconds from the poll that reported it until it is in the file."""
    ended_at, job_id = time.monotonic(), jobs.live_ids[0]
    bench.gateway.end_jobs(job_id)
    seconds = _seconds_until(lambda: jobs.has_succeeded(job_id))
    reported_at = min(at for at, _, ended in bench.gateway.polls() if ended and at > ended_at)
    return seconds - (reported_at - ended_at)


def _longest_stall(samples: Path, since: float) -> float:
    """Return the longest lag in milliseconds, including one that has not ended."""
    last_sample_at: float = _SAMPLE.unpack(samples.read_bytes()[-_SAMPLE.size :])[0]
    return max([*_lags(samples, since), (time.monotonic() - last_sample_at) * 1000])


def _seconds_to_exit(process: PtyProcess) -> float:
    os.kill(process.pid, signal.SIGTERM)
    return _seconds_until(process.exited)


def _seconds_until(condition: Callable[[], bool], timeout: float = 20.0) -> float:
    """Return the seconds until a condition holds, or the timeout if it does not by then."""
    started_at = time.monotonic()
    while time.monotonic() - started_at < timeout and not condition():
        time.sleep(0.01)
    return time.monotonic() - started_at
