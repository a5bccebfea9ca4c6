"""Runs a module as ``python -m`` does, and notes how late its event loop is.

``python -m tests.benchmarks.programs.sampled FILE MODULE ARGUMENT…`` writes the samples to FILE:
pairs of doubles, the monotonic second and the seconds by which a callback came too late.
"""

import asyncio
import runpy
import struct
import sys
from typing import BinaryIO

EVERY = 0.005
"""Seconds between two samples."""
_WRITTEN_TOGETHER = 10


class SampledLoop(asyncio.SelectorEventLoop):
    """An event loop that asks itself again and again how late it is."""

    def __init__(self, samples: BinaryIO) -> None:
        super().__init__()
        self._samples = samples
        self._unwritten = bytearray()

    def run_forever(self) -> None:
        """Run, and sample meanwhile."""
        self._ask_at(self.time())
        super().run_forever()

    def _ask_at(self, due: float) -> None:
        self.call_at(due, self._note, due)

    def _note(self, due: float) -> None:
        now = self.time()
        self._unwritten += struct.pack("dd", now, now - due)
        # What is late is written at once: the process may be ended at any moment.
        if now - due > EVERY * 10 or len(self._unwritten) > _WRITTEN_TOGETHER * 16:
            self._samples.write(self._unwritten)
            self._unwritten.clear()
        self._ask_at(now + EVERY)


class SampledPolicy(asyncio.DefaultEventLoopPolicy):
    """Has every event loop be sampled."""

    def __init__(self, samples: BinaryIO) -> None:
        super().__init__()
        self._samples = samples

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Return a loop that is sampled."""
        return SampledLoop(self._samples)


def main(file: str, module: str, *arguments: str) -> None:
    """Run a module."""
    with open(file, "wb", buffering=0) as samples:  # noqa: PTH123 - typed by its mode here
        asyncio.set_event_loop_policy(SampledPolicy(samples))
        sys.argv[:] = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
