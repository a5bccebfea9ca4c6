"""The incidents of the last days: periods in which polls failed, in a file beside the job file.

The file ``jobs.toml.incidents`` has one JSON object per line. The processes that poll write it, and
the timeline reads it. It is a record, not state: lines that cannot be understood are left out, and
where the file cannot be read or written, there are no incidents.
"""

import fcntl
import os
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec.structs import replace

from kling_tui.jobs import Source
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.private_files import check_regular, open_private_file

MAX_AGE = timedelta(days=8)
"""How long an incident is kept after its end: a week can be shown to its last day."""
_MAX_LENGTH = timedelta(days=366)
"""A longer incident is a mistake in the file."""
MAX_INCIDENTS = 500
"""Incidents that are kept, the last ones."""
MAX_JOBS = 20
"""Jobs that are named of one incident, the first ones."""
MAX_PROBLEM = 200
"""Characters of a problem."""
_MAX_BYTES = 1 << 20
_LOCK_TIMEOUT = 1.0
"""Seconds to wait for another process that has the file locked."""
_LOCK_INTERVAL = 0.02
_SAFE_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_Time = Annotated[datetime, msgspec.Meta(tz=True)]


class Incident(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A period in which polls of one source failed for the same cause."""

    kind: str
    profile: str = ""
    cause: str
    """Why polls failed, in a word or two: ``unreachable``, ``server error``."""
    start: _Time
    """The first failed poll."""
    end: _Time
    """The first poll that succeeded again, or the last failed one while none has."""
    problem: str = ""
    """The error message of the first failed poll."""
    outage: bool = False
    """Whether it concerns all jobs of the source, not only those named."""
    jobs: tuple[str, ...] = ()
    """The ids of the jobs whose polls failed, at most `MAX_JOBS`."""
    polls: int = 1
    """How many polls failed."""

    @property
    def source(self) -> Source:
        """What was polled."""
        return Source(self.kind, self.profile)

    @property
    def key(self) -> tuple[str, str, str, datetime]:
        """What stays the same while it goes on."""
        return self.kind, self.profile, self.cause, self.start


class IncidentFile:
    """The file with the incidents of one job file; its methods block, and raise nothing."""

    def __init__(self, jobs: Path) -> None:
        self.path = jobs.with_name(f"{jobs.name}.incidents")

    def read(self) -> list[Incident]:
        """Return the incidents, oldest first."""
        try:
            handle = os.open(self.path, os.O_RDONLY | _SAFE_FLAGS)
            try:
                check_regular(os.fstat(handle))
                return _decode(os.pread(handle, _MAX_BYTES, 0))
            finally:
                os.close(handle)
        except OSError:
            return []

    def add(self, incidents: Iterable[Incident], now: datetime) -> bool:
        """Add incidents, or replace their earlier states; returns whether they were written."""
        try:
            handle = open_private_file(self.path, os.O_RDWR | _SAFE_FLAGS)
            try:
                if not _lock(handle):
                    return False
                known = _decode(os.pread(handle, _MAX_BYTES, 0))
                content = _encode(merge(known, incidents, now))
                os.pwrite(handle, content, 0)
                os.ftruncate(handle, len(content))
            finally:
                os.close(handle)
        except OSError:
            return False
        return True


def merge(known: Iterable[Incident], added: Iterable[Incident], now: datetime) -> list[Incident]:
    """Return all incidents that are worth keeping, oldest first, each in its last state."""
    by_key: dict[tuple[str, str, str, datetime], Incident] = {}
    for incident in (*known, *added):
        before = by_key.get(incident.key)
        if before is None or before.end <= incident.end:
            by_key[incident.key] = incident
    # Of a clock that was wrong, incidents may lie in the future, or last for centuries.
    recent = (
        each
        for each in by_key.values()
        if abs(now - each.end) <= MAX_AGE and each.end - each.start <= _MAX_LENGTH
    )
    return sorted(recent, key=lambda incident: incident.start)[-MAX_INCIDENTS:]


def _lock(handle: int) -> bool:
    """Lock a file; returns False if another process has it locked for too long."""
    give_up_at = time.monotonic() + _LOCK_TIMEOUT
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                return False
            time.sleep(_LOCK_INTERVAL)
        else:
            return True


def _encode(incidents: Iterable[Incident]) -> bytes:
    return b"".join(msgspec.json.encode(incident) + b"\n" for incident in incidents)


def _decode(raw: bytes) -> list[Incident]:
    decoder = msgspec.json.Decoder(Incident)
    incidents = []
    for line in raw.splitlines():
        try:
            incidents.append(_sanitized(decoder.decode(line)))
        except (msgspec.DecodeError, ValueError, RecursionError):
            continue
    return incidents


def _sanitized(incident: Incident) -> Incident:
    return replace(
        incident,
        end=max(incident.start, incident.end),
        cause=sanitize_line(incident.cause, MAX_PROBLEM),
        problem=sanitize_line(incident.problem, MAX_PROBLEM),
        jobs=incident.jobs[:MAX_JOBS],
    )
