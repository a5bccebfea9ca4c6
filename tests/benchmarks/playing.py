"""The cost of playing a video over a slow link: output per second, and the latency of keys.

The link transmits 1 Mbit/s and queues without limit, as SSH and network buffers do: the program
is never blocked.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import as_file, files
from pathlib import Path
from statistics import median

from msgspec.structs import replace

from kling_tui.demo import clips
from kling_tui.storage.store import Store
from tests.benchmarks.bench import OURS, Bench, TrackedJobs
from tests.benchmarks.figures import PAUSED, Figure
from tests.benchmarks.pty_process import PtyProcess

_BANDWIDTH = 1_000_000 / 8
"""Bytes per second."""
_OVER_SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
_OPEN, _PAUSE_OR_PLAY, _RESTART = b"v", b" ", b"\x1b[H"
_PLAYING_SIGN, _PAUSED_SIGN = "▶".encode(), "‖".encode()
_CLIP = "silk"
"""A clip in which every cell changes in every frame."""
_TIMEOUT = 20.0


class SlowLinkProcess(PtyProcess):
    """A program behind a slow link, with the time at which each byte leaves the link."""

    arrived_at = 0.0
    """Monotonic second at which the last byte that was read has left the link."""

    def read(self, timeout: float = 0.0) -> bytes:
        """Return the next output that enters the link."""
        chunk = super().read(timeout)
        self.arrived_at = max(time.monotonic(), self.arrived_at) + len(chunk) / _BANDWIDTH
        return chunk


def playing(bench: Bench) -> Iterator[Figure]:
    """Play a clip over a link of 1 Mbit/s, and press keys."""
    clip = files(clips).joinpath(f"{_CLIP}.mp4")
    with as_file(clip) as file, bench.track_jobs(1, 0) as jobs:
        _set_downloaded_file(jobs, file)
        with closing(_open(jobs)) as process:
            process.read_until_quiet(2.0, 5.0)
            process.press(_OPEN)
            _read_until(process, _PLAYING_SIGN)
            rate = _output_rate(process)
            latencies = [
                _latencies(process, number) for number in range(bench.full_or_quick(40, 12))
            ]
    name = "video over 1 Mbit/s: {}".format
    yield Figure(name("output"), "B/s", rate)
    while_playing, while_paused = zip(*latencies, strict=True)
    for statistic, function in (("median", median), ("longest", max)):
        ours, reference = function(while_playing), function(while_paused)
        yield Figure(name(f"{statistic} key latency"), "ms", ours, reference, PAUSED)


def _set_downloaded_file(jobs: TrackedJobs, file: Path) -> None:
    """Give the only job a downloaded video."""
    store = Store(jobs.job_file)
    store.load()
    job = next(iter(store.jobs.values()))
    store.put(replace(job, videos=(replace(job.videos[0], file=str(file)),)))
    store.save()


def _open(jobs: TrackedJobs) -> SlowLinkProcess:
    return SlowLinkProcess((*OURS, *jobs.arguments), {**jobs.environment, **_OVER_SSH})


def _output_rate(process: SlowLinkProcess) -> float:
    """Return the output in bytes per second, over four seconds."""
    started_at, bytes_before = time.monotonic(), process.bytes_received
    while (seconds := time.monotonic() - started_at) < 4.0:
        process.read(0.05)
    return (process.bytes_received - bytes_before) / seconds


def _latencies(process: SlowLinkProcess, number: int) -> tuple[float, float]:
    """Return the milliseconds that a key takes while the clip plays, and while it is paused."""
    process.press(_RESTART)  # so that the clip does not end during the measurement
    _read_for(process, 0.3 + number % 7 / 50)
    while_playing = _latency(process, _PAUSED_SIGN)
    _read_for(process, 0.5)
    return while_playing, _latency(process, _PLAYING_SIGN)


def _latency(process: SlowLinkProcess, sign: bytes) -> float:
    pressed_at = time.monotonic()
    process.press(_PAUSE_OR_PLAY)
    _read_until(process, sign)
    return (process.arrived_at - pressed_at) * 1000


def _read_for(process: SlowLinkProcess, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (remaining := deadline - time.monotonic()) > 0:
        process.read(remaining)


def _read_until(process: SlowLinkProcess, sign: bytes) -> None:
    seen, deadline = b"", time.monotonic() + _TIMEOUT
    while sign not in seen:
        if time.monotonic() > deadline:
            raise TimeoutError(f"never showed {sign!r}, but {seen[-2000:]!r}")
        seen = seen[-len(sign) :] + process.read(0.1)
