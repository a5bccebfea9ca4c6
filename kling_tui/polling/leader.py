"""Leader election among the processes that are open on one job file: only one polls the gateway.

The leader holds a lock of the operating system, which is released when its process ends, however
it ends. The other processes, the followers, read its results from the file.
"""

import fcntl
import os
from pathlib import Path

ELECTION_INTERVAL = 1.0
"""Seconds between two attempts of a follower to become the leader."""


class LeaderLock:
    """Inter-process lock: only its holder polls the gateway for this job file."""

    def __init__(self, jobs: Path) -> None:
        self._path = jobs.with_name(f"{jobs.name}.asking")
        self._handle: int | None = None

    def try_acquire(self) -> bool:
        """Acquire the lock if no other process holds it; returns whether this process may poll.

        Where locking is impossible (the folder is read-only or does not exist yet, the file
        system has no locks), every process may poll.
        """
        if self._handle is not None and os.fstat(self._handle).st_nlink:
            return True
        self.release()  # a lock on a file that was removed excludes no other process
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
        """Let another process become the leader."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
