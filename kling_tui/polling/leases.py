"""Leases on the right to poll: of the processes open on one job file, one polls each source.

A lease is a record in the file ``jobs.toml.asking``. Its owner renews it from the event loop, so a
process that was killed or stopped, or whose loop is stuck, loses it `LEASE_SECONDS` later. All
times are those of the event loop's clock, which is the same for all processes of a machine, and
which changes of the system clock do not move. Of several machines that share a job file, each has
a clock of its own, so more than one process may poll.

The file is locked only while it is read and written. A file that cannot be understood, such as the
empty one of earlier versions, has no leases.
"""

import errno
import fcntl
import json
import math
import os
import stat
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict, replace

from kling_tui.gateways.errors import MAX_RETRY_AFTER
from kling_tui.jobs import Source

RENEWAL_INTERVAL = 1.0
"""Seconds between two renewals."""
LEASE_SECONDS = 3.0
"""Seconds after its last renewal for which a lease lasts."""
_RETRY_INTERVAL = 0.05
"""Seconds until the next attempt while another process has the file locked."""
_MAX_BYTES = 1 << 20
_SAFE_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""With these, a link is not followed, and a pipe of that name does not block."""


class Lease(Struct, frozen=True):
    """The right of a process to poll one source."""

    owner: str
    """Identifies a session of a process; empty where only the rate limit is remembered."""
    renewed_at: float
    rate_limited_until: float = 0.0
    """Until when a 429 to any of the processes holds back the polls of all."""

    @property
    def expires_at(self) -> float:
        """When another process may take it."""
        return self.renewed_at + LEASE_SECONDS if self.owner else -math.inf


Leases = Mapping[Source, Lease]


class LeaseFile:
    """The leases of the processes that are open on one job file.

    Every `now` is a time of the event loop's clock in seconds.
    """

    def __init__(self, jobs: Path) -> None:
        self.leases: Leases = {}
        """As they were at the last update."""
        self._owner = f"{os.getpid()}-{os.urandom(4).hex()}"
        self._path = lease_path(jobs)
        self._locked_since: float | None = None
        """Since when another process has had the file locked."""

    def update(
        self, wanted: Collection[Source], rate_limits: Mapping[Source, float], now: float
    ) -> None:
        """Renew or take the leases of the `wanted` sources that no other process holds.

        Leases of other sources are given up. `rate_limits` are the times until which a 429 to this
        process holds back polls. While another process has the file locked, nothing changes. Where
        the file cannot be used (the folder is read-only or does not exist, the file system has no
        locks), every process may poll.
        """
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | _SAFE_FLAGS, 0o600)
            try:
                self._update_file(handle, wanted, rate_limits, now)
            except BlockingIOError:
                self._remove_if_locked_for_long(handle, now)
            finally:
                os.close(handle)
        except OSError:
            self.leases = renew({}, self._owner, wanted, rate_limits, now)

    def _update_file(
        self,
        handle: int,
        wanted: Collection[Source],
        rate_limits: Mapping[Source, float],
        now: float,
    ) -> None:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.fstat(handle).st_nlink:
            raise BlockingIOError  # it was removed before it was locked
        self._locked_since = None
        found = _decode(os.pread(handle, _MAX_BYTES, 0), now)
        self.leases = renew(found, self._owner, wanted, rate_limits, now)
        if self.leases != found:
            content = _encode(self.leases)
            os.pwrite(handle, content, 0)
            os.ftruncate(handle, len(content))

    def _remove_if_locked_for_long(self, handle: int, now: float) -> None:
        """Remove the file if the process that has it locked was stopped with the lock held."""
        if self._locked_since is None:
            self._locked_since = now
        if now - self._locked_since >= LEASE_SECONDS:
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), self._path.stat()):
                    self._path.unlink()

    def held_until(self, source: Source) -> float:
        """Return until when this session holds a lease; -inf if it does not."""
        lease = self.leases.get(source)
        return lease.expires_at if lease and lease.owner == self._owner else -math.inf

    def held_elsewhere(self, now: float) -> set[Source]:
        """Return the sources whose leases other sessions hold."""
        return {source for source, lease in self.leases.items() if self._is_other(lease, now)}

    def rate_limited_until(self, source: Source) -> float:
        """Return until when a 429 to any process holds back the polls of a source."""
        return self.leases[source].rate_limited_until if source in self.leases else 0.0

    def next_update_in(self, now: float) -> float:
        """Return in how many seconds to call `update` again."""
        if self._locked_since is not None:
            return _RETRY_INTERVAL
        others = (lease for lease in self.leases.values() if self._is_other(lease, now))
        expires_at = min((lease.expires_at for lease in others), default=math.inf)
        return min(RENEWAL_INTERVAL, max(_RETRY_INTERVAL, expires_at - now))

    def _is_other(self, lease: Lease, now: float) -> bool:
        return lease.owner != self._owner and lease.expires_at > now


def lease_path(jobs: Path) -> Path:
    """Return the path of the leases of a job file."""
    return jobs.with_name(f"{jobs.name}.asking")


def read_leases(jobs: Path, now: float) -> Leases:
    """Return the leases of a job file, also those that have expired, without locking the file."""
    try:
        handle = os.open(lease_path(jobs), os.O_RDONLY | _SAFE_FLAGS)
        try:
            return _decode(os.read(handle, _MAX_BYTES), now)
        finally:
            os.close(handle)
    except OSError:
        return {}


def is_polled(jobs: Path, now: float) -> bool:
    """Return whether any process polls jobs of a job file."""
    return any(lease.expires_at > now for lease in read_leases(jobs, now).values())


def renew(
    leases: Leases,
    owner: str,
    wanted: Collection[Source],
    rate_limits: Mapping[Source, float],
    now: float,
) -> Leases:
    """Return `leases` after an update by `owner`, without those that have expired."""
    renewed = {}
    for source in dict.fromkeys((*leases, *wanted, *rate_limits)):
        lease = leases.get(source, Lease("", now))
        until = max(lease.rate_limited_until, rate_limits.get(source, 0.0))
        if lease.owner != owner and lease.expires_at > now:
            renewed[source] = replace(lease, rate_limited_until=until)
        elif source in wanted:
            renewed[source] = Lease(owner, now, until)
        elif until > now:
            renewed[source] = Lease("", lease.renewed_at, until)
    return renewed


def _encode(leases: Leases) -> bytes:
    records = [{**source._asdict(), **asdict(lease)} for source, lease in leases.items()]
    return json.dumps(records).encode()


def _decode(raw: bytes, now: float) -> dict[Source, Lease]:
    """Return the leases in a file; times that lie too far ahead are those of an earlier boot."""
    try:
        leases = {
            Source(str(record["kind"]), str(record["profile"])): Lease(
                str(record["owner"]),
                float(record["renewed_at"]),
                float(record["rate_limited_until"]),
            )
            for record in json.loads(raw)
        }
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return {}
    return {
        source: lease
        for source, lease in leases.items()
        if lease.renewed_at <= now + RENEWAL_INTERVAL
        and lease.rate_limited_until <= now + MAX_RETRY_AFTER
    }
