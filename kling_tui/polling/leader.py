"""Which of the programs that are open on one job file asks the gateway; the others read the file.

The right to ask is a lock of the operating system, which frees it when its holder ends, however
that ends.
"""

import fcntl
import os
from pathlib import Path

ELECTION_INTERVAL = 1.0
"""Seconds between two looks at whether the one who asked has gone."""


class LeaderLock:
    """The right to ask about the jobs of a file, which one program has at a time."""

    def __init__(self, jobs: Path) -> None:
        self._path = jobs.with_name(f"{jobs.name}.asking")
        self._handle: int | None = None

    def try_acquire(self) -> bool:
        """Take the right unless another program has it; returns whether this one may ask.

        Where there can be no lock (in a folder that is read-only or not there yet, on a file
        system that knows none), everyone asks alone.
        """
        if self._handle is not None and os.fstat(self._handle).st_nlink:
            return True
        self.release()  # a lock on a file that was removed keeps nobody out
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            return not isinstance(error, BlockingIOError)
        self._handle = handle
        return True

    def release(self) -> None:
        """Let another program ask."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
