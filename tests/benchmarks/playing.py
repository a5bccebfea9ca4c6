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
from statistics import median

from kling_tui.demo import clips
from kling_tui.storage.store import Store
from tests.benchmarks.bench import OURS, Bench, Tracking
from tests.benchmarks.figures import Figure
from tests.benchmarks.line import Line

_RATE = 1_000_000 / 8
"""Bytes a second that the line takes."""
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
            waits = [_answers(line, number) for number in range(bench.either(40, 12))]
    yield Figure("playing over 1 Mbit/s", "B/s", rate)
    moving, still = zip(*waits, strict=True)
    for name, pick in (("median", median), ("worst", max)):
        named = f"playing over 1 Mbit/s, key to answer: {name}"
        yield Figure(named, "ms", pick(moving), pick(still), "while it is paused")


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
    """Return the bytes sent a second over the first four seconds."""
    began, before = time.monotonic(), line.received
    while (seconds := time.monotonic() - began) < 4.0:
        line.read(0.05)
    return (line.received - before) / seconds


def _answers(line: SlowLine, number: int) -> tuple[float, float]:
    """Return after how many milliseconds a key is answered while it plays, and while it stands."""
    line.press(_RESTART)  # the clip must not come to its end meanwhile
    _read_for(line, 0.3 + number % 7 / 50)
    moving = _answer(line, _STANDS)
    _read_for(line, 0.5)
    return moving, _answer(line, _PLAYS)


def _answer(line: SlowLine, sign: bytes) -> float:
    pressed_at = time.monotonic()
    line.press(_PAUSE)
    _until(line, sign)
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
