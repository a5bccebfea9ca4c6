"""Runs a module as ``python -m`` does, and samples the lag of its event loop.

``python -m tests.benchmarks.programs.lag_sampler FILE MODULE ARGUMENT…`` writes the samples to
FILE: pairs of doubles, the monotonic second and the seconds by which a callback came too late.
"""

import asyncio
import runpy
import struct
import sys
from typing import BinaryIO

SAMPLE_INTERVAL = 0.005
"""Seconds."""
_STALL = SAMPLE_INTERVAL * 10
_SAMPLE = struct.Struct("dd")
_MAX_BUFFERED_SAMPLES = 10


class LagSamplingLoop(asyncio.SelectorEventLoop):
    """An event loop that schedules a callback again and again, and records how late it comes."""

    def __init__(self, samples: BinaryIO) -> None:
        super().__init__()
        self._samples = samples
        self._buffer = bytearray()

    def run_forever(self) -> None:
        """Run and sample."""
        self._schedule_sample(self.time())
        super().run_forever()

    def _schedule_sample(self, due: float) -> None:
        self.call_at(due, self._sample, due)

    def _sample(self, due: float) -> None:
        now = self.time()
        lag = now - due
        self._buffer += _SAMPLE.pack(now, lag)
        # A long lag is written at once: the process may be killed at any moment.
        if lag > _STALL or len(self._buffer) > _MAX_BUFFERED_SAMPLES * _SAMPLE.size:
            self._samples.write(self._buffer)
            self._buffer.clear()
        self._schedule_sample(now + SAMPLE_INTERVAL)


class LagSamplingPolicy(asyncio.DefaultEventLoopPolicy):
    """Makes every event loop of the process a `LagSamplingLoop`."""

    def __init__(self, samples: BinaryIO) -> None:
        super().__init__()
        self._samples = samples

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Return a sampled loop."""
        return LagSamplingLoop(self._samples)


def main(file: str, module: str, *arguments: str) -> None:
    """Run a module."""
    with open(file, "wb", buffering=0) as samples:  # noqa: PTH123 - typed by its mode here
        asyncio.set_event_loop_policy(LagSamplingPolicy(samples))
        sys.argv[:] = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
