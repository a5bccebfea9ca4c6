"""What playing a clip over a slow line costs: bytes a second, and the time until a key is answered.

The line takes 1 Mbit/s and all that is sent into it waits in it, as in SSH's and the network's
buffers: nothing tells the program that it is full.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from statistics import quantiles

from tests.benchmarks.bench import OURS, Bench, Tracking
from tests.benchmarks.figures import Figure
from tests.benchmarks.line import SIZE, Line

from kling_tui.demo import clips
from kling_tui.store import Store

_RATE = 1_000_000 / 8
"""Bytes a second that the line takes."""
_CAP = 100_000
"""Bytes a second that the program sends at most where it runs over SSH."""
_OVER_SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
_PLAY, _PAUSE, _RESTART = b"v", b" ", b"\x1b[H"
_PLAYS, _STANDS = "▶".encode(), "‖".encode()
_CLIP = "silk"
"""The clip in which every cell changes all the time."""


class SlowLine(Line):
    """A program at the end of a slow line, which knows when each byte comes out of it."""

    arrived_at = 0.0
    """When the last byte that was sent into the line is out of it."""

    def read(self, seconds: float = 0.0) -> bytes:
        """Return what the program sends into the line next."""
        chunk = super().read(seconds)
        self.arrived_at = max(time.monotonic(), self.arrived_at) + len(chunk) / _RATE
        return chunk


def playing(bench: Bench) -> Iterator[Figure]:
    """Play a clip in which all moves over a line of 1 Mbit/s, and press keys meanwhile."""
    clip = files(clips).joinpath(f"{_CLIP}.mp4")
    with as_file(clip) as file, bench.tracking(1, 0) as jobs:
        _put(jobs, file)
        with closing(_open(jobs)) as line:
            line.settle(2.0, 5.0)
            line.press(_PLAY)
            _until(line, _PLAYS)
            rate = _rate(line)
            waits = [_answer(line, number) for number in range(bench.either(60, 16))]
    words = f"playing at {SIZE[0]}×{SIZE[1]} over 1 Mbit/s"
    yield Figure(name=f"{words}: sent", unit="B/s", ours=rate, most=_CAP)
    for name, value in (("median", quantiles(waits)[1]), ("worst", max(waits))):
        yield Figure(name=f"{words}: key to answer, {name}", unit="ms", ours=value, most=100)


def _put(jobs: Tracking, file: Path) -> None:
    """Give the only job a downloaded video."""
    store = Store(jobs.jobs)
    store.load()
    job = next(iter(store.jobs.values()))
    store.put(replace(job, videos=(replace(job.videos[0], file=str(file)),)))
    store.save()


def _open(jobs: Tracking) -> SlowLine:
    return SlowLine((*OURS, *jobs.command), {**jobs.environment, **_OVER_SSH})


def _rate(line: SlowLine) -> float:
    """Return the bytes sent a second over the second after the first picture, and three more."""
    began, before = time.monotonic(), line.received
    while (seconds := time.monotonic() - began) < 4.0:
        line.read(0.05)
    return (line.received - before) / seconds


def _answer(line: SlowLine, number: int) -> float:
    """Return after how many milliseconds a key's answer is out of the line."""
    if number % 2 == 0:  # the clip must not come to its end meanwhile
        line.press(_RESTART)
    _read_for(line, 0.3 + number % 7 / 50)
    pressed_at = time.monotonic()
    line.press(_PAUSE)
    _until(line, _PLAYS if number % 2 else _STANDS)
    return (line.arrived_at - pressed_at) * 1000


def _read_for(line: SlowLine, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        line.read(left)


def _until(line: SlowLine, sign: bytes) -> None:
    seen, deadline = b"", time.monotonic() + 20
    while sign not in seen:
        if time.monotonic() > deadline:
            raise TimeoutError(f"never showed {sign!r}, but {seen[-2000:]!r}")
        seen = seen[-len(sign) :] + line.read(0.1)
